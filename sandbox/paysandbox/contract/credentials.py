"""Where a contract expects credentials, and how they are read off a request."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.messages import Request
from paysandbox.core.problems import Unauthenticated

_USUAL_HEADERS: Final = ("authorization", "api-key", "api_key", "x-api-key", "apikey", "token")
_USUAL_QUERIES: Final = ("api_key", "apikey", "api-key", "token", "access_token")


class Scheme(Struct, frozen=True):
    """One security scheme. `place` is header, query or bearer; `name` the header's or query parameter's."""

    place: str
    name: str

    def read(self, request: Request, query: Sequence[tuple[str, str]]) -> str:
        """The credential that the request carries.

        Raises:
            Unauthenticated: there is none, an empty one, or more than one.
        """
        if self.place == "query":
            given = [value for name, value in query if name == self.name]
        else:
            given = request.get_headers(self.name)
        if len(given) > 1:
            raise Unauthenticated(f"{self} is given {len(given)} times")
        credential = given[0].strip() if given else ""
        if self.place == "bearer" and credential:
            kind, space, credential = credential.partition(" ")
            if kind.lower() != "bearer":
                # Without a space it is the token itself that was sent, and nobody wants to read that here.
                said = f"it says {kind[:20]!r}" if space else "it has no 'Bearer ' before the token"
                raise Unauthenticated(f"the Authorization header is not of the form 'Bearer <token>' ({said})")
            credential = credential.strip()
        if not credential:
            raise Unauthenticated(f"{self} is missing{_instead(request, query, self)}")
        return credential

    def __str__(self) -> str:
        if self.place == "bearer":
            return "the header Authorization: Bearer <token>"
        return f"the {'query parameter' if self.place == 'query' else 'header'} {self.name}"


def read_body_credential(body: Any, member: str | None, request: Request, query: Sequence[tuple[str, str]]) -> str:
    """The credential that a body carries in one of its members.

    Raises:
        Unauthenticated: there is none.
    """
    credential = body.get(member) if isinstance(body, dict) else None
    if not isinstance(credential, str) or not credential:
        raise Unauthenticated(f"the body has no {member}{_instead(request, query, None)}")
    return credential


def _instead(request: Request, query: Sequence[tuple[str, str]], wanted: Scheme | None) -> str:
    """What the request carries where a credential often stands but is not `wanted`: a likely mistake."""
    header = None if wanted is None or wanted.place == "query" else wanted.name.lower()
    parameter = wanted.name if wanted is not None and wanted.place == "query" else None
    found = [f"a header {name}" for name in _USUAL_HEADERS if name != header and request.get_headers(name)]
    sent = {name for name, _ in query}
    found += [f"a query parameter {name}" for name in _USUAL_QUERIES if name != parameter and name in sent]
    return f"; there is {' and '.join(found)}, which this API does not read" if found else ""
