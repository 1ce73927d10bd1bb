"""Lists of documents: those of all types, and those of one."""

import datetime as dt
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Ordered
from decimal import Decimal
from typing import Any, TypeVar

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import parameters, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    Document,
    InvoiceXpressState,
)
from paysandbox.providers.invoicexpress.rules import filters
from paysandbox.store.tables import Table

Listed = tuple[str, Document]  # a document, and the table that holds it
T = TypeVar("T", dt.date, Decimal)


def list_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's documents that meet all filters, in pages. Source: vendor documentation, GET /invoices.json.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    return _list(call, state, parameters.read_tables(call, call.query["type[]"]), "invoices")


def list_simplified_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's simplified invoices that meet all filters, in pages.

    Source: vendor documentation, GET /invoices.json; a recording of the list of another type, under its own path.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    call.rule("list-is-keyed-by-type")
    return _list(call, state, [SIMPLIFIED_INVOICE.table], SIMPLIFIED_INVOICE.table)


def list_invoice_receipts(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's invoice-receipts that meet all filters, in pages.

    Source: a recording of 2026, GET /invoice_receipts.json; vendor documentation, GET /invoices.json, the filters.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    call.rule("list-is-keyed-by-type")
    return _list(call, state, [INVOICE_RECEIPT.table], INVOICE_RECEIPT.table)


def list_credit_notes(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's credit notes that meet all filters, in pages.

    Source: vendor documentation, GET /invoices.json; a recording of the list of another type, under its own path.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    call.rule("list-is-keyed-by-type")
    return _list(call, state, [CREDIT_NOTE.table], CREDIT_NOTE.table)


def list_debit_notes(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's debit notes that meet all filters, in pages.

    Source: vendor documentation, GET /invoices.json; a recording of the list of another type, under its own path.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    call.rule("list-is-keyed-by-type")
    return _list(call, state, [DEBIT_NOTE.table], DEBIT_NOTE.table)


def _list(call: Call, state: InvoiceXpressState, tables: Ordered[str], key: str) -> Reply:
    call.rule("list-is-by-type-and-age")
    page = parameters.read_page(call, state)
    asked = _read_filters(call)
    if _hides_all(call):
        total, found = 0, []
    elif asked is None and call.query["order_by"] is None:
        total = sum(state.table(table).count("account", call.principal.id) for table in tables)
        found = list(_find_slice(call, state, tables, page))
    else:
        matching = _sort(call, _find_matching(call, state, tables, asked or filters.Filters()))
        total, found = len(matching), matching[page.start : page.start + page.size]
    return Reply(
        200,
        {
            key: [wire.write_listed(document, table, state) for table, document in found],
            "pagination": parameters.write_pagination(call, page, total),
        },
    )


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
            raise NotAllowed(f"{last} is before ?{name}[from], {first}", rule="dates-are-in-order", at=f"?{name}[to]")
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


def _find_slice(call: Call, state: InvoiceXpressState, tables: Ordered[str], page: parameters.Page) -> Iterator[Listed]:
    """Yield the documents of a page, one type after the other; those before are counted, not read."""
    start, size = page.start, page.size
    for name in tables:
        table: Table[Any] = state.table(name)
        found = table.page("account", call.principal.id, start, size)
        yield from ((name, document) for document in found)
        start, size = max(0, start - table.count("account", call.principal.id)), size - len(found)
