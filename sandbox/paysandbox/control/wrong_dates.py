"""Advice about dates that a contract refuses for their notation: 26/10/2017 where 2017-10-26 is wanted, or the reverse.

Day and month of 7/4/2026 can be exchanged: Europe reads 7 April, the United States (and `toLocaleDateString()` of
JavaScript there) July 4. Both readings are named, because a wrong guess would be a payment of another day.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from paysandbox.contract.operation import Operation
from paysandbox.control.duplicate_calls import find_operation
from paysandbox.core.problems import RULE
from paysandbox.kit.provider import Service
from paysandbox.store.journal import Entry

_TIME: Final = r"(?P<time>(?:T|,? ).{0,40})?"
_YEAR_LAST: Final = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?P<sign>[/.-])(?P<second>[0-9]{{1,2}})(?P=sign)(?P<year>[0-9]{{4}}){_TIME}", re.ASCII
)
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>[0-9]{{4}})(?P<sign>[/.-])(?P<month>[0-9]{{1,2}})(?P=sign)(?P<day>[0-9]{{1,2}}){_TIME}", re.ASCII
)
_MONTHS: Final = 12

IsTaken = Callable[[str], bool]


class Reading(NamedTuple):
    """What a written date can mean; `notation` names how it is written then, `day/month/year`."""

    notation: str
    year: str
    month: int
    day: int

    def list_notations(self) -> Iterator[tuple[str, str]]:
        """Yield the date as APIs want it, each way with its name; a day without a time comes first."""
        iso = f"{self.year}-{self.month:02}-{self.day:02}"
        yield "year-month-day", iso
        yield "day/month/year", f"{self.day:02}/{self.month:02}/{self.year}"
        yield "year-month-day", f"{iso}T00:00:00"
        yield "year-month-day", f"{iso}T00:00:00Z"


def find_wrong_dates(entry: Entry, service: Service, body: Any) -> Iterator[str]:
    """Yield a hint for each date of a refused call that the contract takes in another notation."""
    operation = find_operation(entry, service)
    if entry.refusal is None or operation is None:
        return
    for violation in entry.refusal.violations:
        if violation.keyword == RULE:
            continue  # the date itself is right
        found = _find_value(entry, operation, body, violation.pointer)
        if found is not None:
            yield from _advise(violation.pointer, *found)


def list_readings(value: str) -> list[Reading]:
    """Return what a text can mean as a date: nothing, one day, or two where day and month can be exchanged."""
    if found := _YEAR_FIRST.fullmatch(value):
        month, day = int(found["month"]), int(found["day"])
        return [Reading(found["sign"].join(("year", "month", "day")), found["year"], month, day)]
    found = _YEAR_LAST.fullmatch(value)
    if found is None:
        return []
    first, second, sign = int(found["first"]), int(found["second"]), found["sign"]
    day_first = Reading(sign.join(("day", "month", "year")), found["year"], second, first)
    month_first = Reading(sign.join(("month", "day", "year")), found["year"], first, second)
    # No country writes the month first with full stops.
    if second <= _MONTHS and (first > _MONTHS or first == second or sign == "."):
        return [day_first]
    return [day_first, month_first] if second <= _MONTHS else [month_first]


def _advise(pointer: str, value: str, is_taken: IsTaken) -> Iterator[str]:
    readings = list_readings(value)
    # The contract does not name its notation: it is the first that it accepts.
    written = [
        (reading.notation, *next((one for one in reading.list_notations() if is_taken(one[1])), ("", "")))
        for reading in readings
    ]
    meant = [one for one in written if one[2]]
    if len(meant) > 1:
        (sent, right, candidate), (other_sent, _, other) = meant
        yield (
            f"Send {pointer} as {right}: {value!r} can mean {candidate!r} ({sent}) or {other!r} ({other_sent}), and "
            "only you know which."
        )
    elif meant:
        sent, right, candidate = meant[0]
        yield f"Send {pointer} as {_name_change(value, sent, right, candidate)}."


def _name_change(value: str, sent: str, right: str, candidate: str) -> str:
    """Word what is right and what was sent: by the names of the notations, unless they have the same."""
    found = _YEAR_FIRST.fullmatch(value) or _YEAR_LAST.fullmatch(value)
    time = found["time"] if found is not None else None
    if sent != right:
        return f"{right}, {candidate!r}, not as {sent}, {value!r}"
    if not time or "T" in candidate:
        return f"{candidate!r}, not {value!r}"
    utc = " (`toISOString()` of JavaScript gives the day in UTC, which may be another)" if time.endswith("Z") else ""
    return f"{candidate!r}, a day without a time, not {value!r}{utc}"


def _find_value(entry: Entry, operation: Operation, body: Any, pointer: str) -> tuple[str, IsTaken] | None:
    """Return the text at the pointer of a violation, and whether the contract would take another in its place."""
    if pointer.startswith("?"):
        return _find_parameter(entry, operation, pointer[1:])
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    value = _get_value(body, steps) if pointer.startswith("/") else None
    if not isinstance(value, str) or operation.body is None:
        return None
    validator = operation.body.validator

    def is_taken(candidate: str) -> bool:
        left = validator.violations(_replace_value(body, steps, candidate))
        return all(other.pointer != pointer for other in left)

    return value, is_taken


def _find_parameter(entry: Entry, operation: Operation, name: str) -> tuple[str, IsTaken] | None:
    parameter = next((one for one in operation.parameters if one.place == "query" and one.name == name), None)
    given = [value for key, value in parse_qsl(entry.request.query) if key == name]
    if parameter is None or len(given) != 1:
        return None
    return given[0], lambda candidate: not parameter.read([candidate])[1]


def _get_value(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _replace_value(value: Any, steps: list[str], leaf: str) -> Any:
    """Return a copy of the value with another leaf at the end of `steps`, which must exist."""
    if not steps:
        return leaf
    step, *rest = steps
    if isinstance(value, list):
        return [_replace_value(item, rest, leaf) if number == int(step) else item for number, item in enumerate(value)]
    return {**value, step: _replace_value(value[step], rest, leaf)}
