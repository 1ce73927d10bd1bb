"""Conversion between CRM.COM's JSON and records: envelopes, date-times, payments, invoices.

Date-times are UTC to the second, without a zone: `2014-07-14T16:49:11`. Amounts are numbers in decimal major units.
Properties that a release does not have yet are left out.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.money import strip_zeros
from paysandbox.providers.crm_com.records.catalogue import (
    AccountsReceivable,
    Currency,
    CurrencyRatePeriod,
    PaymentPreference,
    Type,
    TypePaymentMethod,
    Wallet,
)
from paysandbox.providers.crm_com.records.payments import Payment, PaymentCancellation
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice
from paysandbox.providers.crm_com.rules import balances, releases
from paysandbox.store.state import Record

_FRACTION: Final = re.compile(r"\.[0-9]+")
# A zone is at most 14 hours from UTC, so between these a time stays within the years 1000 to 9999.
_FIRST: Final = dt.datetime(1000, 1, 2)  # noqa: DTZ001 - compared with local times
_LAST: Final = dt.datetime(9999, 12, 31)  # noqa: DTZ001 - as above
_USER_DEFINED: Final = (
    *(f"udf_string_{number}" for number in range(1, 9)),
    *(f"udf_float_{number}" for number in range(1, 5)),
    *(f"udf_date_{number}" for number in range(1, 5)),
)


def write_success(data: Any, variants: Mapping[str, str]) -> dict[str, Any]:
    """Write the envelope of a success.

    Source: the examples of the vendor's pages, whose texts are empty, or null under the variant `empty_status_text`.
    """
    text = None if variants.get("empty_status_text") == "null_text" else ""
    return {"status": {"code": "OK", "description": text, "message": text}, "data": data}


def write_refusal(code: str, description: str, message: str) -> dict[str, Any]:
    """Write the envelope of a refusal, which has no data. Source: house decision."""
    return {"status": {"code": code, "description": description, "message": message}}


def write_date_time(time: dt.datetime) -> str:
    """Write a time in UTC to the second: `2014-07-14T16:49:11`."""
    return time.replace(tzinfo=None).isoformat(timespec="seconds")


def read_date_time(text: str) -> str:
    """Read a date in one of the accepted forms: a day, or a time with or without a fraction of a second and a zone.

    A zone that leads out of the years 1000 to 9999 is dropped.
    """
    time = dt.datetime.fromisoformat(_FRACTION.sub("", text))
    if time.tzinfo is not None:
        local = time.replace(tzinfo=None)
        time = time.astimezone(dt.UTC) if _FIRST <= local <= _LAST else local
    return write_date_time(time)


def read_fields_set(fields_set: str) -> frozenset[str]:
    """Read the names in a `fields_set`, separated by commas with or without spaces."""
    return frozenset(name.strip() for name in fields_set.split(","))


def read_user_defined(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read the user-defined fields of a body: strings and date-times unchanged, numbers as `Decimal`."""
    given = {name: value for name, value in body.items() if name.startswith("udf_")}
    return {name: Decimal(value) if isinstance(value, int) else value for name, value in given.items()}


def write_payment_cancellation(record: PaymentCancellation | Payment) -> dict[str, Any]:
    """Write a payment cancellation, or the properties that a payment shares with it. Source: POST payments/cancel."""
    properties: dict[str, Any] = {
        "id": record.id,
        "number": record.number,
        "reference_number": record.reference_number,
        "life_cycle_state": record.life_cycle_state,
        "issued_on": record.issued_on,
        "posted_on": record.posted_on,
        "payment_amount": strip_zeros(record.payment_amount),
    }
    if record.processed_by_payment_gateway is not None:
        properties["processed_by_payment_gateway"] = record.processed_by_payment_gateway
        properties["payment_gateway_reference_number"] = record.payment_gateway_reference_number
    return properties


