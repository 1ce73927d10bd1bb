"""Invoices as requests make them: created, replaced or changed in part."""

import datetime as dt
from typing import Any, Final

from msgspec import Struct, structs

from paysandbox.core.messages import Call
from paysandbox.core.money import ZERO
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoiless import lookup, rules
from paysandbox.providers.invoiless.html_text import strip_tags
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Item, Status
from paysandbox.providers.invoiless.rules import RequestedInvoice
from paysandbox.providers.invoiless.totals import Totals, compute_totals

_AS_REQUESTED: Final = (
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


def build_invoice(call: Call, state: InvoilessState, requested: RequestedInvoice, scope: str | None) -> Invoice:
    """Return a new invoice, which is not saved yet; a customer that it describes is.

    Raises:
        NotFound: the account has no customer with this id.
        NotAllowed: the due date is before the date, the number is taken, or the total is larger than any payment.
    """
    terms = _choose_terms(call, state, requested, None)
    customer = lookup.find_or_create_customer(call, state, requested.customer, scope)
    if terms.is_retainer:
        call.rule("retainers-are-invoices")
    totals = _compute_totals(call, requested)
    return Invoice(
        id=state.hex_id("invoice", 24),
        account=call.principal.id,
        scope=scope,
        customer=customer.id,
        items=tuple(Item(id=state.hex_id("item", 24), **structs.asdict(item)) for item in requested.items),
        balance=rules.compute_first_balance(terms.status, totals.total),
        created_at=state.now(),
        status_given=rules.claims_payment(terms.status),
        **_collect_fields(call, requested, terms, totals),
    )


def change_invoice(call: Call, state: InvoilessState, before: Invoice, requested: RequestedInvoice) -> Invoice:
    """Return an invoice with all that is requested; its id, scope, time and payments stay, and items keep their ids.

    Raises:
        NotFound: the account has no customer with this id.
        NotAllowed: as for a new invoice; or it would become a retainer or stop being one, or cost less than is paid.
    """
    terms = _choose_terms(call, state, requested, before)
    if terms.is_retainer != before.is_retainer:
        rule = call.rule("retainer-flag-is-final")
        message = f"isRetainer of the invoice {before.number} is {str(before.is_retainer).lower()}."
        raise NotAllowed(message, rule=rule, at="/isRetainer")
    customer = before.customer
    named = requested.customer if isinstance(requested.customer, str) else requested.customer.id
    if named != customer:
        customer = lookup.find_or_create_customer(call, state, requested.customer, before.scope).id
    totals = _compute_totals(call, requested)
    paid = sum((payment.amount for payment in state.payments.all("invoice", before.id)), ZERO)
    if paid:
        call.rule("paid-invoice-follows-its-payments")
    if totals.total < paid:
        rule = call.rule("total-covers-the-payments")
        message = f"The total would be {totals.total}, less than the {paid} that is paid."
        raise NotAllowed(message, rule=rule, at="/discount" if requested.discount else "/items")
    ids = [item.id for item in before.items[: len(requested.items)]]
    ids += [state.hex_id("item", 24) for _ in requested.items[len(ids) :]]
    fields = _collect_fields(call, requested, terms, totals)
    return rules.restate(
        structs.replace(
            before,
            customer=customer,
            items=tuple(Item(id=key, **structs.asdict(item)) for key, item in zip(ids, requested.items, strict=True)),
            **fields,
        ),
        before,
        paid,
    )


def _collect_fields(call: Call, requested: RequestedInvoice, terms: "_Terms", totals: Totals) -> dict[str, Any]:
    return {
        **structs.asdict(terms),
        "terms": _sanitize(call, requested.terms),
        "notes": _sanitize(call, requested.notes),
        "total": totals.total,
        "adjustment": totals.adjustment,
        "tax": totals.tax,
        **{name: getattr(requested, name) for name in _AS_REQUESTED},
    }


class _Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What an invoice has in any case: as requested or by default."""

    number: str
    status: Status
    currency: str
    date: dt.date
    due_date: dt.date
    is_retainer: bool


def _choose_terms(call: Call, state: InvoilessState, requested: RequestedInvoice, before: Invoice | None) -> _Terms:
    """Return what is requested, or its default; a changed invoice keeps its number, and whether it is a retainer.

    Raises:
        NotAllowed: the due date is before the date, or the number is taken.
    """
    date, due_date = _choose_dates(call, state, requested)
    is_retainer = requested.is_retainer
    if is_retainer is None:
        is_retainer = before is not None and before.is_retainer
    number = _choose_number(call, state, (requested.number, date, is_retainer), before)
    status = _choose_status(call, state, requested.status)
    if requested.currency is None:
        call.rule("currency-defaults-to-the-account-s")
    currency = requested.currency or call.principal.currency
    return _Terms(
        number=number, status=status, currency=currency, date=date, due_date=due_date, is_retainer=is_retainer
    )


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
        message = f"The invoice would be due on {requested.due_date}, before its date {date}."
        # A PATCH may give the date alone, which is what is wrong then.
        raise NotAllowed(message, rule=rule, at="/dueDate" if "dueDate" in call.body else "/date")
    return date, requested.due_date


def _choose_number(
    call: Call, state: InvoilessState, requested: tuple[str | None, dt.date, bool], before: Invoice | None
) -> str:
    """Return the requested number, or the next one of the year that no invoice of the account has.

    Raises:
        NotAllowed: another invoice has the requested number.
    """
    account, (number, date, is_retainer) = call.principal.id, requested
    if before is not None and number in {None, before.number}:
        call.rule("number-stays")
        return before.number
    if number is not None:
        if state.invoices.find("number", (account, number)) is not None:
            rule = call.rule("number-is-unique")
            raise NotAllowed(f"Another invoice has the number {number}.", rule=rule, at="/number")
        return number
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
        raise NotAllowed(message, rule=rule, at=pointer)
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
