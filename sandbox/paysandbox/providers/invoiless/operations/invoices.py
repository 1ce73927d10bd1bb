"""Operations on invoices, retainer invoices included."""

import datetime as dt
from typing import Final

from msgspec import Struct, structs

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, Violation
from paysandbox.providers.invoiless import events, lookup, rules, wire
from paysandbox.providers.invoiless.html_text import strip_tags
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Item, Status
from paysandbox.providers.invoiless.rules import RequestedInvoice
from paysandbox.providers.invoiless.totals import Totals, compute_totals

_AS_REQUESTED: Final = (
    "is_retainer",
    "lang",
    "tags",
    "tax_included",
    "ship_to",
    "slug",
    "header",
    "discount",
    "extra_charges",
    "extra_fields",
    "taxes",
)


def create_invoice(call: Call, state: InvoilessState) -> Reply:
    """Create an invoice or a retainer invoice.

    Raises:
        NotFound: the account has no such scope or customer.
        NotAllowed: the due date is before the date, the number is taken, or the total is larger than any payment.
    """
    scope = lookup.find_scope(call, state)
    requested = wire.read_invoice(call.body)
    terms = _choose_terms(call, state, requested)
    customer = lookup.find_or_create_customer(call, state, requested.customer, scope)
    if requested.is_retainer:
        call.rule("retainers-are-invoices")
    totals = _compute_totals(call, requested)
    invoice = Invoice(
        id=state.hex_id("invoice", 24),
        number=terms.number,
        account=call.principal.id,
        scope=scope,
        customer=customer.id,
        status=terms.status,
        currency=terms.currency,
        items=tuple(Item(id=state.hex_id("item", 24), **structs.asdict(item)) for item in requested.items),
        total=totals.total,
        balance=rules.compute_first_balance(terms.status, totals.total),
        date=terms.date,
        due_date=terms.due_date,
        terms=_sanitize(call, requested.terms),
        notes=_sanitize(call, requested.notes),
        adjustment=totals.adjustment,
        tax=totals.tax,
        created_at=state.now(),
        status_given=rules.claims_payment(terms.status),
        **{name: getattr(requested, name) for name in _AS_REQUESTED},
    )
    state.invoices.put(invoice)
    events.publish_invoice("InvoiceCreated", invoice, state)
    events.publish_paid(None, invoice, state)
    return Reply(201, wire.write_invoice(invoice, customer, state.today()))


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


class _Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What an invoice has in any case: as requested or by default."""

    number: str
    status: Status
    currency: str
    date: dt.date
    due_date: dt.date


def _choose_terms(call: Call, state: InvoilessState, requested: RequestedInvoice) -> _Terms:
    """Return what is requested, or its default.

    Raises:
        NotAllowed: the due date is before the date, or the number is taken.
    """
    date, due_date = _choose_dates(call, state, requested)
    number = _choose_number(call, state, requested, date)
    status = _choose_status(call, state, requested.status)
    if requested.currency is None:
        call.rule("currency-defaults-to-the-account-s")
    currency = requested.currency or call.principal.currency
    return _Terms(number=number, status=status, currency=currency, date=date, due_date=due_date)


def _choose_dates(call: Call, state: InvoilessState, requested: RequestedInvoice) -> tuple[dt.date, dt.date]:
    """Return the date and the due date, each as requested or by default.

    Raises:
        NotAllowed: the due date is before the date.
    """
    date = requested.date
    if date is None:
        call.rule("date-defaults-to-today")
        date = state.today()
    if requested.due_date is None:
        call.rule("due-date-defaults-to-30-days")
        return date, rules.default_due_date(date)
    if requested.due_date < date:
        rule = call.rule("due-date-is-not-before-date")
        raise NotAllowed(f"The invoice would be due on {requested.due_date}, before its date {date}.", rule=rule)
    return date, requested.due_date


def _choose_number(call: Call, state: InvoilessState, requested: RequestedInvoice, date: dt.date) -> str:
    """Return the requested number, or the next one of the year that no invoice of the account has.

    Raises:
        NotAllowed: another invoice has the requested number.
    """
    account, is_retainer = call.principal.id, requested.is_retainer
    if requested.number is not None:
        if state.invoices.find("number", (account, requested.number)) is not None:
            rule = call.rule("number-is-unique")
            raise NotAllowed(f"Another invoice has the number {requested.number}.", rule=rule)
        return requested.number
    call.rule("number-is-the-next")
    count = state.invoices.count("series", (account, is_retainer, date.year)) + 1
    while state.invoices.find("number", (account, rules.format_number(is_retainer, date.year, count))) is not None:
        count += 1
    return rules.format_number(is_retainer, date.year, count)


def _compute_totals(call: Call, requested: RequestedInvoice) -> Totals:
    """Return the totals of a requested invoice.

    Raises:
        NotAllowed: the total is larger than any payment.
    """
    call.rule("total-is-the-sum-of-the-items")
    if requested.discount or requested.extra_charges:
        call.rule("discount-and-charges-change-the-net-total")
    if requested.taxes:
        call.rule("taxes-are-of-the-net-total")
    sub_total = rules.add_up_items(requested.items)
    totals = compute_totals(
        sub_total, requested.discount, requested.extra_charges, requested.taxes, tax_included=requested.tax_included
    )
    largest = rules.LARGEST_TOTAL
    if totals.total > largest:
        rule = call.rule("total-can-be-paid")
        message = f"The total is {totals.total}, more than the {largest} that a payment can name."
        net_total = sub_total + totals.adjustment
        pointer = "/items" if sub_total > largest else "/extraCharges" if net_total > largest else "/taxes"
        raise NotAllowed(message, rule=rule, violations=[Violation(pointer, rule, message)])
    return totals


def _sanitize(call: Call, text: str | None) -> str | None:
    """Return a text without tags of HTML; None if nothing is left."""
    if text is None or (stripped := strip_tags(text)) == text:
        return text
    call.rule("html-is-sanitized")
    return stripped or None


def _choose_status(call: Call, state: InvoilessState, requested: Status | None) -> Status:
    """Return the requested status, or the default of the variant `default_status`."""
    if requested is None:
        call.rule("status-defaults-to-draft")
        return "Unpaid" if state.variants["default_status"] == "Unpaid" else "Draft"
    call.rule("status-asked-for-is-kept")
    if rules.claims_payment(requested):
        call.rule("paid-status-needs-no-payment")
    return requested


def _matches(state: InvoilessState, invoice: Invoice, search: str) -> bool:
    """Whether a search finds the invoice: by its number, its customer's name or a tag."""
    customer = state.customers.get(invoice.customer)
    return rules.contain_text((invoice.number, customer.name if customer else "", *invoice.tags), search)
