"""The names that a contract gives to credentials: those of `format: password`."""

from collections.abc import Iterator
from typing import Any, Final

from paysandbox.contract.validators import Schemas, split_reference

_REFERENCES: Final = 8


def find_password_names(document: dict[str, Any]) -> Iterator[str]:
    """Yield the names of all members and parameters of `format: password`."""
    schemas = Schemas(document)
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            members = node.get("properties")
            if isinstance(members, dict):
                yield from (name for name, schema in members.items() if _is_password(schema, schemas))
            if "in" in node and _is_password(node.get("schema"), schemas):
                yield node["name"]


def _is_password(schema: Any, schemas: Schemas, references: int = _REFERENCES) -> bool:
    """Whether a schema, what it refers to, or one of its branches is of `format: password`."""
    if not isinstance(schema, dict) or not references:
        return False
    if schema.get("format") == "password":
        return True
    reference = schema.get("$ref")
    branches = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word) or ()]
    if isinstance(reference, str):
        branches.append(schemas.at(split_reference(reference)))
    return any(_is_password(one, schemas, references - 1) for one in branches)
