"""Tell how a read contradicts the reply to the call that made the record: another value, or none."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from paysandbox.check.shared_properties import SharedProperty
from paysandbox.core.exact_json import write_json
from paysandbox.judging.verdict_on_request import find_value

NOTHING: Final = (None, "")
_MISSING: Final[Any] = object()


class Difference(NamedTuple):
    """A place where a read contradicts the reply that made the record; the values as JSON, or in a word.

    `is_assumed` if the read lacks what the contract only assumes to be there, and otherwise None.
    """

    pointer: str
    before: str
    after: str
    is_assumed: bool | None


def find_difference(compared: Iterable[SharedProperty], made: Any, bodies: Sequence[Any]) -> Difference | None:
    """The first property that all reads show in the same other way than the reply, or not at all; None if none do."""
    for shared in compared:
        before = find_value(made, shared.pointer, _MISSING)
        after, *later = (find_value(body, shared.pointer, _MISSING) for body in bodies)
        if contradicts(shared, before, after) and all(value == after for value in later):
            is_lost = after is _MISSING
            read = "nothing" if is_lost else write_json(after).decode()
            is_assumed = (is_lost and shared.is_assumed) or None
            return Difference(shared.pointer, write_json(before).decode(), read, is_assumed)
    return None


def contradicts(shared: SharedProperty, before: Any, after: Any) -> bool:
    """Whether a read contradicts what the reply had at a place. What was null or an empty text may be left out."""
    if after is _MISSING:
        return before not in NOTHING
    return shared.has_one_schema and bool(before != after)


def is_telling(made: Any, pointer: str) -> bool:
    """Whether a reply has a value at a place that a read may not leave out."""
    return find_value(made, pointer) not in NOTHING
