"""A corpus of request bodies: the contract's examples, and each with one change; the same at every run."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final, NamedTuple

from paysandbox.check.subject import Subject

Path = tuple[str | int, ...]

DROPPED: Final[Any] = object()
MANY: Final = 100_000
UNKNOWN: Final = "unknownProperty"
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-|[0-9]{2}/[0-9]{2}/")
# Where these are the same, a server reads values by the same code.
FORM: Final = ("type", "format", "pattern", "enum", "maxLength", "multipleOf", "minimum", "maximum", "exclusiveMinimum")
CHOICES: Final = 20  # of a longer enum these many or fewer, evenly spread

OF_OTHER_TYPES: Final[tuple[Any, ...]] = (
    *(None, True, False, 7, -7, Decimal("7.5"), "text", "", "7", "null"),
    *([], {}, [None], ["text"], {"a": 1}),
)
# fmt: off
AMOUNTS: Final = [
    "0", "-0", "0.0", "0.01", "0.07", "0.1", "0.005", "0.001", "0.009", "0.010", "0.0100000000000000000001", "1.1",
    "1.15", "2.675", "19.99", "19.990", "19.999", "100", "100.0", "1E+2", "1e-2", "1e-3", "0.30000000000000004",
    "1230.00", "99999.995", "-0.01", "-19.99", "4503599627370497.5", "9007199254740993", "9007199254740993.01",
    "1e30", "1e300", "1e-300", "123456789012345678901234567890.12",
]
WHOLE: Final = (0, 1, -1, 10**15, 2**53 + 1, 2**63, 2**64, 10**30)
DATES: Final = [
    "2024-01-15", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-04-31", "2024-12-31", "2024-13-01",
    "2024-00-10", "2024-01-00", "2024-01-32", "2024-1-5", "24-01-15", "20240115", "2024-W03-1", "2024-015",
    "2024/01/15", "2024.01.15", "15-01-2024", "0000-01-01", "0001-01-01", "0999-12-31", "1000-01-01", "9999-12-31",
    "10000-01-01", "+2024-01-15", "-2024-01-15", "2024-01-15Z", "2024-01-15T10:00:00", "2024-01-15T10:00:00Z",
    "2024-01-15T10:00:00+01:00", "2024-01-15T24:00:00", "2024-01-15T23:59:60", "2024-01-15T10:60:00",
    "2024-01-15t10:00:00", "2024-02-29T23:59:59", "2023-02-29T00:00:00", "2024-01-15T10:00",
    "2024-01-15T10:00:00.000", "15/01/2024", "29/02/2024", "29/02/2023", "29/02/1900", "29/02/2000", "31/04/2024",
    "31/12/2024", "01/13/2024", "00/01/2024", "1/1/2024", "15/01/24", "15/01/0000", "15/01/10000", "today", "now",
]
# fmt: on
ODD_DATES: Final = (
    "2024-01-15 ",
    " 2024-01-15",
    "2024-01-15\n",
    "15/01/2024\n",
    "2024-01-15T10:00:00\n",
    "2024-01-15 10:00:00",
    "2024-01-1\u0665",
)
MOMENTS: Final = (
    "2024-01-15T10:00:00Z",
    "2024-01-15t10:00:00z",
    "2024-01-15T10:00:00.123456789Z",
    "2024-01-15T10:00:00+05:30",
    "2024-01-15T10:00:00-00:00",
    "2024-01-15T10:00:00+24:00",
    "2024-01-15T10:00:00+0530",
    "2024-01-15T10:00:00+05",
    "2024-01-15T10:00:00,5Z",
    "2024-01-15T10:00:00.Z",
    "2024-01-15T10:00Z",
    "2024-01-15T24:00:00Z",
    "2024-01-15T23:60:00Z",
    "2024-01-15T23:59:61Z",
    "2016-12-31T23:59:60Z",
    "2017-01-01T00:59:60+01:00",
    "2016-12-31T12:00:60Z",
    "2024-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9998-12-31T23:59:59Z",
    "9999-12-31T23:59:59-01:00",
    "2024-01-15T10:00:00Z\n",
    "2024-01-1\u0665T10:00:00Z",
    "1705312800",
)
ODD_TEXTS: Final = (" ", "\n", "a\n", "\x00", "é", "e\u0301", "😀", "ß", "İ", "ﬁ", "\u2028", "a" * MANY)


class Mutant(NamedTuple):
    """A body, the value put into it (DROPPED: removed), the path of the change, and the name of the example."""

    body: Any
    put: Any
    path: Path
    example: str


def build_corpus(subject: Subject, place: tuple[str | int, ...], examples: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every example, and every change to one; the schema at `place` says where the boundaries are."""
    schema: Any = subject.document
    for step in place:
        schema = subject.follow(schema)[step]
    for name, example in examples.items():
        yield Mutant(example, example, (), name)
        for path, node_schema, value in _walk(subject, schema, example, ()):
            for put in _list_changes(subject, node_schema, value):
                yield Mutant(_replace(example, path, put), put, path, name)


