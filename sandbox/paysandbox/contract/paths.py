"""The paths of a contract as a tree of segments, so that a call costs the same however many paths there are."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.contract.operation import Operation

A_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")

Found = tuple[Mapping[str, Operation], Mapping[str, str]]


class _Node:
    """A node of the tree: `methods` if a path ends here, and the nodes that may come next."""

    __slots__ = ("literals", "methods", "names", "variables")

    def __init__(self) -> None:
        self.methods: dict[str, Operation] = {}
        self.names: list[str] = []
        self.literals: dict[str, _Node] = {}
        # Each with the text before and behind the variable: a segment may be `{document-id}.json`.
        self.variables: dict[tuple[str, str], _Node] = {}


class Paths:
    """Finds the operations at a path. A literal segment goes before a variable one."""

    def __init__(self, operations: Iterable[tuple[str, Operation]]) -> None:
        # A segment has one variable at most, and its value is never empty.
        self._root = _Node()
        for template, operation in operations:
            place = self._root
            for segment in template.split("/"):
                before, *rest = A_VARIABLE.split(segment)
                place = (
                    place.variables.setdefault((before, rest[1]), _Node())
                    if rest
                    else place.literals.setdefault(segment, _Node())
                )
            place.names = A_VARIABLE.findall(template)
            place.methods[operation.method] = operation

    def find(self, path: str) -> Found | None:
        """The operations at a path (percent-encoded) by method, and its variables as sent; None if there is none."""
        values: list[str] = []
        place = _descend(self._root, path.split("/"), 0, values)
        if place is None:
            return None
        return place.methods, dict(zip(place.names, values, strict=True)) if values else {}


def _descend(place: _Node, segments: list[str], index: int, values: list[str]) -> _Node | None:
    """The node at the end of the segments from `index` on; the variables' values are added to `values`."""
    if index == len(segments):
        return place if place.methods else None
    segment = segments[index]
    literal = place.literals.get(segment)
    if literal is not None:
        found = _descend(literal, segments, index + 1, values)
        if found is not None:
            return found
    for (before, behind), below in place.variables.items():
        if len(segment) > len(before) + len(behind) and segment.startswith(before) and segment.endswith(behind):
            values.append(segment[len(before) : len(segment) - len(behind)])
            found = _descend(below, segments, index + 1, values)
            if found is not None:
                return found
            values.pop()
    return None
