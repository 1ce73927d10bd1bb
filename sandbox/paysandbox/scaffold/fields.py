"""Fields of records: the properties of a resource as attributes with types."""

import re
from typing import Any, Final

from msgspec import Struct

from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.literals import write_string
from paysandbox.scaffold.names import make_snake, make_unique
from paysandbox.scaffold.resources import Resource
from paysandbox.scaffold.shapes import ANNOTATIONS, get_kind, is_same

_SIMPLE: Final = {"string": "str", "integer": "int", "number": "Decimal", "boolean": "bool", "object": "dict[str, Any]"}
_MOST_CHOICES: Final = 12
NULL: Final = {"type": "null"}
_RESTRICTING: Final = {
    *("enum", "const", "pattern", "format", "minLength", "maxLength", "$ref", "anyOf", "oneOf", "allOf", "not", "if"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("properties", "additionalProperties", "items", "minItems", "maxItems", "uniqueItems"),
}
_CREATED: Final = re.compile(r"created|inserted|registered|issued", re.IGNORECASE)
_UPDATED: Final = re.compile(r"updated|modified|changed", re.IGNORECASE)


class Field(Struct, frozen=True):
    """An attribute of a record. `name` is the property's name in JSON, `type` the source of its type."""

    attribute: str
    name: str
    type: str
    is_required: bool

    @property
    def source(self) -> str:
        """The line that declares it."""
        if self.is_required:
            default = "" if self.name == self.attribute else f" = field(name={write_string(self.name)})"
            return f"{self.attribute}: {self.type}{default}"
        default = "UNSET" if self.name == self.attribute else f"field(default=UNSET, name={write_string(self.name)})"
        return f"{self.attribute}: {'Any' if self.type == 'Any' else f'{self.type} | UnsetType'} = {default}"


def make_fields(draft: Draft, resource: Resource) -> list[Field]:
    """Return the fields of a resource's record, required ones first; a hidden one for the parent if no property is."""
    taken: set[str] = set()
    found = []
    for name, schema in resource.properties.items():
        attribute = make_unique(make_snake(name), taken, "_")
        taken.add(attribute)
        is_required = name in resource.required or name == resource.parent_property
        found.append(Field(attribute, name, write_type(draft, schema), is_required))
    if resource.parent is not None and resource.parent_property is None:
        kind = write_type(draft, resource.parent.properties[resource.parent.key])
        found.append(Field(f"of_{resource.parent.singular}", hidden_name(resource.parent), kind, is_required=True))
    return sorted(found, key=lambda one: not one.is_required)


def hidden_name(parent: Resource) -> str:
    """The name of the field for a parent that no property of the record names."""
    return f"({parent.singular})"


def write_type(draft: Draft, schema: Any) -> str:
    """Return the source of the type of a schema; Any where it allows several."""
    whole = draft.follow(schema)
    if not isinstance(whole, dict):
        return "Any"
    branches = whole.get("anyOf", [])
    inner = [part for part in branches if draft.follow(part) != NULL]
    if len(branches) == 2 and len(inner) == 1 and set(whole) <= {"anyOf", "description", "title"}:  # noqa: PLR2004 - a schema or null
        found = write_type(draft, inner[0])
        return found if found == "Any" else f"{found} | None"
    kind = get_kind(draft, whole)
    if kind is None or any(part in whole for part in ("anyOf", "oneOf", "allOf")):
        return "Any"
    choices = [choice for choice in whole.get("enum", []) if choice is not None]
    if kind == "string" and 0 < len(choices) <= _MOST_CHOICES and all(isinstance(choice, str) for choice in choices):
        found = f"Literal[{', '.join(write_string(choice) for choice in choices)}]"
    elif kind == "array":
        found = f"tuple[{write_type(draft, whole.get('items', {}))}, ...]"
    else:
        found = _SIMPLE.get(kind, "Any")
    is_nullable = isinstance(whole["type"], list) and "null" in whole["type"]
    return f"{found} | None" if is_nullable and found != "Any" else found


def is_kept(draft: Draft, given: Any, kept: Any) -> bool:
    """Tell whether every value of a request's property, null apart, is one of the record's property."""
    if is_same(draft, given, kept):
        return True
    whole, sent = draft.follow(kept), draft.follow(given)
    if not isinstance(whole, dict) or not isinstance(sent, dict):
        return whole is True
    if set(sent) <= {"anyOf", *ANNOTATIONS}:
        return all(is_kept(draft, part, kept) for part in sent.get("anyOf", []) if draft.follow(part) != NULL)
    choices = [sent["const"]] if "const" in sent else [choice for choice in sent.get("enum", []) if choice is not None]
    if choices:
        return all(draft.is_valid(kept, choice) for choice in choices)
    if "anyOf" in whole:
        return any(is_kept(draft, given, part) for part in whole["anyOf"])
    without_null = _drop_null(draft, given)
    if is_same(draft, without_null, _drop_null(draft, kept)):
        return True
    kinds = {get_kind(draft, given), get_kind(draft, kept)}
    return not _RESTRICTING & whole.keys() and (
        len(kinds) == 1 or kinds == {"integer", "number"} or "type" not in whole
    )


def _drop_null(draft: Draft, schema: Any) -> Any:
    whole = draft.follow(schema)
    if not isinstance(whole, dict):
        return whole
    if isinstance(whole.get("type"), list):
        kinds = [kind for kind in whole["type"] if kind != "null"]
        whole = {**whole, "type": kinds[0] if len(kinds) == 1 else kinds}
    if "enum" in whole:
        whole = {**whole, "enum": [choice for choice in whole["enum"] if choice is not None]}
    branches = [part for part in whole.get("anyOf", []) if draft.follow(part) != NULL]
    return draft.follow(branches[0]) if len(branches) == 1 else whole


def is_moment(draft: Draft, name: str, schema: Any, *, changed: bool = False) -> bool:
    """Tell whether a property is the time at which a record was created, or `changed`."""
    whole = draft.follow(schema)
    pattern = _UPDATED if changed else re.compile(f"{_CREATED.pattern}|{_UPDATED.pattern}", re.IGNORECASE)
    return isinstance(whole, dict) and whole.get("format") == "date-time" and pattern.search(name) is not None