def write_payment(state: CrmComState, payment: Payment) -> dict[str, Any]:
    """Write a payment as pay_invoice returns it. Source: POST payments/pay_invoice."""
    release = state.variants["release"]
    properties = write_payment_cancellation(payment)
    if releases.includes(release, releases.RATE_PERIODS):
        period = state.currency_rate_periods.get(payment.currency_rate_period)
        currency = state.currencies.get(period.currency) if period is not None else None
        properties["currency_rate_period"] = (
            _write_rate_period(period, currency, release) if period is not None and currency is not None else None
        )
    return properties


def write_full_payment(state: CrmComState, payment: Payment) -> dict[str, Any]:
    """Write a payment with its parameters and invoices; what was not given is null. Source: GET payments/show."""
    release = state.variants["release"]
    properties = write_payment(state, payment)
    properties["received_on"], properties["notes"] = payment.received_on, payment.notes
    if releases.includes(release, releases.BACK_OFFICE_CODES):
        properties["back_office_code"] = payment.back_office_code
    for name in _USER_DEFINED:
        value = getattr(payment, name)
        properties[name] = strip_zeros(value) if isinstance(value, Decimal) else value
    account = state.accounts_receivable.get(payment.accounts_receivable)
    method = state.payment_methods.get(payment.payment_method)
    unit = state.units.get(payment.received_by_unit)
    properties |= {
        "accounts_receivable": _write_reference(account, "id", "number", "name"),
        "type": _write_reference(state.types.get(payment.type), "id", "name", "alternative_code"),
        "category": _write_reference(state.categories.get(payment.category), "id", "name", "code"),
        "payment_method": _write_reference(method, "id", "name", "alternative_code"),
        "received_by_user": _write_reference(state.users.get(payment.received_by_user), "id", "username"),
        "received_by_unit": _write_reference(unit, "id", "name", "alternative_code"),
        "invoices_to_pay_set": [_write_invoice_to_pay(invoice) for invoice in _find_paid_invoices(state, payment)],
    }
    if releases.includes(release, releases.WALLETS):
        properties["wallet"] = _write_reference(state.wallets.get(payment.wallet), "id", "number")
    return properties


def _find_paid_invoices(state: CrmComState, payment: Payment) -> list[Invoice]:
    """Return the invoice that the payment names, or those that it is allocated to, in the order of allocation."""
    named = payment.invoice or payment.intended_invoice
    allocated = [allocation.invoice for allocation in state.allocations.all("payment", payment.id)]
    found = [state.invoices.get(invoice_id) for invoice_id in dict.fromkeys([named, *allocated])]
    return [invoice for invoice in found if invoice is not None]


def write_invoice(state: CrmComState, invoice: Invoice) -> dict[str, Any]:
    """Write an invoice with its accounts receivable. Source: GET invoices/show."""
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    properties = _write_invoice_to_pay(invoice)
    properties["accounts_receivable"] = _write_reference(account, "id", "number", "name")
    if releases.includes(state.variants["release"], releases.BACK_OFFICE_CODES):
        properties["back_office_code"] = invoice.back_office_code
    return properties


def write_full_account(state: CrmComState, account: AccountsReceivable) -> dict[str, Any]:
    """Write an accounts receivable with its balance as of now. Source: GET accounts_receivable/show."""
    invoices = state.invoices.all("accounts_receivable", account.id)
    credits_left = state.credits.all("accounts_receivable", account.id)
    balance = balances.compute_balance(account, invoices, credits_left)
    overdue = balances.compute_overdue(invoices, credits_left, write_date_time(state.now()))
    limit, release = account.credit_limit, state.variants["release"]
    currency = state.currencies.get(account.currency)
    properties = {
        "id": account.id,
        "type": account.type,
        "number": account.number,
        "name": account.name,
        "description": account.description,
        "notes": account.notes,
        "balance": strip_zeros(balance),
        "outstanding_amount": strip_zeros(overdue),
        "credit_limit_status": "EXCEEDED" if limit is not None and balance > limit else "NOT_EXCEEDED",
        "credit_limit": None if limit is None else strip_zeros(limit),
        "life_cycle_state": account.life_cycle_state,
        "account_owner": _write_reference(state.contacts.get(account.owner), "id", "name"),
        "currency": _write_currency(currency, release) if currency is not None else None,
    }
    if releases.includes(release, releases.OPENING_BALANCES):
        properties["opening_balance"] = strip_zeros(account.opening_balance)
        properties["opening_balance_date"] = account.opening_balance_date
    return properties


