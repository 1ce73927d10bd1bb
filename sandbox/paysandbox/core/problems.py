"""Why a call is refused, in nobody's words; and why the sandbox itself cannot go on.

A `Problem` is what the imitated API would say; its provider puts it into words. `ContractBreach` and `Unusable`
mean that the sandbox is wrong, and are never put into a provider's words.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct


class Violation(Struct, frozen=True, gc=False):
    """One thing that the request says and the contract does not allow.

    `pointer` is a JSON pointer into the body, or `?name`, `#name`, `{name}` for a query, header or path parameter.
    `says` is the vendor's own sentence about the member (None where the contract has none), `provenance` who
    vouches for it.
    """

    pointer: str
    keyword: str
    message: str
    says: str | None = None
    source: str | None = None
    provenance: str | None = None


class Problem(Exception):
    """A refusal. `rule` names the rule behind it; `facts` are values that the provider's wording may need.

    `operation` is the operationId of the call, None where the contract has no operation for it.
    """

    depends_on_state: ClassVar[bool] = False
    operation: str | None = None

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        violations: Sequence[Violation] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.violations = tuple(violations)
        self.facts: Mapping[str, Any] = facts or {}


class Unroutable(Problem):
    """No operation has this path (`allow` is empty), or none has this method on it (`allow` names those it has)."""

    def __init__(self, message: str, *, allow: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allow = tuple(allow)


class Unauthenticated(Problem):
    """Credentials are missing, repeated, unknown or expired."""


class Forbidden(Problem):
    """Whoever asks may not, whatever the credentials."""


class Malformed(Problem):
    """The body is not a JSON value that can be judged at all."""


class UnsupportedMediaType(Malformed):
    """The body is not declared to be JSON."""


class TooLarge(Malformed):
    """The body is longer than the sandbox reads."""


class Invalid(Problem):
    """The request alone breaks the contract; `violations` says where."""


class NotFound(Problem):
    """Something that the request names does not exist."""

    depends_on_state = True


class UnknownResource(NotFound):
    """The path's id cannot be the id of anything, whatever the state."""

    depends_on_state = False


class Conflict(Problem):
    """The request contradicts something that exists already."""

    depends_on_state = True


class NotAllowed(Problem):
    """The request is well formed, but the state of what it names does not allow it."""

    depends_on_state = True


class ContractBreach(Exception):
    """The sandbox was about to answer something that its own contract does not allow."""


class StartupError(Exception):
    """What the sandbox cannot start with. `findings` are lines of `file:line: path: what is wrong`."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)
