"""Read fixture files into the initial records of providers; every error has file, line and path.

A file has the records of one provider (`<provider>/default.yaml`), or of several, each under the provider's name.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct

from paysandbox.contract.cache import KnownValue, entry_of, find_known, value_of
from paysandbox.contract.document import Contract
from paysandbox.contract.variants import Variant, write_choice
from paysandbox.core.clock import Clock
from paysandbox.core.problems import StartupError, Unauthenticated
from paysandbox.kit.fixture_endpoints import read_endpoints
from paysandbox.kit.fixture_form import DEFAULT, EXTENDS, WEBHOOKS, find_form_errors, get_section
from paysandbox.kit.fixture_records import LocatedError, decode_record
from paysandbox.kit.provider import Provider
from paysandbox.store.state import Baseline, State
from paysandbox.store.tables import FixtureRows, Record, TableDef

READER: Final = "fixtures 2"
FILE: Final = "default.yaml"


class Fixtures(Struct, frozen=True):
    """The initial state of a provider, and the credentials for a client under test."""

    baseline: Baseline
    credentials: Mapping[str, str]


class FixtureSource(NamedTuple):
    """Where the fixtures of a provider are.

    Attributes:
        path: the file; errors call it by the path as it was given.
        section: the property of the file's root that holds them; None if it is the root itself.
        default: the provider's default fixtures, which the file may extend; None if it is that file.
    """

    path: Path
    section: str | None = None
    default: Path | None = None


class _Rows(NamedTuple):
    """A table as read: records and row numbers by key, and errors."""

    records: dict[Hashable, Record]
    numbers: dict[Hashable, int]
    errors: list[LocatedError]


def find_source(given: Path | None, provider: Provider, default: Path) -> FixtureSource:
    """Find the fixtures of a provider in a folder or file of the user's, else take the default ones.

    Raises:
        StartupError: the file cannot be read, or there is none.
    """
    if given is not None and given.is_file():
        if provider.name in read_file(given):
            return FixtureSource(given, provider.name, default)
    elif given is not None and (given / provider.name / FILE).is_file():
        path = given / provider.name / FILE
        return FixtureSource(path, None, None if path.resolve() == default.resolve() else default)
    if not default.is_file():
        raise StartupError([f"{default}:1: the file is missing; provider {provider.name} needs it"])
    return FixtureSource(default)


def read_file(path: Path) -> dict[str, Any]:
    """Read a file with the fixtures of several providers: a mapping of each provider's name to its sections.

    Raises:
        StartupError: it is not YAML, or not a mapping.
    """
    value = value_of(path, lambda text: _read(text, str(path)), READER)
    if not isinstance(value, dict):
        raise StartupError([f"{path}:1: $: a file of fixtures is a mapping of each provider's name to its sections"])
    return value


def read_fixtures(
    source: FixtureSource,
    provider: Provider,
    variants: Mapping[str, Variant] | None,
    contract: Contract | None = None,
    hosts: Collection[str] = (),
) -> Fixtures:
    """Read the fixtures of a provider.

    `variants` are those of the contract; None if the contract could not be read. With the contract itself, values that
    it lists are checked too. `hosts` are those beyond this machine that webhooks may be delivered to.

    Raises:
        StartupError: with every error, as `file:line: path: what is wrong`.
    """
    path, section, default = source
    value = value_of(path, lambda text: _read(text, str(path)), READER)
    value = value if section is None else value[section]
    base = None
    errors: list[LocatedError] = []
    if isinstance(value, dict) and value.get(EXTENDS) == DEFAULT:
        if default is None:
            errors = [((EXTENDS,), "these are the default fixtures; they cannot extend themselves")]
        else:
            base = read_fixtures(FixtureSource(default), provider, variants, None, hosts)
    fixtures, found = compile_fixtures(value, provider, variants, base, contract, hosts)
    errors += found
    if fixtures is None or errors:
        above = () if section is None else (section,)
        located = [((*above, *where), what) for where, what in errors]
        raise StartupError(_locate(path.read_bytes().decode(), str(path), located))
    return fixtures


def find_fixtures(path: Path) -> KnownValue | None:
    """Find the sections of a fixture file that was read before; None if it must be read."""
    return find_known(path, READER)


def parse_fixtures(path: Path) -> bytes:
    """Return the cache entry of a fixture file for the wheel."""
    return entry_of(path, lambda text: _read(text, str(path)), READER)


def compile_fixtures(
    value: Any,
    provider: Provider,
    variants: Mapping[str, Variant] | None,
    base: Fixtures | None = None,
    contract: Contract | None = None,
    hosts: Collection[str] = (),
) -> tuple[Fixtures | None, list[LocatedError]]:
    """Make the initial state of a provider from the sections of a file; return it, or None and all errors.

    The records and endpoints of `base` come first; a record of the same key replaces one of them.
    """
    errors = list(find_form_errors(value, provider, variants))
    if errors:
        return None, errors
    table_defs = provider.state.table_defs()
    own = {
        name: _decode_rows(table_def, get_section(value, "tables").get(name)) for name, table_def in table_defs.items()
    }
    records = {
        name: {**(base.baseline.fixture_rows[name].records if base is not None else {}), **own[name].records}
        for name in table_defs
    }
    endpoints, found = read_endpoints(value.get(WEBHOOKS), provider, contract, hosts)
    errors = [*found, *(error for rows in own.values() for error in rows.errors)]
    errors += _find_reference_errors(table_defs, own, records)
    if errors:
        return None, errors
    chosen = {name: variant.default for name, variant in (variants or {}).items()}
    chosen |= base.baseline.variants if base is not None else {}
    chosen |= {name: write_choice(choice) or "" for name, choice in get_section(value, "variants").items()}
    counters = {**(base.baseline.counters if base is not None else {}), **get_section(value, "counters")}
    rows = {name: FixtureRows(table_def, records[name]) for name, table_def in table_defs.items()}
    endpoints = tuple(dict.fromkeys([*(base.baseline.endpoints if base is not None else ()), *endpoints]))
    baseline = Baseline(provider.name, provider.state, rows, chosen, counters, endpoints)
    credentials = {**(base.credentials if base is not None else {}), **get_section(value, "credentials")}
    errors = list(_find_state_errors(provider, baseline, own, credentials))
    if contract is not None:
        errors += _find_unlisted_values(provider, contract, chosen, own)
    return (None, errors) if errors else (Fixtures(baseline, credentials), [])


def _read(text: str, shown: str) -> Any:
    from paysandbox.core.strict_yaml import read_yaml  # noqa: PLC0415 - most starts read the cached value and need no YAML

    return read_yaml(text, shown)


def _locate(text: str, shown: str, errors: list[LocatedError]) -> list[str]:
    from paysandbox.core.strict_yaml import locate_errors  # noqa: PLC0415 - as above

    return locate_errors(text, shown, errors)


def _decode_rows(table_def: TableDef[Any], rows: list[Any] | None) -> _Rows:
    read = _Rows({}, {}, [])
    for number, row in enumerate(rows or []):
        where = ("tables", table_def.name, number)
        record, errors = decode_record(row, table_def.record)
        if record is None:
            read.errors.extend((where + below, what) for below, what in errors)
            continue
        key = table_def.key(record)
        if key in read.records:
            read.errors.append((where, f"duplicate key {key!r} in {table_def.name}"))
        read.records[key], read.numbers[key] = record, number
    return read


def _find_reference_errors(
    table_defs: Mapping[str, TableDef[Any]],
    own: Mapping[str, _Rows],
    records: Mapping[str, Mapping[Hashable, Record]],
) -> Iterator[LocatedError]:
    """Yield references to missing records, unless the other table has invalid rows and may lack them for that."""
    for name, table_def in table_defs.items():
        wire_names = dict(
            zip(table_def.record.__struct_fields__, table_def.record.__struct_encode_fields__, strict=True)
        )
        for key, record in own[name].records.items():
            for attribute, target in table_def.refers.items():
                named = getattr(record, attribute)
                if named is not None and named not in records[target] and not own[target].errors:
                    where = ("tables", name, own[name].numbers[key], wire_names[attribute])
                    yield where, f"{named!r} is not in {target}"


def _find_unlisted_values(
    provider: Provider, contract: Contract, variants: Mapping[str, str], own: Mapping[str, _Rows]
) -> Iterator[LocatedError]:
    """Yield values that the contract does not list, under the choices of variants."""
    for place, schema in provider.listed_values.items():
        table, _, name = place.partition(".")
        listed = _list_values(contract, schema)
        for key, record in own[table].records.items():
            value = getattr(record, name)
            if value in listed or value is None:
                continue
            # Only now, because a contract under variants takes a while to make.
            listed = _list_values(contract.with_variants(variants), schema)
            if not listed:
                return
            if value not in listed:
                near = get_close_matches(str(value), [str(one) for one in listed], n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"for example {listed[0]!r}"
                where = ("tables", table, own[table].numbers[key], name)
                yield where, f"{value!r} is not one of the {len(listed)} values of {schema} in the contract ({hint})"


def _list_values(contract: Contract, schema: str) -> list[Any]:
    found: list[Any] = contract.document["components"]["schemas"][schema].get("enum", [])
    return found


def _find_state_errors(
    provider: Provider, baseline: Baseline, own: Mapping[str, _Rows], credentials: Mapping[str, str]
) -> Iterator[LocatedError]:
    """Yield where an invariant does not hold, and credentials that no account has."""
    state = baseline.state(baseline, Clock(), DEFAULT)
    numbers = {name: {str(key): number for key, number in rows.numbers.items()} for name, rows in own.items()}
    for invariant in provider.invariants:
        for breach in invariant.find_breaches(state):
            number = numbers.get(breach.table, {}).get(breach.key)
            # A record of the default fixtures is not in this file, so that the line says which it is.
            place = ((), str(breach)) if number is None else (("tables", breach.table, number), breach.says)
            yield place[0], f"{place[1]} (invariant {invariant.id})"
    for name, what in find_credential_errors(provider, state, credentials):
        yield ("credentials", name), what


def find_credential_errors(
    provider: Provider, state: State, credentials: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the name of each credential that no account of the records has, and what is wrong with it."""
    if provider.check_credentials is not None:
        yield from provider.check_credentials(credentials, state)
    elif len(credentials) == 1:
        (name, credential), *_ = credentials.items()
        try:
            with state.transaction():
                provider.authenticate(credential, state)
        except Unauthenticated as problem:
            yield name, f"{problem.message}, so no call with it would be accepted"