def write_wallet(state: CrmComState, wallet: Wallet) -> dict[str, Any]:
    """Write a wallet with its balance. Source: GET wallets/show."""
    currency = state.currencies.get(wallet.currency)
    account = state.accounts_receivable.get(wallet.accounts_receivable)
    return {
        "id": wallet.id,
        "number": wallet.number,
        "balance": strip_zeros(wallet.unconditional_balance + wallet.conditional_balance),
        "life_cycle_state": "EFFECTIVE",
        "currency": _write_currency(currency, state.variants["release"]) if currency is not None else None,
        "accounts_receivable": _write_reference(account, "id", "number", "name"),
    }


def write_wallet_balance(wallet: Wallet) -> dict[str, Any]:
    """Write the balance of a wallet. Source: POST wallets/get_balance."""
    return {
        "id": wallet.id,
        "balance": strip_zeros(wallet.unconditional_balance + wallet.conditional_balance),
        "conditional_balance": strip_zeros(wallet.conditional_balance),
    }


def write_type(found: Type) -> dict[str, Any]:
    """Write a financial transaction type. Source: GET invoices/configuration/types/list."""
    names = ("id", "name", "alternative_code", "classification")
    return {name: getattr(found, name) for name in names}


def write_payment_preference(preference: PaymentPreference) -> dict[str, Any]:
    """Write a payment preference. Source: GET accounts_receivable/configuration/payment_preferences/list."""
    names = ("id", "name", "alternative_code", "type", "description", "default")
    return {name: getattr(preference, name) for name in names}


def write_allowed_method(state: CrmComState, allowed: TypePaymentMethod) -> dict[str, Any]:
    """Write a payment method of a type. Source: GET payments/configuration/payment_methods/list."""
    method = state.payment_methods.get(allowed.payment_method)
    return {
        "id": allowed.id,
        "default": allowed.default,
        "payment_method": _write_reference(method, "id", "name", "alternative_code", "description"),
    }


def _write_invoice_to_pay(invoice: Invoice) -> dict[str, Any]:
    """Write an invoice as in the invoices_to_pay_set of a payment. Source: GET payments/show."""
    return {
        "id": invoice.id,
        "number": invoice.number,
        "reference_number": invoice.reference_number,
        "life_cycle_state": invoice.life_cycle_state,
        "issued_on": invoice.issued_on,
        "posted_on": invoice.posted_on,
        "due_on": invoice.due_on,
        "total_amount": strip_zeros(invoice.total_amount),
        "outstanding_amount": strip_zeros(invoice.outstanding_amount),
    }


def _write_reference(record: Record | None, *names: str) -> dict[str, Any] | None:
    """Write these properties of a record that another record refers to; null without a record."""
    return None if record is None else {name: getattr(record, name) for name in names}


def _write_rate_period(period: CurrencyRatePeriod, currency: Currency, release: str) -> dict[str, Any]:
    return {
        "id": period.id,
        "rate": strip_zeros(period.rate),
        "inverse_rate": strip_zeros(period.inverse_rate),
        "from_date": period.from_date,
        "to_date": period.to_date,
        "currency": _write_currency(currency, release),
    }


def _write_currency(currency: Currency, release: str) -> dict[str, Any]:
    properties = {
        "id": currency.id,
        "code": currency.code,
        "prefix_symbol": currency.prefix_symbol,
        "suffix_symbol": currency.suffix_symbol,
        "life_cycle_state": currency.life_cycle_state,
        "integer_part_name": currency.integer_part_name,
        "decimal_part_name": currency.decimal_part_name,
    }
    if not releases.includes(release, releases.CURRENCY_STATES):
        del properties["life_cycle_state"]
    return properties
