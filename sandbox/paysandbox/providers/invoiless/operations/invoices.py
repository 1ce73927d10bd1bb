"""Operations on invoices, retainer invoices included."""

import datetime as dt
from typing import Any

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoiless import billing, events, lookup, rules, wire
from paysandbox.providers.invoiless.records import Customer, Invoice, InvoilessState, Message
from paysandbox.providers.invoiless.rules import RequestedInvoice, RequestedSending


def create_invoice(call: Call, state: InvoilessState) -> Reply:
    """Create an invoice or a retainer invoice.

    Raises:
        NotFound: the account has no such scope or customer.
        NotAllowed: the due date is before the date, the number is taken, or the total is larger than any payment.
    """
    scope = lookup.find_scope(call, state)
    invoice = billing.build_invoice(call, state, wire.read_invoice(call.body), scope)
    state.invoices.put(invoice)
    events.publish_invoice("InvoiceCreated", invoice, state)
    events.publish_paid(None, invoice, state)
    return Reply(201, _write(invoice, state))


def list_invoices(call: Call, state: InvoilessState) -> Reply:
    """List the invoices of the account, or of one scope of it, in pages.

    Raises:
        NotFound: the account has no such scope.
    """
    scope = lookup.find_scope(call, state)
    account, search, is_retainer = call.principal.id, call.query["search"], call.query["isRetainer"]
    page, limit = lookup.choose_page(call)
    index, value = ("account", account) if scope is None else ("scope", (account, scope))
    start = (page - 1) * limit
    if search or is_retainer is not None:
        if search:
            call.rule("search-finds-number-customer-or-tag")
        if is_retainer is not None:
            call.rule("retainers-can-be-filtered")
        matches = [
            invoice
            for invoice in state.invoices.all(index, value)
            if is_retainer in {None, invoice.is_retainer} and (not search or _matches(state, invoice, search))
        ]
        count, invoices = len(matches), matches[start : start + limit]
    else:
        count, invoices = state.invoices.count(index, value), state.invoices.page(index, value, start, limit)
    if any(invoice.is_retainer for invoice in invoices):
        call.rule("retainers-are-invoices")
    today = state.today()
    docs = [wire.write_invoice(invoice, state.customers.get(invoice.customer), today) for invoice in invoices]
    return Reply(200, wire.write_list(docs, page, limit, count, state.variants["list_envelope"]))


def get_invoice(call: Call, state: InvoilessState) -> Reply:
    """Return an invoice or a retainer invoice.

    Raises:
        NotFound: the call sees no such invoice.
    """
    invoice = lookup.find_invoice(call, state)
    if invoice.is_retainer:
        call.rule("retainers-are-invoices")
    return Reply(200, wire.write_invoice(invoice, state.customers.get(invoice.customer), state.today()))


def replace_invoice(call: Call, state: InvoilessState) -> Reply:
    """Replace an invoice (PUT): what the request leaves out gets its default.

    Raises:
        NotFound: the call sees no such invoice, or the account has no such customer.
        NotAllowed: what is requested contradicts itself, the invoice, its payments or another invoice.
    """
    invoice = lookup.find_invoice(call, state)
    call.rule("put-replaces")
    return _change(call, state, invoice, wire.read_invoice(call.body))


def update_invoice(call: Call, state: InvoilessState) -> Reply:
    """Update an invoice (PATCH): what the request leaves out stays as it is.

    Raises:
        NotFound: the call sees no such invoice, or the account has no such customer.
        NotAllowed: what is requested contradicts itself, the invoice, its payments or another invoice.
    """
    invoice = lookup.find_invoice(call, state)
    call.rule("patch-merges")
    return _change(call, state, invoice, wire.read_invoice_update(invoice, call.body))


def delete_invoice(call: Call, state: InvoilessState) -> Reply:
    """Delete an invoice with its payments.

    Raises:
        NotFound: the call sees no such invoice.
    """
    invoice = lookup.find_invoice(call, state)
    call.rule("deleted-invoice-is-gone")
    events.publish_invoice("InvoiceDeleted", invoice, state)
    for payment in list(state.payments.all("invoice", invoice.id)):
        state.payments.delete(payment.id)
    state.invoices.delete(invoice.id)
    return Reply(200, wire.write_deletion("invoice"))


def send_invoice(call: Call, state: InvoilessState) -> Reply:
    """Put an e-mail with an invoice into the outbox, at once or for a later time; a draft is Unpaid from then on.

    Raises:
        NotFound: the call sees no such invoice.
        NotAllowed: there is no address to send it to, or the time has passed.
    """
    invoice = lookup.find_invoice(call, state)
    customer = state.customers.get(invoice.customer)
    requested = wire.read_sending(call.body)
    to, at = _choose_address(call, requested, customer), _choose_time(call, state, requested)
    call.rule("message-is-kept")
    message = Message(
        id=state.hex_id("message", 24),
        to=to,
        cc=customer.cc if customer else (),
        bcc=customer.bcc if customer else (),
        subject=requested.subject,
        body=requested.body,
        invoice=invoice.id,
        amount=invoice.balance,
        at=at,
    )
    state.outbox.put(message)
    if invoice.status == "Draft" and state.variants["send_publishes"] == "true":
        call.rule("sent-draft-is-unpaid")
        invoice = replace(invoice, status="Unpaid")
        state.invoices.put(invoice)
    events.publish_invoice("InvoiceSent", invoice, state)
    return Reply(200, wire.write_sent())


def _choose_address(call: Call, requested: RequestedSending, customer: Customer | None) -> str:
    """Return the requested address, or by default the customer's.

    Raises:
        NotAllowed: there is none.
    """
    if requested.email is not None:
        return requested.email
    rule = call.rule("invoice-goes-to-the-customer")
    if customer is None or customer.email is None:
        raise NotAllowed("The customer has no e-mail address.", rule=rule, at="/email")
    return customer.email


def _choose_time(call: Call, state: InvoilessState, requested: RequestedSending) -> dt.datetime:
    """Return when the e-mail goes out.

    Raises:
        NotAllowed: that has passed.
    """
    at = rules.choose_time(requested, state.now())
    if requested.date is not None:
        call.rule("invoice-is-sent-now-or-later")
    if at is None:
        message = f"The invoice cannot be sent on {requested.date}, which has passed."
        raise NotAllowed(message, rule="invoice-is-sent-now-or-later", at="/date")
    return at


def _change(call: Call, state: InvoilessState, before: Invoice, requested: RequestedInvoice) -> Reply:
    if before.is_retainer:
        call.rule("retainers-are-invoices")
    changed = billing.change_invoice(call, state, before, requested)
    state.invoices.put(changed)
    events.publish_invoice("InvoiceUpdated", changed, state)
    events.publish_paid(before, changed, state)
    return Reply(200, _write(changed, state))


def _write(invoice: Invoice, state: InvoilessState) -> dict[str, Any]:
    """Write an invoice that a request has made, as the variant `invoice_write_reply` says."""
    written = wire.write_invoice(invoice, state.customers.get(invoice.customer), state.today())
    if state.variants["invoice_write_reply"] == "id_and_url":
        return {name: written[name] for name in ("id", "url")}
    return written


def _matches(state: InvoilessState, invoice: Invoice, search: str) -> bool:
    """Whether a search finds the invoice: by its number, its customer's name or a tag."""
    customer = state.customers.get(invoice.customer)
    return rules.contain_text((invoice.number, customer.name if customer else "", *invoice.tags), search)
