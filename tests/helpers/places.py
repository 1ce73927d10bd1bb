"""Hold the places that refusals name against the requests that were refused."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from paysandbox.contract.operation import Operation
from paysandbox.contract.parameters import MARKS
from paysandbox.core.problems import RULE
from paysandbox.pipeline.dispatch import Observation
from tests.helpers.runtimes import read_runtime


def find_misplaced(observation: Observation) -> Iterator[str]:
    """Yield a sentence for each place, named by a rule, that the request does not have and could not have."""
    outcome = observation.outcome
    for one in () if outcome.problem is None else outcome.problem.violations:
        if one.keyword != RULE:
            continue
        assert outcome.operation is not None
        body = None if outcome.call is None else outcome.call.body
        if not is_place_of(one.pointer, body, outcome.operation, list_properties(observation.provider)):
            yield f"{outcome.operation.id} has no place {one.pointer!r}, of which it says: {one.message}"


def is_place_of(pointer: str, body: Any, operation: Operation, properties: frozenset[str]) -> bool:
    """Tell whether a pointer is to a parameter of the operation, or to a value of the body or one missing there."""
    if not pointer.startswith("/"):
        return pointer.partition("/")[0] in {MARKS[one.place] % one.name for one in operation.parameters}
    *above, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    inside = body
    for step in above:
        inside = _get(inside, step)
    if _get(inside, last) is not None:
        return True
    return isinstance(inside, Mapping) and last in properties


@cache
def list_properties(provider: str) -> frozenset[str]:
    """Return the names of all properties that the contract has of bodies."""
    return frozenset(_walk(read_runtime().services[provider].contract.document))


def _walk(document: Any) -> Iterator[str]:
    if isinstance(document, Mapping):
        found = document.get("properties")
        if isinstance(found, Mapping):
            yield from found
        for inner in document.values():
            yield from _walk(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from _walk(inner)


def _get(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    is_index = isinstance(value, list) and step.isdecimal() and int(step) < len(value)
    return value[int(step)] if is_index else None
