"""The paths of a contract as a tree of segments, so that a call costs the same however many paths there are."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from paysandbox.contract.operation import Operation

_LONGEST: Final = 300  # of a path that is compared; a request may have 64 KiB of it
_SIMILAR: Final = 0.75
_SEGMENT: Final = 100  # the distance of two segments that are not alike
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


def find_nearest(path: str, templates: Sequence[str]) -> str | None:
    """The template that is most likely meant by a path: the same last segment first, then the fewest edits.

    None if no template has the same last segment or is less than one segment away.
    """
    segments = path[:_LONGEST].rstrip("/").split("/")
    templates = list(dict.fromkeys(templates))
    compare = cache(_segment_distance)  # templates share most of their segments
    ranked = [
        (template.split("/")[-1] != segments[-1], _distance(segments, template.split("/"), compare))
        for template in templates
    ]
    best = min(range(len(templates)), key=ranked.__getitem__, default=None)
    if best is None or not path.strip("/"):
        return None
    other_end, distance = ranked[best]
    return None if other_end and distance >= _SEGMENT else templates[best]


def _distance(segments: Sequence[str], template: Sequence[str], compare: Callable[[str, str], int]) -> int:
    """The edit distance of two paths, 100 for a segment; it is less for segments that are alike."""
    above = [_SEGMENT * index for index in range(len(template) + 1)]
    for row, segment in enumerate(segments, 1):
        current = [_SEGMENT * row]
        for column, wanted in enumerate(template, 1):
            changed = above[column - 1] + compare(segment, wanted)
            current.append(min(above[column] + _SEGMENT, current[-1] + _SEGMENT, changed))
        above = current
    return above[-1]


def _segment_distance(segment: str, wanted: str) -> int:
    from difflib import SequenceMatcher  # noqa: PLC0415 - only a path that nothing has asks for it

    before, *variable = A_VARIABLE.split(wanted)
    if segment == wanted:
        return 0
    if variable:
        behind = variable[1]
        fits = len(segment) > len(before + behind) and segment.startswith(before) and segment.endswith(behind)
        return 1 if fits else _SEGMENT
    matcher = SequenceMatcher(None, segment, wanted)
    # The first two are upper bounds that cost a tenth of the third.
    if any(ratio() < _SIMILAR for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)):
        return _SEGMENT
    return int(_SEGMENT * (1 - matcher.ratio()))
