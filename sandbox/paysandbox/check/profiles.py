"""Profiles: how much a check tries, and everything that it excludes."""

from collections.abc import Mapping
from typing import Final, Self

from msgspec import Struct
from msgspec.structs import replace


class Profile(Struct, frozen=True, kw_only=True):
    """How much is tried of each API.

    `cases` are fuzzed ones of each operation, valid and invalid together; `invalid` those of the run that makes only
    invalid ones (0: no such run). An API of more operations than `SHARED` has no more of them in all than one of so
    many. `samples` sends few of the boundary cases that are alike, and fewer where operations share a property.
    `independent` judges bodies with a second validator, which the server does not use; it is far slower.
    `scenarios` are the sequences of calls along the contract's links, of at most `steps` calls each (0: none).
    `seconds` is the time limit of one API.
    """

    name: str
    cases: int
    invalid: int = 0
    samples: bool = False
    independent: bool = True
    scenarios: int = 0
    steps: int = 6
    seconds: int

    def shared(self, operations: int) -> Self:
        """The same for an API of so many operations."""
        if operations <= SHARED:
            return self
        cases, invalid = (max(many * SHARED // operations, min(LEAST, many)) for many in (self.cases, self.invalid))
        return replace(self, cases=cases, invalid=invalid)


SHARED: Final = 6  # operations
LEAST: Final = 5  # cases of an operation

PROFILES: Final[dict[str, Profile]] = {
    depth.name: depth
    for depth in (
        Profile(name="quick", cases=40, samples=True, independent=False, seconds=300),
        Profile(name="full", cases=250, invalid=100, scenarios=120, seconds=600),
    )
}

LEAST_CARRIED_OUT: Final = 50  # per cent of an operation's valid requests; below that a run has tested little

# Everything that is switched off, with the reason. A test counts these.
EXCLUDED: Final[Mapping[str, str]] = {
    "negative_data_rejection, ignored_auth and missing_required_header where the envelope refuses": (
        "the checks know HTTP statuses only, and an API whose every answer is HTTP 200 refuses in its envelope; what "
        "the envelope lets through still fails the first one, and body_schema_iff judges all of it; "
        "query_token_enforced and header_token_enforced see to it that a credential there is enforced"
    ),
    "positive_data_acceptance on a server that is no sandbox": (
        "such a server cannot go back to its fixtures and does not say whether a refusal depends on what it remembers, "
        "so a valid request may be refused there for a balance that is used up; each operation must succeed once"
    ),
    "positive_data_acceptance where a scenario's state refuses": (
        "after earlier calls a valid request may be refused, as an invoice that is paid takes nothing more; the reply "
        "must be marked as a refusal by the state, and without the mark it fails the check"
    ),
    "positive_data_acceptance where the control plane refuses a name or a moment": (
        "whether the sandbox has something of that name, or a clock that can show that year, no schema says; the reply "
        "must be marked as a refusal by the state, and half of an operation's valid requests must be carried out"
    ),
    "ensure_resource_availability on a link to an operation without a path parameter": (
        "the check takes any 404 after a create for the created record's; where no path names a record it is another "
        "record that the body names, and body_schema_iff judges whether it may be refused"
    ),
    "ensure_resource_availability for a record of the contract's examples on a server that is no sandbox": (
        "a scenario may go on with the example in a path, which such a server need not have; the check takes its 404 "
        "for that of the record that was just created, which link_holds and read_back look for"
    ),
    "success_gate of reload on a running sandbox with a store": (
        "such a sandbox takes no files over, which its health tells beforehand; the refusal itself is judged, and the "
        "report names the operation as not reached"
    ),
    "reset on a running sandbox": (
        "it takes what the default namespace remembers, and whoever runs the sandbox may be at work there; "
        "on a sandbox of the check's own it is called like any other operation"
    ),
    "body_schema_iff in a scenario where the body carries the credential": (
        "an earlier call may have taken the credential's validity away, and a refused credential is no refusal by the "
        "state; an invalid body must still be refused, and outside of scenarios all is judged"
    ),
}
