"""Credentials: where a contract expects them, and how a request carries them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from paysandbox.core.credential_names import HEADERS, QUERY_PARAMETERS
from paysandbox.core.messages import Request
from paysandbox.core.problems import Unauthenticated


class Scheme(Struct, frozen=True):
    """One security scheme. `place` is header, query or bearer; `name` the header's or query parameter's."""

    place: str
    name: str

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
        if self.place == "bearer" and credential:
            kind, space, credential = credential.partition(" ")
            if kind.lower() != "bearer":
                # Without a space it is the token itself that was sent, which a message must not show.
                said = f"it begins with {kind[:20]!r}" if space else "'Bearer ' is missing before the token"
                raise Unauthenticated(f"the Authorization header does not match 'Bearer <token>' ({said})")
            credential = credential.strip()
        if not credential:
            raise Unauthenticated(f"{self} is missing{_instead(request, query, self)}")
        return credential

    def __str__(self) -> str:
        if self.place == "bearer":
            return "the header Authorization: Bearer <token>"
        return f"the {'query parameter' if self.place == 'query' else 'header'} {self.name}"


def read_body_credential(body: Any, member: str | None, request: Request, query: Sequence[tuple[str, str]]) -> str:
    """The credential in a property of a body.

    Raises:
        Unauthenticated: it is missing or empty.
    """
    credential = body.get(member) if isinstance(body, dict) else None
    if not isinstance(credential, str) or not credential:
        raise Unauthenticated(f"missing property {member!r} in the body{_instead(request, query, None)}")
    return credential


def _instead(request: Request, query: Sequence[tuple[str, str]], wanted: Scheme | None) -> str:
    """A hint about a credential in a usual place where this API does not read it."""
    header = None if wanted is None or wanted.place == "query" else wanted.name.lower()
    parameter = wanted.name if wanted is not None and wanted.place == "query" else None
    found = [f"a header {name}" for name in HEADERS if name != header and request.get_headers(name)]
    sent = {name for name, _ in query}
    found += [f"a query parameter {name}" for name in QUERY_PARAMETERS if name != parameter and name in sent]
    return f"; there is {' and '.join(found)}, which this API does not read" if found else ""
