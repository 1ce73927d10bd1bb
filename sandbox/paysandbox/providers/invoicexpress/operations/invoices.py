"""Operations on invoices and simplified invoices."""

import datetime as dt
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Ordered
from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import (
    DOCUMENT_TYPES,
    INVOICE,
    SIMPLIFIED_INVOICE,
    Client,
    DocumentType,
    Invoice,
    InvoiceXpressState,
    Sequence,
    Tax,
)
from paysandbox.providers.invoicexpress.rules import invoices
from paysandbox.store.tables import Table


def create_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an invoice as a draft. Source: vendor documentation, POST /invoices.json.

    Raises:
        NotAllowed: the account has no such sequence, or the due date is before the date.
    """
    return _create(call, state, INVOICE)


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
            "invoices": [_write(invoice, document_type, state) for document_type, invoice in found],
            "pagination": {"total_entries": total, "current_page": page, "total_pages": pages, "per_page": size},
        },
    )


def get_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an invoice in any state. Source: vendor documentation, GET /invoices/:id.json.

    Raises:
        NotFound: the account has no such invoice.
    """
    return _get(call, state, INVOICE)


def change_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle an invoice. Source: vendor documentation, PUT /invoices/:id/change-state.json.

    Raises:
        NotFound: the account has no such invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, INVOICE)


def create_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a simplified invoice as a draft. Source: vendor documentation, POST /simplified_invoices.json.

    Raises:
        NotAllowed: the account has no such sequence, or the due date is before the date.
    """
    return _create(call, state, SIMPLIFIED_INVOICE)


def get_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a simplified invoice in any state. Source: vendor documentation, GET /simplified_invoices/:id.json.

    Raises:
        NotFound: the account has no such simplified invoice.
    """
    return _get(call, state, SIMPLIFIED_INVOICE)


def change_simplified_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle a simplified invoice.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such simplified invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, SIMPLIFIED_INVOICE)


def _create(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    wrapper = document_type.wrapper
    asked: dict[str, Any] = call.body[wrapper]
    date, due_date = wire.read_date(asked["date"]), wire.read_date(asked["due_date"])
    if due_date < date:
        raise NotAllowed(
            f"/{wrapper}/due_date: {asked['due_date']} is before the document's date, {asked['date']}",
            rule="due-on-its-date-or-later",
        )
    sequence = _find_sequence(call, asked, document_type, state)
    call.rule("items-are-rounded-one-by-one")
    items = tuple(invoices.price_item(item, _find_tax(call, item, state)) for item in asked["items"])
    call.rule("new-document-is-a-draft")
    header = invoices.Header(
        account=call.principal.id,
        client=_find_or_create_client(call, asked["client"], state).id,
        sequence=sequence.id,
        date=date,
        due_date=due_date,
        reference=asked.get("reference"),
        observations=asked.get("observations"),
        retention=asked.get("retention"),
        tax_exemption=asked.get("tax_exemption"),
    )
    draft = invoices.build_draft(state.next_document_id(), header, items)
    state.table(document_type.table).put(draft)
    return Reply(201, {wrapper: _write(draft, document_type, state)})


def _get(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    invoice = _find_invoice(call, state, document_type)
    return Reply(200, {document_type.wrapper: _write(invoice, document_type, state)})


def _change_state(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    invoice = _find_invoice(call, state, document_type)
    # Clients send the wrapper `invoice` for simplified invoices too.
    asked = next(call.body[wrapper] for wrapper in (document_type.wrapper, "invoice") if wrapper in call.body)
    requested, message = asked["state"], asked.get("message")
    status = invoices.next_status(invoice.status, requested)
    if status is None:
        raise NotAllowed(
            f"document {invoice.id} is {invoice.status} and cannot be {requested}", rule="states-follow-each-other"
        )
    if status == "canceled" and state.has_receipt(invoice):
        raise NotAllowed(
            f"document {invoice.id} has receipts that are not cancelled; cancel them first",
            rule="receipted-document-is-not-cancelled",
        )
    if status == "settled":
        call.rule("marked-as-settled-owes-nothing")
    changed = invoices.change_status(invoice, status, message)
    if status == "final":
        call.rule("finalized-takes-next-number")
        sequence = invoices.count_document(state.get_sequence(invoice), document_type)
        state.sequences.put(sequence)
        changed = invoices.number_document(changed, sequence, document_type)
    state.table(document_type.table).put(changed)
    return Reply(200, {document_type.wrapper: _write(changed, document_type, state)})


def _find_invoice(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Invoice:
    """Return the document of this type that the path names."""
    (document_id,) = call.path.values()
    table: Table[Invoice] = state.table(document_type.table)
    invoice = table.get(document_id)
    if invoice is None or invoice.account != call.principal.id:
        raise NotFound(
            f"this account has no {document_type.wrapper.replace('_', ' ')} {document_id}",
            rule="unknown-document-is-404",
        )
    return invoice


def _find_sequence(
    call: Call, asked: Mapping[str, Any], document_type: DocumentType, state: InvoiceXpressState
) -> Sequence:
    """Return the sequence that will number the document."""
    sequence_id = asked.get("sequence_id")
    if sequence_id is None:
        call.rule("sequence-defaults-to-the-first")
        sequence = state.sequences.find("account", call.principal.id)
    else:
        sequence = state.sequences.get(wire.read_id(sequence_id))
    if sequence is None or sequence.account != call.principal.id:
        named = "" if sequence_id is None else f" {sequence_id!r}"
        raise NotAllowed(
            f"/{document_type.wrapper}/sequence_id: this account has no sequence{named}",
            rule="sequence-defaults-to-the-first",
        )
    return sequence


def _find_or_create_client(call: Call, asked: Mapping[str, Any], state: InvoiceXpressState) -> Client:
    call.rule("client-is-found-by-name")
    known = state.clients.find("name", (call.principal.id, asked["name"]))
    if known is not None:
        return known
    client = Client(
        id=state.next_client_id(),
        account=call.principal.id,
        name=asked["name"],
        country=asked.get("country") or "Portugal",
        code=asked.get("code"),
        email=asked.get("email"),
        fiscal_id=asked.get("fiscal_id"),
    )
    state.clients.put(client)
    return client


def _find_tax(call: Call, asked: Mapping[str, Any], state: InvoiceXpressState) -> Tax:
    """Return the account's tax that a requested item names, or the account's default tax."""
    name = (asked.get("tax") or {}).get("name")
    account = call.principal.id
    found = None if name is None else state.taxes.find("name", (account, name))
    if found is None:
        call.rule("tax-defaults-to-the-accounts")
        found = state.taxes.find("default", (account, True))
    if found is None:
        raise NotAllowed("this account has no default tax", rule="tax-defaults-to-the-accounts")
    return Tax(id=found.id, name=found.name, value=found.value)


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


def _write(invoice: Invoice, document_type: DocumentType, state: InvoiceXpressState) -> dict[str, Any]:
    client, sequence = state.get_client(invoice), state.get_sequence(invoice)
    return wire.write_invoice(invoice, client, sequence, document_type, state.variants)
