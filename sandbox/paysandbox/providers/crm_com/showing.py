"""What is answered of payments and invoices: records with what they refer to, as far as the release knows it."""

from typing import Any, Final

from paysandbox.core.messages import Call
from paysandbox.providers.crm_com import identifiers, releases, wire
from paysandbox.providers.crm_com.records import CrmComState, Invoice, Payment

Shown = dict[str, Any]

# How many payments payments/list answers where nobody says it. Source: house decision.
RESULTS: Final = 100


def short(state: CrmComState, record: Payment) -> Shown:
    """A payment as pay_invoice answers it."""
    period = state.currency_rate_periods.get(record.currency_rate_period)
    currency = state.currencies.get(period.currency) if period is not None else None
    rate = (period, currency) if period is not None and currency is not None else None
    return wire.payment(record, rate, state.variants["release"])


def complete(state: CrmComState, record: Payment) -> Shown:
    """A payment as payments/show answers it: with all that was said of it, and the invoice that it pays."""
    release = state.variants["release"]
    invoice = state.invoices.get(record.invoice)
    shown = short(state, record) | wire.said_of_payment(record, release)
    shown |= {
        "accounts_receivable": wire.reference(
            state.accounts_receivable.get(record.accounts_receivable), "id", "number", "name"
        ),
        "type": wire.reference(state.types.get(record.type), "id", "name", "alternative_code"),
        "category": wire.reference(state.categories.get(record.category), "id", "name", "code"),
        "payment_method": wire.reference(
            state.payment_methods.get(record.payment_method), "id", "name", "alternative_code"
        ),
        "received_by_user": wire.reference(state.users.get(record.received_by_user), "id", "username"),
        "received_by_unit": wire.reference(state.units.get(record.received_by_unit), "id", "name", "alternative_code"),
        "invoices_to_pay_set": [wire.invoice(invoice)] if invoice is not None else [],
    }
    if releases.knows(release, releases.WALLETS):
        shown["wallet"] = wire.reference(state.wallets.get(record.wallet), "id", "number")
    return shown


def invoice(state: CrmComState, record: Invoice) -> Shown:
    """An invoice as invoices/show answers it."""
    account = state.accounts_receivable.get(record.accounts_receivable)
    shown = wire.invoice(record) | {"accounts_receivable": wire.reference(account, "id", "number", "name")}
    if releases.knows(state.variants["release"], releases.BACK_OFFICE_CODES):
        shown["back_office_code"] = record.back_office_code
    return shown


def chosen(call: Call, shown: Shown, fields_set: str | None) -> Shown:
    """The members that fields_set asks for; all of them if it is not given."""
    if fields_set is None:
        return shown
    call.rule("fields-set-filters-reply")
    wanted = wire.fields(fields_set)
    return {name: value for name, value in shown.items() if name in wanted}


def listed(call: Call, state: CrmComState) -> list[Payment]:
    """The payments of an account that a call asks for, the oldest first.

    Raises:
        NotFound, NotAllowed: an identifier names nothing, or more than one record.
    """
    query = call.query
    account = identifiers.named(
        state.accounts_receivable, identifiers.unpacked(query["accounts_receivable_identifier"]), "accounts receivable"
    )
    call.rule("payments-of-the-account")
    wanted = {
        "type": _wanted(state.types, query.get("type_identifier"), "type"),
        "category": _wanted(state.categories, query.get("category_identifier"), "category"),
        "payment_method": _wanted(state.payment_methods, query.get("payment_method_identifier"), "payment method"),
    }
    narrowing = {name: key for name, key in wanted.items() if key is not None}
    start, size = query.get("offset") or 0, query.get("number_of_results") or RESULTS
    if start or query.get("number_of_results"):
        call.rule("a-part-of-the-list")
    if not narrowing:
        return state.payments.page("accounts_receivable", account.id, start, size)
    found = [
        one
        for one in state.payments.all("accounts_receivable", account.id)
        if all(getattr(one, name) == key for name, key in narrowing.items())
    ]
    return found[start : start + size]


def _wanted(table: Any, packed: str | None, what: str) -> str | None:
    """The id of what an optional packed identifier names."""
    return identifiers.id_of(table, None if packed is None else identifiers.unpacked(packed), what)
