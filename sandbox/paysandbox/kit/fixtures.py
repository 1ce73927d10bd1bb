"""Read a fixture file into the initial records of a provider; every error has file, line and path."""

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from paysandbox.contract.cache import entry_of, value_of
from paysandbox.contract.variants import Variant
from paysandbox.core.problems import StartupError
from paysandbox.kit.provider import Provider
from paysandbox.store.state import Baseline
from paysandbox.store.tables import FixtureRows, Record, TableDef

READER: Final = "fixtures 2"
SECTIONS: Final = ("variants", "credentials", "tables")
_WHERE: Final = re.compile(r" - at `\$(.*)`$")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]|\[\.\.\.\]")

LocatedError = tuple[tuple[str | int, ...], str]


class Fixtures(Struct, frozen=True):
    """A fixture file: the initial state of a provider, and the credentials for a client under test."""

    baseline: Baseline
    credentials: Mapping[str, str]


def read_fixtures(path: Path, provider: Provider, shown: str, variants: Mapping[str, Variant] | None) -> Fixtures:
    """Read a provider's fixture file; errors call the file `shown`.

    `variants` are those of the contract; None if the contract could not be read.

    Raises:
        StartupError: with every error, as `file:line: path: what is wrong`.
    """
    value = value_of(path, lambda text: _read(text, shown), READER)
    errors = list(_find_form_errors(value, provider, variants))
    fixture_rows: dict[str, FixtureRows[Any]] = {}
    if not errors:
        rows = {
            name: _rows(table_def, (value.get("tables") or {}).get(name))
            for name, table_def in provider.state.table_defs().items()
        }
        errors = [finding for table in rows.values() for finding in table.errors]
        errors += _find_reference_errors(provider.state.table_defs(), rows)
        fixture_rows = {
            name: FixtureRows(table_def, rows[name].records) for name, table_def in provider.state.table_defs().items()
        }
    if errors:
        raise StartupError(_locate(path.read_bytes().decode(), shown, errors))
    chosen = {name: variant.default for name, variant in (variants or {}).items()} | (value.get("variants") or {})
    baseline = Baseline(provider.name, provider.state, fixture_rows, chosen)
    return Fixtures(baseline, value.get("credentials") or {})


def parse_fixtures(path: Path) -> bytes:
    """Return the cache entry of a fixture file for the wheel. Its records are validated at every start."""
    return entry_of(path, lambda text: _read(text, str(path)), READER)


def _read(text: str, shown: str) -> Any:
    from paysandbox.core.strict_yaml import read_yaml  # noqa: PLC0415 - most starts read the cached value and need no YAML

    return read_yaml(text, shown)


def _locate(text: str, shown: str, errors: list[LocatedError]) -> list[str]:
    from paysandbox.core.strict_yaml import locate_errors  # noqa: PLC0415 - as above

    return locate_errors(text, shown, errors)


def _find_form_errors(value: Any, provider: Provider, variants: Mapping[str, Variant] | None) -> Iterator[LocatedError]:
    """Yield errors of the file's outer form: sections, table names, variants."""
    if not isinstance(value, dict):
        yield (), "a fixture file is a mapping with variants, credentials and tables"
        return
    for name in value:
        if name not in SECTIONS:
            yield (name,), f"unknown section {name!r}; the sections are {', '.join(SECTIONS)}"
    for section in SECTIONS:
        if not isinstance(value.get(section, {}) or {}, dict):
            yield (section,), f"{section} must be a mapping"
            return
    yield from _find_credential_errors(value.get("credentials") or {})
    if variants is not None:
        yield from _find_variant_errors(value.get("variants") or {}, variants)
    table_defs = provider.state.table_defs()
    for name, rows in (value.get("tables") or {}).items():
        if name not in table_defs:
            yield ("tables", name), f"unknown table {name!r}; the tables are {', '.join(table_defs)}"
        elif not isinstance(rows or [], list):
            yield ("tables", name), "a table is a list of records"


def _find_credential_errors(credentials: Mapping[str, Any]) -> Iterator[LocatedError]:
    for name, secret in credentials.items():
        if not isinstance(secret, str):
            yield ("credentials", name), "a credential must be a string; put it in quotes"


def _find_variant_errors(chosen: Mapping[str, Any], variants: Mapping[str, Variant]) -> Iterator[LocatedError]:
    for name, choice in chosen.items():
        if name not in variants:
            yield ("variants", name), f"unknown variant {name!r}; the variants are {', '.join(variants)}"
        elif choice not in variants[name].choices:
            yield ("variants", name), f"{choice!r} is not one of {', '.join(variants[name].choices)}"


class _Rows(NamedTuple):
    """A table as read: records and row numbers by key, and errors."""

    records: dict[Hashable, Record]
    numbers: dict[Hashable, int]
    errors: list[LocatedError]


def _rows(table_def: TableDef[Any], rows: list[Any] | None) -> _Rows:
    read = _Rows({}, {}, [])
    for number, row in enumerate(rows or []):
        where = ("tables", table_def.name, number)
        try:
            record = msgspec.convert(row, table_def.record)
        except msgspec.ValidationError as error:
            # A record can also fail its own check as a whole, with no single wrong property.
            property_errors = list(find_record_errors(row, table_def.record)) or [((), str(error))]
            read.errors.extend((where + below, what) for below, what in property_errors)
            continue
        key = table_def.key(record)
        if key in read.records:
            read.errors.append((where, f"duplicate key {key!r} in {table_def.name}"))
        read.records[key], read.numbers[key] = record, number
    return read


def find_record_errors(row: Any, record: type[Record]) -> Iterator[LocatedError]:
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
        try:
            msgspec.convert(row[field.encode_name], field.type)
        except msgspec.ValidationError as error:
            found = _WHERE.search(str(error))
            steps = [name or (int(index) if index else 0) for name, index in _STEP.findall(found[1])] if found else []
            yield (field.encode_name, *steps), _WHERE.sub("", str(error))


def _find_reference_errors(
    table_defs: Mapping[str, TableDef[Any]], tables: Mapping[str, _Rows]
) -> Iterator[LocatedError]:
    """Yield references to missing records, unless the other table has invalid rows and may lack them for that."""
    for name, table_def in table_defs.items():
        wire_names = dict(
            zip(table_def.record.__struct_fields__, table_def.record.__struct_encode_fields__, strict=True)
        )
        for key, record in tables[name].records.items():
            for attribute, target in table_def.refers.items():
                named = getattr(record, attribute)
                if named is not None and named not in tables[target].records and not tables[target].errors:
                    where = ("tables", name, tables[name].numbers[key], wire_names[attribute])
                    yield where, f"{named!r} is not in {target}"
