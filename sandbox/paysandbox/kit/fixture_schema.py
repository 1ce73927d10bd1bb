"""JSON Schema of a provider's fixture file, for editors and for the reference in the docs.

Draft 7, because editors know it best. It cannot say invariants and references to missing records:
`paysandbox validate` checks those.
"""

import inspect
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from paysandbox.contract.variants import Variant
from paysandbox.kit.fixture_form import DEFAULT, EXTENDS, WEBHOOKS
from paysandbox.kit.provider import Provider
from paysandbox.store.endpoints import ENDPOINTS, EndpointDef
from paysandbox.store.tables import TableDef

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
FILE: Final = "fixtures.schema.json"
_REFERENCE: Final = "#/definitions/{name}"

Schema = dict[str, Any]


def make_file_schema(
    provider: Provider, variants: Mapping[str, Variant], credentials: Iterable[str], events: Iterable[str] = ()
) -> Schema:
    """Make the schema of `<provider>/default.yaml`.

    `credentials` are the names that the default fixtures give, `events` those of the contract's webhooks.
    """
    table_defs = provider.state.table_defs()
    _, components = msgspec.json.schema_components(
        [table_def.record for table_def in table_defs.values()], ref_template=_REFERENCE
    )
    tables = {name: _make_table_schema(table_def, components) for name, table_def in table_defs.items()}
    used = _find_used(tables, components)  # rows are inlined, so that only nested records are definitions
    sections = {
        EXTENDS: {"description": "Add to the default fixtures, or replace their records by key.", "enum": [DEFAULT]},
        "variants": _make_object({name: _make_variant_schema(variant) for name, variant in variants.items()}),
        "credentials": {
            "description": "For a client under test. An account or login of the tables must have them.",
            "type": "object",
            "properties": {name: {"type": "string"} for name in credentials},
            "additionalProperties": {"type": "string"},
        },
        "counters": {
            "description": "How many ids of each kind were made so far. `paysandbox export` writes them.",
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
        **({WEBHOOKS: _make_endpoints_schema(events)} if provider.webhooks is not None else {}),
        "tables": _make_object(tables),
    }
    return {
        "$schema": DRAFT,
        "title": f"Fixtures of {provider.name}",
        **_make_object(sections),
        "definitions": {name: _convert(components[name]) for name in components if name in used},
    }


def make_schema_of_all(schemas: Mapping[str, Schema]) -> Schema:
    """Make the schema of a file with the fixtures of several providers, each under its name."""
    properties: dict[str, Schema] = {}
    definitions: dict[str, Schema] = {}
    for provider, schema in schemas.items():
        renamed = _rename_references(schema, f"{provider}.")
        definitions |= {f"{provider}.{name}": part for name, part in renamed["definitions"].items()}
        properties[provider] = {key: part for key, part in renamed.items() if key not in {"$schema", "definitions"}}
    return {"$schema": DRAFT, "title": "Fixtures", **_make_object(properties), "definitions": definitions}


def _make_table_schema(table_def: TableDef[Any], components: Mapping[str, Schema]) -> Schema:
    row = _convert(components[table_def.record.__name__])
    names = dict(zip(table_def.record.__struct_fields__, table_def.record.__struct_encode_fields__, strict=True))
    for attribute, target in table_def.refers.items():
        name = names[attribute]
        row["properties"][name] = {**row["properties"][name], "description": f"The key of a record of {target}."}
    description = row.pop("description", "")
    key = names[table_def.key_name]
    return {"description": f"{description}\n\nKey: {key}.".strip(), "type": ["array", "null"], "items": row}


def _make_variant_schema(variant: Variant) -> Schema:
    choices: list[Any] = []
    for name in variant.choices:
        choices += [name, *_list_spellings(name)]
    says = "\n".join(f"{name}: {choice.says}" for name, choice in variant.choices.items())
    return {"description": f"{variant.says}\n\n{says}", "enum": choices, "default": variant.default}


def _make_endpoints_schema(events: Iterable[str]) -> Schema:
    """Return the schema of endpoints, without the docstring of their class."""
    endpoint = _convert(msgspec.json.schema_components([EndpointDef])[1][EndpointDef.__name__])
    del endpoint["title"], endpoint["description"]
    endpoint["properties"]["events"]["items"] = {"enum": list(events)}
    return {
        "description": "Endpoints that every namespace delivers the events to.",
        "type": ["array", "null"],
        "maxItems": ENDPOINTS,
        "items": endpoint,
    }


def _list_spellings(choice: str) -> list[Any]:
    """Return the other ways to write a choice: as a number or a boolean."""
    if choice in {"true", "false"}:
        return [choice == "true"]
    return [int(choice)] if choice.isascii() and choice.isdigit() and not choice.startswith("0") else []


def _make_object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}


def _convert(schema: Any) -> Any:
    """Return msgspec's schema in the form of a fixture file: amounts are numbers, docstrings are unindented."""
    if isinstance(schema, list):
        return [_convert(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _convert(part) for key, part in schema.items()}
    if found.get("format") == "decimal":
        found = {key: part for key, part in found.items() if key != "format"} | {"type": "number"}
        if isinstance(found.get("default"), str):
            found["default"] = Decimal(found["default"])
    if isinstance(found.get("description"), str):
        found["description"] = inspect.cleandoc(found["description"])
    return found


def _find_used(schema: Any, components: Mapping[str, Schema]) -> set[str]:
    """Return the names of the components that a schema refers to, directly or not."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in components and name not in found:
                found.add(name)
                waiting.append(components[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found


def _rename_references(schema: Any, prefix: str) -> Any:
    if isinstance(schema, list):
        return [_rename_references(part, prefix) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/definitions/{prefix}{part.rpartition('/')[2]}" if key == "$ref" else _rename_references(part, prefix)
        for key, part in schema.items()
    }
