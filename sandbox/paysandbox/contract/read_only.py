"""Properties that an API answers and that a write cannot change (`readOnly`): they are taken out of requests.

Clients that read, change and write back send them. OpenAPI leaves open what becomes of them; they are passed over.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from paysandbox.contract.evidence import LocatedError, list_inner_places
from paysandbox.contract.provenance import UNSTATED
from paysandbox.contract.schema_tree import SchemaNode
from paysandbox.contract.validators import Pointer, Schemas


class _Level(Struct, frozen=True):
    """The read-only properties of one object, and the places below it that have some."""

    names: frozenset[str]
    members: Mapping[str, "_Level"]
    items: "_Level | None"

    def strip(self, value: Any) -> Any:
        if isinstance(value, dict):
            if not self.names.isdisjoint(value):
                value = {name: inner for name, inner in value.items() if name not in self.names}
            changed = {name: below.strip(value[name]) for name, below in self.members.items() if name in value}
            return {**value, **changed} if changed else value
        if isinstance(value, list) and self.items is not None:
            return [self.items.strip(item) for item in value]
        return value

    def find(self, value: Any, pointer: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{pointer}/{name}" for name in value if name in self.names)
            for name, below in self.members.items():
                if name in value:
                    yield from below.find(value[name], f"{pointer}/{name}")
        elif isinstance(value, list) and self.items is not None:
            for index, item in enumerate(value):
                yield from self.items.find(item, f"{pointer}/{index}")


class ReadOnlyProperties:
    """The read-only properties of one request body. The schema is read at the first use, so a start is not slower."""

    def __init__(self, schemas: Schemas, place: Pointer) -> None:
        self._schemas = schemas
        self._place = place

    @cached_property
    def _root(self) -> _Level | None:
        *above, last = self._place
        return _read_level(SchemaNode(self._schemas).read(self._schemas.at(above)[last], UNSTATED))

    def strip(self, body: Any) -> Any:
        """The body without its read-only properties; the body itself if it has none."""
        return body if self._root is None else self._root.strip(body)

    def find(self, body: Any) -> list[str]:
        """The JSON pointers of the read-only properties in a body."""
        return [] if self._root is None else list(self._root.find(body))


def find_required_read_only(
    schemas: Schemas, place: Pointer, seen: set[Pointer] | None = None
) -> Iterator[LocatedError]:
    """Where the schema of a request requires a read-only property, which is taken out before the schema is asked."""
    place = schemas.resolve(place)
    node = schemas.at(place)
    seen = set() if seen is None else seen
    if not isinstance(node, dict) or place in seen:
        return
    seen.add(place)
    declared = node.get("properties", {})
    for name in node.get("required", []):
        if name in declared and schemas.is_read_only(declared[name]):
            yield (*place, "required"), f"a request cannot require {name!r}, which is readOnly"
    for below in list_inner_places(node):
        yield from find_required_read_only(schemas, (*place, *below), seen)


def _read_level(node: SchemaNode) -> _Level | None:
    names = frozenset(name for name, below in node.members.items() if below.is_read_only)
    below = {name: _read_level(member) for name, member in node.members.items() if name not in names}
    members = {name: level for name, level in below.items() if level is not None}
    items = None if node.items is None else _read_level(node.items)
    return _Level(names, members, items) if names or members or items is not None else None
