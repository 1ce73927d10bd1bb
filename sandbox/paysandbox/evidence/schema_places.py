"""Where a property stands in a contract's document: places behind references and in branches."""

from collections.abc import Sequence
from typing import Any, Final

from paysandbox.contract.validators import Schemas

Place = tuple[str | int, ...]

_BRANCHES: Final = ("allOf", "oneOf", "anyOf")


def find_property(schemas: Schemas, place: Place, names: Sequence[str]) -> Place | None:
    """The place of a property's schema, from that of a value; `*` is an item. None if no branch has it."""
    here = schemas.resolve(place)
    if not names:
        return here
    node = schemas.at(here)
    name, *rest = names
    if not isinstance(node, dict):
        return None
    if name == "*" and "items" in node:
        return find_property(schemas, (*here, "items"), rest)
    if name in node.get("properties", {}):
        return find_property(schemas, (*here, "properties", name), rest)
    for branch in _list_branches(here, node):
        found = find_property(schemas, branch, names)
        if found is not None:
            return found
    return None


def find_closed_object(schemas: Schemas, place: Place | None) -> Place | None:
    """The place of the schema that lists the properties of an object and allows no others; None if there is none."""
    if place is None:
        return None
    here = schemas.resolve(place)
    node = schemas.at(here)
    if not isinstance(node, dict):
        return None
    if "properties" in node and node.get("additionalProperties") is False:
        return here
    found = (find_closed_object(schemas, branch) for branch in _list_branches(here, node))
    return next((one for one in found if one is not None), None)


def get_node(document: Any, place: Place) -> Any:
    """The node at a place, without following references."""
    for step in place:
        document = document[step]
    return document


def _list_branches(here: Place, node: dict[str, Any]) -> list[Place]:
    return [(*here, word, index) for word in _BRANCHES for index in range(len(node.get(word, ())))]
