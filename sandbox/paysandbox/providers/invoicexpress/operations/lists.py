"""Lists of documents: those of all types, and those of one."""

import datetime as dt
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Ordered
from decimal import Decimal
from typing import Any, Final, TypeVar

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import INVOICE, SIMPLIFIED_INVOICE, Document, InvoiceXpressState
from paysandbox.providers.invoicexpress.rules import filters
from paysandbox.store.tables import Table

# The tables of the types that documents have here, in the order of the list; other types find nothing.
_TABLES: Final = {
    "Invoice": INVOICE.table,
    "SimplifiedInvoice": SIMPLIFIED_INVOICE.table,
    "CreditNote": "credit_notes",
    "Receipt": "receipts",
}
_LISTED: Final = tuple(table for table in _TABLES.values() if table != "receipts")
_MOST_PER_PAGE: Final = 30

Listed = tuple[str, Document]  # a document, and the table that holds it
T = TypeVar("T", dt.date, Decimal)


def list_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's documents that meet all filters, in pages. Source: vendor documentation, GET /invoices.json.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    return _list(call, state, _read_tables(call), "invoices")


def list_simplified_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's simplified invoices that meet all filters, in pages.

    Source: vendor documentation, GET /invoices.json; a recording of the list of another type, under its own path.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    call.rule("list-is-keyed-by-type")
    return _list(call, state, [SIMPLIFIED_INVOICE.table], SIMPLIFIED_INVOICE.table)


def _list(call: Call, state: InvoiceXpressState, tables: Ordered[str], key: str) -> Reply:
    call.rule("list-is-by-type-and-age")
    page, size = call.query["page"], _read_size(call, state)
    start = (page - 1) * size
    asked = _read_filters(call)
    if _hides_all(call):
        total, found = 0, []
    elif asked is None and call.query["order_by"] is None:
        total = sum(state.table(table).count("account", call.principal.id) for table in tables)
        found = list(_find_slice(call, state, tables, start, size))
    else:
        matching = _sort(call, _find_matching(call, state, tables, asked or filters.Filters()))
        total, found = len(matching), matching[start : start + size]
    pages = max(1, -(-total // size))
    if page > pages:
        call.rule("page-beyond-the-last-is-empty")
    return Reply(
        200,
        {
            key: [wire.write_listed(document, table, state) for table, document in found],
            "pagination": {"total_entries": total, "current_page": page, "total_pages": pages, "per_page": size},
        },
    )


def _read_size(call: Call, state: InvoiceXpressState) -> int:
    asked: int = call.query["per_page"]
    if asked <= _MOST_PER_PAGE:
        return asked
    call.rule("per-page-has-a-limit")
    return asked if state.variants["per_page_over_limit"] == "accept" else _MOST_PER_PAGE


def _read_tables(call: Call) -> Ordered[str]:
    asked = call.query["type[]"]
    if asked is None:
        return _LISTED
    call.rule("filter-values-are-alternatives")
    return [table for name, table in _TABLES.items() if name in asked]


def _hides_all(call: Call) -> bool:
    """Whether a call asks for no documents but archived ones; nothing is archived here."""
    archived, others = call.query["archived"], call.query["non_archived"]
    if archived is None and others is None:
        return False
    call.rule("archived-documents-are-asked-for")
    return bool(archived) if others is None else not others


def _read_filters(call: Call) -> filters.Filters | None:
    """Return what documents must meet; None if the call does not say."""
    text, statuses, reference = call.query["text"], call.query["status[]"], call.query["reference"]
    if text is not None:
        call.rule("text-is-found-in-any-case")
    if statuses is not None:
        call.rule("filter-values-are-alternatives")
        call.rule("sent-finds-final-documents")
    if reference is not None:
        call.rule("reference-is-matched-exactly")
    asked = filters.Filters(
        text=None if text is None else text.casefold(),
        statuses=None if statuses is None else filters.read_statuses(statuses),
        reference=reference,
        dates=_read_dates(call, "date"),
        due_dates=_read_dates(call, "due_date"),
        totals=_read_range(call, "total_before_taxes", Decimal),
    )
    return None if asked == filters.Filters() else asked


def _read_dates(call: Call, name: str) -> filters.Range[dt.date] | None:
    asked = _read_range(call, name, wire.read_date)
    if asked is not None:
        call.rule("dates-are-in-order")
        if asked.is_reversed:
            first, last = call.query[f"{name}[from]"], call.query[f"{name}[to]"]
            raise NotAllowed(f"?{name}[to]: {last} is before ?{name}[from], {first}", rule="dates-are-in-order")
    return asked


def _read_range(call: Call, name: str, read: Callable[[str], T]) -> filters.Range[T] | None:
    """Return the range asked for under `name[from]` and `name[to]`; None if the call has neither."""
    first, last = (call.query[f"{name}[{end}]"] for end in ("from", "to"))
    if first is None and last is None:
        return None
    return filters.Range(None if first is None else read(first), None if last is None else read(last))


def _find_matching(
    call: Call, state: InvoiceXpressState, tables: Ordered[str], asked: filters.Filters
) -> Iterator[Listed]:
    for table in tables:
        document: Document
        for document in state.table(table).all("account", call.principal.id):
            if asked.match(document, state.get_client(document)):
                yield table, document


def _sort(call: Call, documents: Iterator[Listed]) -> list[Listed]:
    order = call.query["order_by"]
    if order is None:
        return list(documents)
    call.rule("order-by-date")
    return filters.sort_by_date(documents, newest_first=order == "date_desc")


def _find_slice(call: Call, state: InvoiceXpressState, tables: Ordered[str], start: int, size: int) -> Iterator[Listed]:
    """Return `size` documents from the `start`-th, one type after the other; those before are counted, not read."""
    for name in tables:
        table: Table[Any] = state.table(name)
        found = table.page("account", call.principal.id, start, size)
        yield from ((name, document) for document in found)
        start, size = max(0, start - table.count("account", call.principal.id)), size - len(found)
