"""The list of invoices and simplified invoices."""

import datetime as dt
from collections.abc import Iterator
from collections.abc import Sequence as Ordered

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import DOCUMENT_TYPES, DocumentType, Invoice, InvoiceXpressState
from paysandbox.store.tables import Table


def list_invoices(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's invoices, then its simplified invoices, in pages.

    Source: vendor documentation, GET /invoices.json.

    Raises:
        NotAllowed: the range of dates ends before it begins.
    """
    call.rule("list-is-by-type-and-age")
    account, page, size = call.principal.id, call.query["page"], call.query["per_page"]
    types = [document_type for document_type in DOCUMENT_TYPES if call.query["type[]"] in {None, document_type.type}]
    start = (page - 1) * size
    dates = _read_dates(call)
    if dates is None:
        total = sum(state.table(document_type.table).count("account", account) for document_type in types)
        found = list(_find_slice(call, state, types, start, size))
    else:
        in_range = [
            (document_type, invoice)
            for document_type in types
            for invoice in state.table(document_type.table).all("account", account)
            if dates[0] <= invoice.date <= dates[1]
        ]
        total, found = len(in_range), in_range[start : start + size]
    pages = max(1, -(-total // size))
    if page > pages:
        call.rule("page-beyond-the-last-is-empty")
    return Reply(
        200,
        {
            "invoices": [wire.write_invoice(invoice, document_type, state) for document_type, invoice in found],
            "pagination": {"total_entries": total, "current_page": page, "total_pages": pages, "per_page": size},
        },
    )


def _read_dates(call: Call) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last requested date; None if the request has neither."""
    first, last = call.query["date[from]"], call.query["date[to]"]
    if first is None and last is None:
        return None
    call.rule("dates-are-in-order")
    dates = (
        dt.date.min if first is None else wire.read_date(first),
        dt.date.max if last is None else wire.read_date(last),
    )
    if dates[1] < dates[0]:
        raise NotAllowed(f"?date[to]: {last} is before ?date[from], {first}", rule="dates-are-in-order")
    return dates


def _find_slice(
    call: Call, state: InvoiceXpressState, types: Ordered[DocumentType], start: int, size: int
) -> Iterator[tuple[DocumentType, Invoice]]:
    """Return `size` documents from the `start`-th, one type after the other; those before are counted, not read."""
    for document_type in types:
        table: Table[Invoice] = state.table(document_type.table)
        found = table.page("account", call.principal.id, start, size)
        yield from ((document_type, invoice) for invoice in found)
        start, size = max(0, start - table.count("account", call.principal.id)), size - len(found)
