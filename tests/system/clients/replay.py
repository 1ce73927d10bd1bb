"""Recorded clients: the requests that public clients send, with values of ours, played against a running sandbox.

A recording is a file below `recordings/`. `${name}` in it is a credential, or a value that an earlier reply held.
"""

import re
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.strict_yaml import read_yaml

RECORDINGS: Final = Path(__file__).parent / "recordings"
_PATIENCE: Final = 30  # seconds
_NAME: Final = re.compile(r"\$\{([a-z_]+)\}")


class Sandbox(msgspec.Struct, frozen=True):
    """Where a client finds a provider: its root URL, without a trailing slash, and its credentials."""

    url: str
    credentials: Mapping[str, str]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a client's call."""

    call: str
    request: str  # method and path, or the client's own function
    answer: str  # the status; the envelope's code where the status is always 200; or the error that the client raised
    passed: bool  # whether the client got what it waits for
    explanation: str = ""


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request of a recording. `missing` and `fault` are for calls that do not pass, and say why."""

    call: str
    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: Any = msgspec.UNSET  # a JSON value
    text: str | None = None  # a body that is no JSON
    success: tuple[int, ...] = ()
    keeps: Mapping[str, str] = {}  # a name to the JSON Pointer of its value in the reply
    holds: Mapping[str, Any] = {}  # a JSON Pointer to the value that the reply must have there; null for none
    missing: str | None = None  # the operation that the sandbox does not have yet
    fault: str | None = None  # the client's own mistake, which the vendor is known or assumed to refuse too


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client, how it tells success from failure, and its calls in their order."""

    client: str
    provider: str
    source: str
    success: tuple[int, ...]
    calls: tuple[Call, ...]
    headers: Mapping[str, str] = {}
    code: str | None = None  # what the envelope's `status.code` must be as well

    def play(self, sandbox: Sandbox) -> Iterator[Outcome]:
        """Send the calls one after the other; a call that needs a value of a failed one is not sent."""
        held: dict[str, Any] = dict(sandbox.credentials)
        for call in self.calls:
            request = f"{call.method} {call.path.partition('?')[0]}"
            needed = _NAME.findall(
                f"{call.path}{write_json(None if call.body is msgspec.UNSET else call.body).decode()}"
            )
            if any(name not in held for name in needed):
                yield Outcome(call.call, request, "not sent", passed=False)
                continue
            status, reply, explanation = _send(sandbox.url, self, call, held)
            answer, passed = self._judge(call, status, reply)
            for name, pointer in call.keeps.items() if passed else ():
                held[name] = _find(reply, pointer)
            yield Outcome(call.call, request, answer, passed, explanation)

    def _judge(self, call: Call, status: int, reply: Any) -> tuple[str, bool]:
        code = _find(reply, "/status/code") if self.code else None
        answer = code or str(status)
        if status not in (call.success or self.success) or code != self.code:
            return answer, False
        if any(_find(reply, pointer) != value for pointer, value in call.holds.items()):
            return f"{answer}, other data", False
        return answer, True


def load_recordings() -> dict[str, Recording]:
    """Return all recordings by the names of their files."""
    files = sorted(RECORDINGS.glob("*.yaml"))
    return {file.stem: msgspec.convert(read_yaml(file.read_text(), file.name), Recording) for file in files}


def _send(url: str, recording: Recording, call: Call, held: Mapping[str, Any]) -> tuple[int, Any, str]:
    root = urlsplit(url)
    path = _NAME.sub(lambda found: quote(str(held[found[1]]), safe="~"), call.path)
    headers = {name: _fill(value, held) for name, value in {**recording.headers, **call.headers}.items()}
    body = call.text.encode() if call.text is not None else None
    if call.body is not msgspec.UNSET:
        body = write_json(_fill(call.body, held))
    connection = HTTPConnection(root.hostname or "", root.port, timeout=_PATIENCE)
    try:
        connection.request(call.method, f"{root.path}{path}", body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    is_json = "json" in (response.getheader("content-type") or "")
    return response.status, read_json(content) if is_json else None, response.getheader("x-sandbox-explain") or ""


def _fill(value: Any, held: Mapping[str, Any]) -> Any:
    """Return a value with its names filled in; a text that is nothing but a name becomes the value of its own type."""
    if isinstance(value, str):
        alone = _NAME.fullmatch(value)
        return held[alone[1]] if alone else _NAME.sub(lambda found: str(held[found[1]]), value)
    if isinstance(value, Mapping):
        return {name: _fill(inner, held) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, held) for inner in value]
    return value


def _find(reply: Any, pointer: str) -> Any:
    found = reply
    for step in pointer.split("/")[1:]:
        if isinstance(found, list):
            found = found[int(step)] if int(step) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(step)
        else:
            return None
    return found
