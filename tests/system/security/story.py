"""Calls with a secret in every place where a credential may stand: each has one of its own."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from tests.helpers.valid_calls import ValidCall, operations, valid_call

ROOT: Final = Path(__file__).parents[3]
SECRET_NAMES: Final = {"token", "api_key", "password"}
WORLD: Final = "checkout-7"
HEADERS: Final = ("authorization", "api-key", "x-api-key", "x-auth-token", "cookie", "proxy-authorization", "password")
QUERIES: Final = (
    "api_key",
    "api%5Fkey",
    "API-KEY",
    "apikey",
    "token",
    "access_token",
    "password",
    "secret",
    "key",
    "a[token]",
)
TAIL: Final = "f8e7d6c5"  # what follows the number of a secret
MEMBERS: Final = ("password", "token", "apiKey", "client_secret")

Asked = tuple[str, str, dict[str, str], bytes]  # method, target, headers, body


class Secrets:
    """The secrets of a story by their values: what each is."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self._numbers = count(1)
        self._made: dict[str, str] = {}  # by their beginnings, as far as the tail
        self._given: list[str] = []

    def new(self, what: str) -> str:
        """One more, that nothing else is like; half of it would be too much to tell."""
        beginning = f"{next(self._numbers):04x}{TAIL}"
        secret = f"{beginning}b4a39281706f5e4d3c2b"
        self.told[secret] = what
        self._made[beginning] = secret
        return secret

    def add_given(self, secret: str, what: str) -> None:
        """One that a provider has given, in small letters."""
        self.told[secret] = what
        self._given.append(secret)

    def found_in(self, text: str, *, but: str = "") -> list[str]:
        """What of them can be read in a text, encoded or not, other than those of a kind."""
        plain = text.replace("\\u007e", "~").lower()
        # All that were made are found in one pass, because there are thousands; those that a provider gave one by one.
        read = {plain[max(found.start() - 4, 0) : found.end()] for found in re.finditer(TAIL, plain)}
        readable = [self._made[beginning] for beginning in sorted(read & self._made.keys())]
        readable += [secret for secret in self._given if secret[:12] in plain]
        kinds = [self.told[secret] for secret in readable]
        return [what for what in kinds if not (but and what.startswith(but))]


def with_secrets(folder: Path, secrets: Secrets) -> Path:
    """The fixtures, with test credentials of their own."""
    for provider in find_providers():
        source = ROOT / "fixtures" / provider.name / "default.yaml"
        text = source.read_text()
        named = re.search(r"^credentials:\n((?:  .*\n)+)", text, re.MULTILINE)
        assert named is not None
        for name, value in re.findall(r"^  (\w+): (\S+)$", named[1], re.MULTILINE):
            if name in SECRET_NAMES:
                secret = secrets.new(f"the test credential {name} of {provider.name}")
                text = text.replace(value, secret.upper() if value.isupper() else secret)
        copy = folder / provider.name / "default.yaml"
        copy.parent.mkdir(parents=True)
        copy.write_text(text)
    return folder


class Sent:
    """One request of the story, as any client can send it."""

    def __init__(self, call: ValidCall, secrets: Secrets) -> None:
        self.method, self.path, self.body = call.operation.method, call.path, call.body
        self.headers: Mapping[str, str] = call.headers
        self.query = urlencode(call.parameters, safe="~")
        self.secrets = secrets

    def variations(self) -> Iterator[Asked]:
        """Method and target, headers and body: as it should be, and with a secret in each place in turn."""
        body = b"" if not isinstance(self.body, dict) else json.dumps(self.body, default=str).encode()
        headers = {**self.headers, "content-type": "application/json"}
        target = f"{self.path}?{self.query}"
        new = self.secrets.new
        yield self.method, target, headers, body
        yield self.method, f"/ns/{WORLD}{target}", headers, body
        for name in HEADERS:
            yield self.method, target, {**headers, name: f"Bearer {new(f'the header {name}')}"}, body
            yield self.method, target, {**headers, name: new(f"the bare header {name}") + f"~{WORLD}"}, body
        for name in MEMBERS:
            changed = {**(self.body if isinstance(self.body, dict) else {}), name: new(f"the member {name}")}
            yield self.method, target, headers, json.dumps(changed, default=str).encode()
            deep = {**changed, name: {"value": [new(f"the deep member {name}")]}}
            yield self.method, target, headers, json.dumps(deep, default=str).encode()
            broken = f'{{"{name}": "{new(f"the broken member {name}")}", '
            yield self.method, target, headers, broken.encode()
            yield self.method, target, {**headers, "content-type": "text/plain"}, f"{name}={new('a form')}".encode()
        for name in QUERIES:
            yield self.method, f"{target}&{name}={new(f'the query {name}')}", headers, body
            other = new(f"the only query {name}")
            yield self.method, f"{self.path}?{name}={other}%7E{WORLD}", headers, body


def story(runtime: Runtime, secrets: Secrets) -> Iterator[Asked]:
    for name, operation in operations(runtime):
        yield from Sent(valid_call(runtime, name, operation), secrets).variations()
