"""Message types shared by all layers: Request, Call, Reply."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import UNSET, Struct, field

from paysandbox.core.problems import Violation

JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"


class DecodingError(Struct, frozen=True, gc=False):
    """Why a body could not be decoded; `is_unsupported` if its encoding is not one that the sandbox reads."""

    message: str
    is_unsupported: bool = False


class Request(Struct, frozen=True, gc=False, array_like=True):  # in a log, without the names of its properties
    """An HTTP request below the root of one provider, not interpreted yet.

    `path` begins with a slash and is percent-encoded except for unreserved characters. `content` is decoded from its
    Content-Encoding. It is None if the body was longer than the limit and was not read, and empty if it could not be
    decoded, with the reason in `decoding_error`. `origin` is the scheme and authority that the client used,
    `http://127.0.0.1:4080`. `head_size` is the approximate size of the request line and headers in bytes.
    `namespace_suffix` is the end of a credential that names a namespace, `~checkout-7`; empty if there is none.
    `root` is the path by which the provider and the namespace were chosen, `/ns/mine/invoicexpress`; empty if the
    provider's host or port and a credential did. A header with the namespace counts as a path.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes | None
    origin: str = "http://127.0.0.1"
    head_size: int = 0
    decoding_error: DecodingError | None = None
    namespace_suffix: str = ""
    root: str = ""

    def get_headers(self, name: str) -> list[str]:
        """Return all values of a header, in the order sent."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]


class Call(Struct, frozen=True, gc=False):
    """A request as the contract understands it: typed, validated and authenticated.

    `path`, `query` and `headers` hold the declared parameters by their names in HTTP. `body` is the decoded JSON value
    (numbers with a fraction are `Decimal`), None where the operation takes no body. `principal` is what the provider's
    `authenticate` returned. `namespace_suffix` and `root` are the request's. `passed` lists the rules that the call has
    passed through.
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
    root: str = ""

    def rule(self, name: str) -> str:
        """Record that this call passes through a rule; return the name, for the `rule` of a `Problem`."""
        if name not in self.passed:
            self.passed.append(name)
        return name


class Reply(Struct, frozen=True, gc=False):
    r"""A provider's reply. Without a `body` (UNSET) it has no Content-Type.

    The JSON of an `escaped` reply is ASCII; other characters are written as `\uXXXX`.
    """

    status: int
    body: Any = UNSET
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = JSON_TYPE
    escaped: bool = False


class Attempt(Struct, frozen=True):
    """A finished call, as the input of hints: what was sent, and how it was answered.

    `path` begins below the provider's root and is percent-encoded; `headers` have lower-case names and are not masked.
    `body` is the decoded JSON value, None if the body is empty or not JSON; `content` is as sent. `operation` is None
    if the contract lacks the path or method, `status` None if a fault closed the connection before the call was
    processed. `violations` and `rule` are those of the refusal; `rules` are all that the call passed through.
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
    rules: Sequence[str] = ()


def problem_document(status: int, title: str, detail: str, violations: Sequence[Violation] = ()) -> Reply:
    """Return a reply of the sandbox itself, not of a provider: a problem document (RFC 9457).

    `violations` say which parts of the request are wrong; without any the document has no such member.
    """
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if violations:
        body["violations"] = [
            {"pointer": one.pointer, "keyword": one.keyword, "message": one.message} for one in violations
        ]
    return Reply(status, body, media_type=PROBLEM_TYPE)