def build_edges(
    subject: Subject, place: tuple[str | int, ...], examples: Mapping[str, Any], seen: set[str]
) -> Iterator[Mutant]:
    """Each example with an odd date, time or amount at each place for one, and with an unknown property in each object.

    A schema of a form in `seen`, to which those met are added, is passed over.
    """
    schema: Any = subject.document
    for step in place:
        schema = subject.follow(schema)[step]
    for name, example in examples.items():
        for path, node_schema, value in _walk(subject, schema, example, ()):
            key = repr([node_schema.get(keyword) for keyword in FORM] + sorted(node_schema.get("properties", {})))
            if key not in seen:
                seen.add(key)
                for put in _list_edges(node_schema, value):
                    yield Mutant(_replace(example, path, put), put, path, name)


def _list_edges(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if "string" in types and isinstance(value, str) and _DAY.match(value):
        yield from _list_moments(schema)
    if types & {"number", "integer"}:
        yield from map(Decimal, AMOUNTS)
    if isinstance(value, dict):
        yield {**value, UNKNOWN: 1}


def _walk(subject: Subject, schema: Any, value: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Each part of a value with the schema that it has to keep; of an array the first item stands for all."""
    schema = resolve_schema(subject, schema)
    yield path, schema, value
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _walk(subject, schema.get("properties", {}).get(name, {}), below, (*path, name))
    elif isinstance(value, list) and value:
        yield from _walk(subject, schema.get("items", {}), value[0], (*path, 0))


def resolve_schema(subject: Subject, schema: Any) -> dict[str, Any]:
    """A schema, references followed; of `anyOf` the branch that is not null."""
    schema = subject.follow(schema)
    for branch in schema.get("anyOf", []):
        if subject.follow(branch).get("type") != "null":
            return resolve_schema(subject, branch)
    return dict(schema)


def _list_changes(subject: Subject, schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    yield DROPPED
    yield from OF_OTHER_TYPES
    types = schema.get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if "string" in types or "enum" in schema:
        yield from _change_string(schema, value)
    if types & {"number", "integer"}:
        yield from _change_number(schema)
    if isinstance(value, dict):
        yield from _change_object(subject, schema, value)
    if isinstance(value, list):
        yield from _change_array(schema, value)


def _change_string(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    text = value if isinstance(value, str) else "text"
    yield from (
        text + " ",
        " " + text,
        text + "\n",
        text.upper(),
        text.lower(),
        text.swapcase(),
        text[:-1],
        text + text,
    )
    choices = [choice for choice in schema.get("enum", []) if isinstance(choice, str)]
    for choice in choices[:: len(choices) // CHOICES + 1]:
        yield from (choice, choice.lower(), choice.title(), choice + " ", choice[:-1])
    for name in ("minLength", "maxLength"):
        if name in schema:
            yield from ("x" * max(schema[name] + by, 0) for by in (-1, 0, 1))
            yield "😀" * schema[name]  # characters count, not bytes or UTF-16 units
    yield from ODD_TEXTS
    yield from _list_moments(schema)


def _list_moments(schema: Mapping[str, Any]) -> Iterator[str]:
    """Dates and times, most of them odd, for a schema that may be about one."""
    if schema.get("format") == "date" or "[0-9]" in schema.get("pattern", ""):
        yield from (*DATES, *ODD_DATES)
    if schema.get("format") == "date-time":
        yield from (*DATES, *ODD_DATES, *MOMENTS)


def _change_number(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from map(Decimal, AMOUNTS)
    yield from WHOLE
    step = schema.get("multipleOf", Decimal("0.0001"))
    for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if name in schema:
            yield from (schema[name] + by * step for by in (-1, 0, 1))
            yield from (schema[name] + by * step / 10 for by in (-1, 1))


def _change_object(subject: Subject, schema: Mapping[str, Any], value: dict[str, Any]) -> Iterator[Any]:
    yield from ({**value, name: 1} for name in (UNKNOWN, "", "$ref", "ключ"))
    for name, below in schema.get("properties", {}).items():
        if name not in value:
            yield {**value, name: None}
            yield {**value, name: make_sample(subject, below)}
            yield {name: make_sample(subject, below)}
        else:
            yield {**{key: below for key, below in value.items() if key != name}, name.upper(): value[name]}
            yield {name: value[name]}


def _change_array(schema: Mapping[str, Any], value: list[Any]) -> Iterator[Any]:
    yield value * 2
    yield [*value, None]
    yield dict(enumerate(value)) and {"0": value[:1]}
    for name in ("minItems", "maxItems"):
        if name in schema:
            yield from ((value * (schema[name] + 1))[: max(schema[name] + by, 0)] for by in (-1, 0, 1))


def make_sample(subject: Subject, schema: Any) -> Any:
    """Some value for a schema, not always a valid one."""
    schema = resolve_schema(subject, schema)
    if "examples" in schema or "enum" in schema:
        return (schema.get("examples") or schema["enum"])[0]
    types = schema.get("type", "string")
    if "object" in types:
        name, below = next(iter(schema.get("properties", {"a": {}}).items()))
        return {name: make_sample(subject, below)}
    if "array" in types:
        return [make_sample(subject, schema.get("items", {}))]
    if "number" in types or "integer" in types:
        return schema.get("minimum", 1)
    return True if "boolean" in types else "x" * schema.get("minLength", 1)


def _replace(example: Any, path: Path, put: Any) -> Any:
    if not path:
        return {} if put is DROPPED else deepcopy(put)
    body = deepcopy(example)
    node = body
    for step in path[:-1]:
        node = node[step]
    if put is DROPPED:
        del node[path[-1]]
    else:
        node[path[-1]] = deepcopy(put)
    return body
