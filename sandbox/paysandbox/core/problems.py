"""Refusals in neutral form, and errors of the sandbox itself.

A `Problem` is a refusal of the imitated API, which its provider words. `ContractBreach` and `StartupError` are errors
of the sandbox or of its files, which no provider words.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from msgspec import Struct

WHOLE: Final = "the body"  # the place of a violation whose pointer is empty
RULE: Final = "rule"  # the keyword of a violation that no schema finds, but a rule, by records or arithmetic


class Violation(Struct, frozen=True, gc=False):
    """A part of a request that the contract does not allow, by a schema or by a rule.

    `pointer` is a JSON pointer into the body, or `?name`, `#name`, `{name}` for a query, header or path parameter.
    `keyword` is that of the schema, or `RULE`. `says` is the vendor's own sentence about the property (None if the
    contract has none), `provenance` the evidence for it: documented, observed or assumed. Those of a rule are found by
    the `rule` of the problem. `said_by` is the provenance and the source of the sentence where they are others, because
    what is refused is a decision of the house.
    """

    pointer: str
    keyword: str
    message: str
    says: str | None = None
    source: str | None = None
    provenance: str | None = None
    said_by: tuple[str | None, str | None] | None = None

    @property
    def own_sentence(self) -> str | None:
        """The vendor's sentence if `source` and `provenance` are the evidence for it."""
        return self.says if self.said_by is None else None

    def __str__(self) -> str:
        return f"{self.pointer or WHOLE}: {self.message}"


class Problem(Exception):
    """A refusal. `rule` is the id of its rule in the contract; `facts` are values for the provider's wording.

    `at` is the place in the request that a rule refuses, written as the `pointer` of a `Violation`; None if it concerns
    no single place, such as the state of an account. `operation` is the operationId of the call, None if the contract
    lacks the path or method.
    """

    depends_on_state: ClassVar[bool] = False
    operation: str | None = None

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        at: str | None = None,
        violations: Sequence[Violation] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.violations = tuple(violations) if at is None else (Violation(at, RULE, message),)
        self.facts: Mapping[str, Any] = facts or {}


class Unroutable(Problem):
    """The contract lacks the path (`allow` is empty), or the method (`allow` lists the methods of the path)."""

    def __init__(self, message: str, *, allow: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allow = tuple(allow)


class Unauthenticated(Problem):
    """Credentials are missing, repeated, unknown or expired."""


class Forbidden(Problem):
    """The request is forbidden, whatever its credentials."""


class Malformed(Problem):
    """The body is not JSON, or not JSON that can be validated."""


class UnsupportedMediaType(Malformed):
    """The body is not declared to be JSON."""


class TooLarge(Malformed):
    """The body is longer than the limit."""


class Invalid(Problem):
    """The request violates the contract; `violations` says where."""


class NotFound(Problem):
    """A record that the request names does not exist."""

    depends_on_state = True


class UnknownResource(NotFound):
    """The id in the path is not the id of any record, in any state."""

    depends_on_state = False


class Exhausted(Problem):
    """Too many wrong credentials have come, so that none is looked at for a while."""


class Conflict(Problem):
    """The request conflicts with a record that exists."""

    depends_on_state = True


class NotAllowed(Problem):
    """The request is valid, but the state of a record does not allow it."""

    depends_on_state = True


class ContractBreach(Exception):
    """A reply of the sandbox violates its own contract."""


class StartupError(Exception):
    """The sandbox cannot start. `errors` are lines of `file:line: path: what is wrong`."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


class UnknownProvider(StartupError):
    """The user has named a provider that does not exist. `errors` are sentences without a file."""


class StoreFailed(StartupError):
    """The store of the namespaces cannot be used. `errors` are sentences without a file."""
