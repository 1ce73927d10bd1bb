"""The paths of a contract as a tree of their segments: how many there are does not matter to a call."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.contract.operation import Operation

A_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")

Found = tuple[Mapping[str, Operation], Mapping[str, str]]


class _Place:
    """Where a path has got to: `methods` if one ends here, and what may come next."""

    __slots__ = ("literals", "methods", "names", "variables")

    def __init__(self) -> None:
        self.methods: dict[str, Operation] = {}
        self.names: list[str] = []
        self.literals: dict[str, _Place] = {}
        # Of each the text before and behind the variable: a segment may be `{document-id}.json`.
        self.variables: dict[tuple[str, str], _Place] = {}


class Paths:
    """Finds what stands at a path. A literal segment goes before a variable one."""

    def __init__(self, operations: Iterable[tuple[str, Operation]]) -> None:
        """Each with its whole template; a segment has one variable at most, which is never empty."""
        self._root = _Place()
        for template, operation in operations:
            place = self._root
            for segment in template.split("/"):
                before, *rest = A_VARIABLE.split(segment)
                place = (
                    place.variables.setdefault((before, rest[1]), _Place())
                    if rest
                    else place.literals.setdefault(segment, _Place())
                )
            place.names = A_VARIABLE.findall(template)
            place.methods[operation.method] = operation

    def find(self, path: str) -> Found | None:
        """The operations at a path (percent-encoded) by their methods, and its variables as sent."""
        values: list[str] = []
        place = _descended(self._root, path.split("/"), 0, values)
        if place is None:
            return None
        return place.methods, dict(zip(place.names, values, strict=True)) if values else {}


def _descended(place: _Place, segments: list[str], index: int, values: list[str]) -> _Place | None:
    """Where the segments from `index` on lead; what stands in place of the variables is added to `values`."""
    if index == len(segments):
        return place if place.methods else None
    segment = segments[index]
    literal = place.literals.get(segment)
    if literal is not None:
        found = _descended(literal, segments, index + 1, values)
        if found is not None:
            return found
    for (before, behind), below in place.variables.items():
        if len(segment) > len(before) + len(behind) and segment.startswith(before) and segment.endswith(behind):
            values.append(segment[len(before) : len(segment) - len(behind)])
            found = _descended(below, segments, index + 1, values)
            if found is not None:
                return found
            values.pop()
    return None
