"""The view of a provider's records in one namespace: a table, sorted and searched, page by page."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from paysandbox.control.call_filter import read_number
from paysandbox.control.ledger_view import find_statement
from paysandbox.control.lookup import get_namespace, get_service
from paysandbox.control.records import encode_record
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.tables import TableDef
from paysandbox.web.console.cells import has_numbers, shorten_value
from paysandbox.web.console.marked_json import Line, render_lines

ROWS: Final = 50
_COLUMNS: Final = 6
_LAST: Final = 9_999_999  # beyond any page


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


class StateView(Struct, frozen=True):
    """A table of a provider. `found` records pass the search; `first` is the number of the first shown, from 1."""

    namespace: str
    provider: str
    title: str
    providers: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str], ...]
    table: str
    columns: tuple[Column, ...]
    rows: tuple[RecordRow, ...]
    found: int
    first: int
    text: str
    sort: str
    has_ledger: bool
    before: str | None
    after: str | None


def build_state(runtime: Runtime, namespace: str, provider: str, query: Mapping[str, str]) -> StateView:
    """Build the view; `query` has `table`, `text`, `sort` (`-name` is descending) and `first`, all optional.

    Raises:
        NotFound: the namespace, the provider or the table does not exist.
        NotAllowed: the table has no such property to sort by, or `first` is no number.
    """
    found, service = get_namespace(namespace, runtime), get_service(provider, runtime)
    state = found.state(provider)
    defs = state.table_defs()
    name = query.get("table") or next(iter(defs))
    if name not in defs:
        raise NotFound(f"there is no table {name[:100]!r}; there are {', '.join(defs)}")
    text, sort, first = query.get("text", ""), query.get("sort", ""), read_number(query, "first", 1, _LAST)
    records = _sort(_search(state.table(name).records(), text), defs[name], sort)
    shown = [(defs[name].key(record), encode_record(record)) for record in islice(records, first - 1, first - 1 + ROWS)]
    columns = _choose_columns(record for _, record in shown)

    address = partial(_make_address, {"table": name, "text": text, "sort": sort})
    return StateView(
        namespace=namespace,
        provider=provider,
        title=service.contract.title,
        providers=tuple((other, one.contract.title) for other, one in runtime.services.items()),
        tables=tuple((one, f"?{urlencode({'table': one})}") for one in defs),
        table=name,
        columns=tuple(
            _describe_column(column, sort, address, is_amount=has_numbers(record.get(column) for _, record in shown))
            for column in columns
        ),
        rows=tuple(_describe_row(str(key), record, columns) for key, record in shown),
        found=len(records),
        first=first,
        text=text,
        sort=sort,
        has_ledger=find_statement(service.provider, name) is not None,
        before=address(first=str(max(first - ROWS, 1))) if first > 1 else None,
        after=address(first=str(first + ROWS)) if first - 1 + ROWS < len(records) else None,
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


def _sort(records: list[Any], table_def: TableDef[Any], sort: str) -> list[Any]:
    """Sort records by a property; those without it come last."""
    if not sort:
        return records
    attributes = {field.encode_name: field.name for field in msgspec.structs.fields(table_def.record)}
    name = attributes.get(sort.removeprefix("-"))
    if name is None:
        raise NotAllowed(f"there is no property {sort[:40]!r} to sort by; there are {', '.join(attributes)}")
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


def _describe_column(name: str, sort: str, address: Callable[..., str], *, is_amount: bool) -> Column:
    order = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    return Column(name, address(sort=f"-{name}" if order == "ascending" else name), order, is_amount)


def _describe_row(key: str, record: Mapping[str, Any], columns: Iterable[str]) -> RecordRow:
    cells = (shorten_value(record.get(name)) for name in columns)
    return RecordRow(key, tuple(cells), render_lines(dict(record))[0])
