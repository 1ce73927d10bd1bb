"""What passes between the rooms: a `Request` comes in, becomes a `Call`, and a `Reply` goes out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import UNSET, Struct, field

from paysandbox.core.problems import Violation

JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"


class Request(Struct, frozen=True, gc=False):
    """What came over the wire, below the root of one provider; nothing is interpreted yet.

    `path` is percent-encoded except for unreserved characters and begins with a slash. `content` is None when the
    body was longer than the limit and was not read. `origin` is the scheme and authority that the client used,
    `http://127.0.0.1:4080`. `head_size` is about how many bytes all but the body takes.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    content: bytes | None
    origin: str = "http://127.0.0.1"
    head_size: int = 0

    def get_headers(self, name: str) -> list[str]:
        """Every value of one header, in the order sent."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]


class Call(Struct, frozen=True, gc=False):
    """A request as the contract understands it: typed, validated and authenticated.

    `path`, `query` and `headers` hold the declared parameters by their names in HTTP. `body` is the decoded JSON value
    (numbers with a fraction are `Decimal`), None where the operation takes no body. `principal` is what the provider's
    `authenticate` returned. `namespace_suffix` is the end of the credential that chose the namespace: `~checkout-7`.
    `passed` lists the rules that the call has passed through.
    """

    operation: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    principal: Any
    origin: str
    passed: list[str] = field(default_factory=list)
    namespace_suffix: str = ""

    def rule(self, name: str) -> str:
        """Note that this call passes through a rule; returns the name, so that a `Problem` can carry it."""
        if name not in self.passed:
            self.passed.append(name)
        return name


class Reply(Struct, frozen=True, gc=False):
    r"""What a provider answers. An UNSET body is an empty one, and then there is no Content-Type either.

    An `escaped` one is JSON in ASCII, every other character being written as `\uXXXX`.
    """

    status: int
    body: Any = UNSET
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = JSON_TYPE
    escaped: bool = False


class Attempt(Struct, frozen=True):
    """A call that was made, for advice about it: what was sent, and what came of it.

    `path` begins below the provider's root and is percent-encoded; `headers` have lower-case names and are not masked.
    `body` is the decoded JSON value, None where there is none or it is no JSON; `content` is as sent. `operation` is
    None for a path or method that the contract lacks, `status` None if the connection was closed before anything was
    done. `violations` and `rule` are those of the refusal.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: Any
    content: bytes
    operation: str | None
    status: int | None
    violations: Sequence[Violation] = ()
    rule: str | None = None


def problem_document(status: int, title: str, detail: str) -> Reply:
    """The sandbox speaking for itself, where no provider is meant: a problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Reply(status, body, media_type=PROBLEM_TYPE)
