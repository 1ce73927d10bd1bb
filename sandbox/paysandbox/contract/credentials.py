"""Credentials: where a contract expects them, and how a request carries them."""

import base64
import binascii
from collections.abc import Collection, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.credential_names import HEADERS, QUERY_PARAMETERS
from paysandbox.core.messages import Request
from paysandbox.core.problems import Unauthenticated

CREDENTIAL_PROPERTY: Final = "property"  # the fact of a refusal that names the property of a missing credential

# What is before a credential in the header Authorization, and how the whole is written in a message.
_KINDS: Final = {"bearer": ("Bearer", "Bearer <token>"), "basic": ("Basic", "Basic <base64 of user:password>")}


class Scheme(Struct, frozen=True):
    """One security scheme.

    `place` is header, query, bearer or basic; `name` the header's or query parameter's; `id` the scheme's in the
    contract, and that of its test credential in the fixture file, if it has one of its own. The credential of a basic
    scheme is the user name if the password is empty, else both: `user:password`.
    """

    place: str
    name: str
    id: str = ""

    def read(self, request: Request, query: Sequence[tuple[str, str]]) -> str:
        """The credential that the request carries.

        Raises:
            Unauthenticated: it is missing, empty, or given more than once.
        """
        if self.place == "query":
            given = [value for name, value in query if name == self.name]
        else:
            # HTTP drops the space around a header's value; in a query it is part of the value.
            given = [value.strip(" \t") for value in request.get_headers(self.name)]
        if len(given) > 1:
            raise Unauthenticated(f"{self} is given {len(given)} times")
        credential = given[0] if given else ""
        if self.place in _KINDS and credential:
            credential = self._read_authorization(credential)
        if not credential:
            raise Unauthenticated(f"{self} is missing{_instead(request, query, self)}")
        return credential

    def choose_name(self, known: Collection[str]) -> str:
        """The name of its test credential in a fixture file with these names.

        That is its own id, the name of its parameter, the usual name, or the first; its parameter's if there are none.
        """
        usual = "token" if self.place == "bearer" else "api_key"
        return next((name for name in (self.id, self.name, usual) if name in known), next(iter(known), self.name))

    def write(self, credential: str) -> str:
        """The value of the header or query parameter that carries a credential."""
        if self.place == "basic":
            pair = credential if ":" in credential else f"{credential}:"
            credential = base64.b64encode(pair.encode()).decode()
        return f"{_KINDS[self.place][0]} {credential}" if self.place in _KINDS else credential

    def _read_authorization(self, value: str) -> str:
        word, form = _KINDS[self.place]
        kind, space, credential = value.partition(" ")
        if kind.lower() != word.lower():
            # Without a space it is the credential itself that was sent, which a message must not show.
            said = f"it begins with {kind[:20]!r}" if space else f"'{word} ' is missing before the credential"
            raise Unauthenticated(f"the Authorization header does not match '{form}' ({said})")
        credential = credential.strip()
        if self.place == "bearer" or not credential:
            return credential
        decoded = decode_basic(credential)
        if decoded is None:
            raise Unauthenticated(f"the Authorization header does not match '{form}' (it is not base64, or has no ':')")
        return decoded

    def __str__(self) -> str:
        if self.place in _KINDS:
            return f"the header Authorization: {_KINDS[self.place][1]}"
        return f"the {'query parameter' if self.place == 'query' else 'header'} {self.name}"


def decode_basic(encoded: str) -> str | None:
    """The user name and password that basic authentication encodes, without an empty password; None if unreadable."""
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    if ":" not in pair:
        return None
    return pair.removesuffix(":") if pair.count(":") == 1 else pair


def read_body_credential(body: Any, member: str | None, request: Request, query: Sequence[tuple[str, str]]) -> str:
    """The credential in a property of a body.

    Raises:
        Unauthenticated: it is missing or empty.
    """
    credential = body.get(member) if isinstance(body, dict) else None
    if not isinstance(credential, str) or not credential:
        message = f"missing property {member!r} in the body{_instead(request, query, None)}"
        raise Unauthenticated(message, facts={CREDENTIAL_PROPERTY: member})
    return credential


def _instead(request: Request, query: Sequence[tuple[str, str]], wanted: Scheme | None) -> str:
    """A hint about a credential in a usual place where this API does not read it."""
    header = None if wanted is None or wanted.place == "query" else wanted.name.lower()
    parameter = wanted.name if wanted is not None and wanted.place == "query" else None
    found = [f"a header {name}" for name in HEADERS if name != header and request.get_headers(name)]
    sent = {name for name, _ in query}
    found += [f"a query parameter {name}" for name in QUERY_PARAMETERS if name != parameter and name in sent]
    return f"; there is {' and '.join(found)}, which this API does not read" if found else ""
