"""The reference of fixture tables, `docs/tables.md`: the JSON Schemas of the fixture files as Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from paysandbox.kit.fixture_schema import make_file_schema
from paysandbox.kit.runtime import Runtime
from tools.docgen.markdown import code, escape

_FORMS: Final[Mapping[str, str]] = {"date": "date, `2024-01-31`", "date-time": "time, `2024-01-31T09:00:00Z`"}
_LIMITS: Final[Mapping[str, str]] = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "minLength": "characters, at least",
    "maxLength": "characters, at most",
    "minItems": "items, at least",
    "pattern": "pattern",
}


class Record(NamedTuple):
    """A table, or an object within its records: a name, a sentence, and rows of property, value, default and note."""

    name: str
    says: str
    rows: list[tuple[str, str, str, str]]


class Tables(NamedTuple):
    """The tables of a provider, and the objects within their records."""

    title: str
    name: str
    tables: list[Record]
    objects: list[Record]


def list_tables(runtime: Runtime) -> Iterator[Tables]:
    """Yield the tables of every provider."""
    for name, service in runtime.services.items():
        schema = make_file_schema(service.provider, service.base_contract.variants, list(service.credentials))
        tables = schema["properties"]["tables"]["properties"]
        yield Tables(
            service.contract.title,
            name,
            [_make_record(table, part["description"], part["items"]) for table, part in tables.items()],
            [
                _make_record(title, part.get("description", ""), part)
                for title, part in schema["definitions"].items()
                if "properties" in part
            ],
        )


def _make_record(name: str, says: str, schema: Mapping[str, Any]) -> Record:
    required = schema.get("required", [])
    rows = []
    for property_, part in schema["properties"].items():
        default = "required" if property_ in required else _describe_default(part)
        rows.append((code(property_), _describe(part), default, escape(part.get("description", ""))))
    return Record(name, says, rows)


def _describe_default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return (
        "" if default in (None, [], {}) else code(str(default).lower() if isinstance(default, bool) else str(default))
    )


def _describe(schema: Mapping[str, Any]) -> str:
    """Describe the values of a property in a few words."""
    if "$ref" in schema:
        return f"{schema['$ref'].rpartition('/')[2]} (below)"
    if "anyOf" in schema:
        return " or ".join(_describe(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(code("null" if value is None else str(value)) for value in schema["enum"])
    if "items" in schema and isinstance(schema["items"], dict):
        return f"list of {_describe(schema['items'])}"
    limits = [f"{words} {code(str(schema[key]))}" for key, words in _LIMITS.items() if key in schema]
    kind = _FORMS.get(schema.get("format", ""), str(schema.get("type", "any")))
    return ", ".join([kind, *limits])
