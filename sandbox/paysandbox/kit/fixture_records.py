"""Decode records of fixture files, imports and the control plane; every error has a path and says what is right."""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any, Final

import msgspec
from msgspec import inspect

from paysandbox.kit.record_wording import reword
from paysandbox.store.tables import R, Record

Path = tuple[str | int, ...]
LocatedError = tuple[Path, str]

NOT_A_NUMBER: Final = "it must be a number, not a string"
_STEP: Final = re.compile(r"\[[^]]*\]|[^.[]+")
_FORMS: Final[dict[type[inspect.Type], str]] = {
    inspect.DateType: "a date is YYYY-MM-DD, for example 2024-01-31",
    inspect.DateTimeType: "a time is RFC 3339 with an offset, for example 2024-01-31T09:00:00Z",
    inspect.DecimalType: "a number is written like 12.50, without quotation marks",
    inspect.TimeType: "a time of day is HH:MM:SS, for example 09:00:00",
}


def decode_record(properties: Any, kind: type[R]) -> tuple[R | None, list[LocatedError]]:
    """Decode a record; return it, or None and all errors, each with the path of a property."""
    # msgspec converts strings to Decimal, `NaN` too; a comparison with NaN must not raise before it is reported.
    with localcontext() as context:
        context.clear_traps()
        try:
            record: R = msgspec.convert(properties, kind)
        except msgspec.ValidationError as error:
            found = [*_find_property_errors(properties, kind), *_find_texts(properties, kind)]
            # A record can also fail its own check as a whole, with no single wrong property.
            return None, found or [split_error(str(error))]
        kept = msgspec.to_builtins(record, builtin_types=(Decimal,))
        texts = list(_find_texts_in((), properties, kept))
    return (None, texts) if texts else (record, [])


def _find_property_errors(row: Any, record: type[Record]) -> Iterator[LocatedError]:
    """Yield the errors of a JSON object as a record of this type, property by property."""
    if not isinstance(row, dict):
        yield (), f"a record is a mapping, not {row!r}"
        return
    fields = msgspec.structs.fields(record)
    known = [field.encode_name for field in fields]
    for name in row:
        if name not in known:
            yield (name,), f"unknown property {name!r}; the properties are {', '.join(known)}"
    for field in fields:
        if field.encode_name not in row:
            if field.required:
                yield (), f"the property {field.encode_name!r} is missing"
            continue
        given = row[field.encode_name]
        try:
            msgspec.convert(given, field.type)
        except msgspec.ValidationError as error:
            steps, what = split_error(str(error))
            yield (field.encode_name, *steps), f"{what}{_describe_form(inspect.type_info(field.type), given, steps)}"


def split_error(message: str) -> LocatedError:
    """Split msgspec's message, ``Expected `str` - at `$.lines[0].name```, into the path and our words."""
    what, found, path = message.removesuffix("`").rpartition(" - at `$")
    if not found:
        return (), reword(message)
    return tuple(map(_read_step, _STEP.findall(path))), reword(what)


def _read_step(part: str) -> str | int:
    """Read a step of a path: a name, `[3]`, or `[...]` for some value of a mapping."""
    if not part.startswith("["):
        return part
    return int(part[1:-1]) if part[1:-1].isdigit() else 0


def _describe_form(kind: inspect.Type, given: Any, steps: Path) -> str:
    """Say which values or which form a property takes, where msgspec's message does not."""
    for step in steps:
        given = _find_below(given, step)
    leaves = list(_list_types(kind, steps))
    values = [repr(value) for leaf in leaves if isinstance(leaf, inspect.LiteralType) for value in leaf.values]
    if values:
        return f"; the values are {', '.join(values)}"
    forms = [_FORMS[type(leaf)] for leaf in leaves if type(leaf) in _FORMS]
    return f", not {given!r}; {forms[0]}" if forms and isinstance(given, str) else ""


def _find_below(given: Any, step: str | int) -> Any:
    if isinstance(given, dict):
        return given.get(step)
    return given[step] if isinstance(given, list) and isinstance(step, int) and step < len(given) else None


def _list_types(kind: inspect.Type, steps: Path) -> Iterator[inspect.Type]:
    """Yield the types that a path below a type can have, those of a union one by one."""
    if isinstance(kind, inspect.Metadata):
        yield from _list_types(kind.type, steps)
    elif isinstance(kind, inspect.UnionType):
        for part in kind.types:
            yield from _list_types(part, steps)
    elif not steps:
        yield kind
    elif isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name == steps[0]:
                yield from _list_types(field.type, steps[1:])
    elif isinstance(kind, inspect.CollectionType):
        yield from _list_types(kind.item_type, steps[1:])
    elif isinstance(kind, inspect.DictType):
        yield from _list_types(kind.value_type, steps[1:])


def _find_texts(properties: Any, kind: type[Record]) -> Iterator[LocatedError]:
    """Find strings that msgspec would convert to numbers, in properties that are valid otherwise."""
    for field in msgspec.structs.fields(kind) if isinstance(properties, dict) else ():
        given = properties.get(field.encode_name)
        if not isinstance(given, str | list | dict):
            continue
        try:
            kept = msgspec.to_builtins(msgspec.convert(given, field.type), builtin_types=(Decimal,))
        except msgspec.ValidationError:
            continue
        yield from _find_texts_in((field.encode_name,), given, kept)


def _find_texts_in(where: Path, given: Any, kept: Any) -> Iterator[LocatedError]:
    if isinstance(given, str) and isinstance(kept, Decimal):
        yield where, NOT_A_NUMBER
    elif isinstance(given, dict) and isinstance(kept, dict):
        for name in given:
            yield from _find_texts_in((*where, name), given[name], kept.get(name))
    elif isinstance(given, list) and isinstance(kept, list | tuple):
        for number, (item, converted) in enumerate(zip(given, kept, strict=False)):
            yield from _find_texts_in((*where, number), item, converted)
