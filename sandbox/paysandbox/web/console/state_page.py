"""The view of a provider's records in one namespace: a table, sorted and searched, page by page."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from paysandbox.control.ledger_view import find_statement
from paysandbox.control.lookup import get_namespace, get_service
from paysandbox.control.records import encode_record
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.tables import TableDef
from paysandbox.web.console.cells import has_numbers, shorten_value
from paysandbox.web.console.marked_json import Line, render_lines
from paysandbox.web.console.parameters import ListView, Parameters

ROWS: Final = 50
_COLUMNS: Final = 6


class RecordRow(Struct, frozen=True):
    """A record: its key, its cells, and the whole of it as lines."""

    key: str
    cells: tuple[str, ...]
    lines: tuple[Line, ...]


class Column(Struct, frozen=True):
    """A column; `address` sorts by it, or turns its order. `order` is `ascending`, `descending` or `none`.

    One that `is_amount` has numbers, which stand at the right.
    """

    name: str
    address: str
    order: str
    is_amount: bool = False


class StateView(ListView, frozen=True, kw_only=True):
    """A table of a provider, with the records that pass the search."""

    namespace: str
    provider: str
    title: str
    providers: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str], ...]
    table: str
    columns: tuple[Column, ...]
    rows: tuple[RecordRow, ...]
    text: str
    sort: str
    has_ledger: bool


def build_state(runtime: Runtime, namespace: str, provider: str, query: Mapping[str, str]) -> StateView:
    """Build the view; `query` has `table`, `text`, `sort` (`-name` is descending) and `first`, all optional.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    found, service = get_namespace(namespace, runtime), get_service(provider, runtime)
    state = found.state(provider)
    defs, given = state.table_defs(), Parameters(query)
    name = given.read("table", partial(_check_table, defs), next(iter(defs)))
    properties = _list_properties(defs[name])
    text, part = query.get("text", ""), given.read_part(ROWS)
    sort = given.read("sort", partial(_check_sort, properties), "")
    records = _sort(_search(state.table(name).records(), text), properties, sort)
    begin = part.first - 1
    shown = [(defs[name].key(record), encode_record(record)) for record in islice(records, begin, begin + ROWS)]
    columns = _choose_columns(record for _, record in shown)

    address = partial(_make_address, {"table": name, "text": text, "sort": sort})
    before, after = part.list_neighbours(len(records), address)
    return StateView(
        namespace=namespace,
        provider=provider,
        title=service.contract.title,
        providers=tuple((other, one.contract.title) for other, one in runtime.services.items()),
        tables=tuple((one, f"?{urlencode({'table': one})}") for one in defs),
        table=name,
        columns=tuple(_describe_columns(columns, sort, address, [record for _, record in shown])),
        rows=tuple(_describe_row(str(key), record, columns) for key, record in shown),
        found=len(records),
        first=part.first,
        text=text,
        sort=sort,
        has_ledger=find_statement(service.provider, name) is not None,
        before=before,
        after=after,
        errors=given.errors,
    )


def _make_address(given: Mapping[str, str], **changes: str) -> str:
    """Make the address of the same table with another query."""
    query = {"first": "1", **given, **changes}
    return f"?{urlencode({key: value for key, value in query.items() if value and (key, value) != ('first', '1')})}"


def _search(records: Iterable[Any], text: str) -> list[Any]:
    """List the records that have a text in any property, in any case of its letters."""
    if not text:
        return list(records)
    sought = text.lower()
    return [record for record in records if sought in write_json(record).decode().lower()]


def _check_table(defs: Mapping[str, TableDef[Any]], name: str) -> None:
    if name not in defs:
        raise NotFound(f"there is no table {name[:100]!r}; there are {', '.join(defs)}", at="?table")


def _check_sort(properties: Mapping[str, str], sort: str) -> None:
    if sort.removeprefix("-") not in properties:
        what = f"there is no property {sort[:40]!r} to sort by; there are {', '.join(properties)}"
        raise NotAllowed(what, at="?sort")


def _list_properties(table_def: TableDef[Any]) -> dict[str, str]:
    """Return the attributes of a table's records by the names of their properties."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(table_def.record)}


def _sort(records: list[Any], properties: Mapping[str, str], sort: str) -> list[Any]:
    """Sort records by a property; those without it come last."""
    if not sort:
        return records
    name = properties[sort.removeprefix("-")]
    having = [record for record in records if getattr(record, name) is not None]
    rest = [record for record in records if getattr(record, name) is None]
    try:
        having.sort(key=lambda record: getattr(record, name), reverse=sort.startswith("-"))
    except TypeError:  # values of several types, or without an order
        having.sort(key=lambda record: str(getattr(record, name)), reverse=sort.startswith("-"))
    return having + rest


def _choose_columns(records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Choose the first properties with plain values, because the rest would not fit."""
    plain: dict[str, None] = {}
    for record in records:
        plain |= {name: None for name, value in record.items() if isinstance(value, str | int | Decimal)}
    return tuple(islice(plain, _COLUMNS))


def _describe_columns(
    names: Iterable[str], sort: str, address: Callable[..., str], records: Sequence[Mapping[str, Any]]
) -> Iterator[Column]:
    for name in names:
        order = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
        is_amount = has_numbers(record.get(name) for record in records)
        yield Column(name, address(sort=f"-{name}" if order == "ascending" else name), order, is_amount)


def _describe_row(key: str, record: Mapping[str, Any], columns: Iterable[str]) -> RecordRow:
    cells = (shorten_value(record.get(name)) for name in columns)
    return RecordRow(key, tuple(cells), render_lines(dict(record))[0])
