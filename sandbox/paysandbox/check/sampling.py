"""Sample the cases at a schema's boundaries: a few of each boundary of each property are enough for a quick check."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from paysandbox.check.choice import READING
from paysandbox.check.own_checks import AnyCase
from paysandbox.core.json_types import name_type

# Each of these is a way in which servers read one type as another, so each is tried of each property.
TELLING: Final = ("string", "number", "null")
MOST_ALIKE: Final = 2


class Sampler:
    """Chooses which cases are sent; the same ones at every run. With `reads_only` none that may change anything."""

    def __init__(self, *, samples: bool, reads_only: bool) -> None:
        self._samples = samples
        self._reads_only = reads_only
        self._seen: Counter[tuple[object, ...]] = Counter()

    def keeps(self, case: AnyCase) -> bool:
        """Whether a case is among the first of its kind. Cases that are generated at random are all kept."""
        if self._reads_only and case.method.upper() not in READING:
            return False
        if not self._samples or case.meta is None or not isinstance(case.meta.phase.data, CoveragePhaseData):
            return True
        kind, most = _describe_kind(case, case.meta.phase.data)
        self._seen[kind] += 1
        return self._seen[kind] <= most


def _describe_kind(case: AnyCase, data: CoveragePhaseData) -> tuple[tuple[object, ...], int]:
    """What makes cases alike, and how many such cases to send."""
    assert case.meta is not None
    kind: tuple[object, ...] = (
        case.operation.label,
        case.meta.generation.mode,
        data.scenario,
        data.parameter_location,
        data.parameter,
        data.location or data.description,
    )
    if data.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        return (*kind, case.method), 1
    if data.scenario is not CoverageScenario.INCORRECT_TYPE:
        return kind, MOST_ALIKE
    put = {name_type(value, whole=False) for value in _find_values(case.body, _read_steps(data.location or ""))}
    name = next(iter(put)) if len(put) == 1 else ""
    return ((*kind, name), 1) if name in TELLING else (kind, MOST_ALIKE - 1 if name else MOST_ALIKE + 1)


def _read_steps(location: str) -> list[str]:
    """The way to a value that a schema's location is about: property names, and `*` for the items of an array."""
    steps, found = iter(location.split("/")[1:]), []
    for step in steps:
        if step == "properties":
            found.append(next(steps, "").replace("~1", "/").replace("~0", "~"))
        elif step == "items":
            found.append("*")
    return found


def _find_values(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
    elif steps[0] == "*":
        for item in value if isinstance(value, list) else []:
            yield from _find_values(item, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _find_values(value[steps[0]], steps[1:])
