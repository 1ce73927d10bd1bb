"""Records in CRM.COM's JSON: the envelope, date-times without a zone, the payment with its referred objects."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.money import plain
from paysandbox.providers.crm_com import releases
from paysandbox.providers.crm_com.catalogue import Currency, CurrencyRatePeriod
from paysandbox.providers.crm_com.records import Invoice, Payment, PaymentCancellation
from paysandbox.store.state import Record

_USER_DEFINED: Final = (
    *(f"udf_string_{number}" for number in range(1, 9)),
    *(f"udf_float_{number}" for number in range(1, 5)),
    *(f"udf_date_{number}" for number in range(1, 5)),
)


def carried_out(data: Any, variants: Mapping[str, str]) -> dict[str, Any]:
    """The envelope of a call that was carried out. Source: the examples, where the texts are empty, or null in one."""
    text = None if variants.get("empty_status_text") == "null_text" else ""
    return {"status": {"code": "OK", "description": text, "message": text}, "data": data}


def refused(code: str, description: str, message: str) -> dict[str, Any]:
    """The envelope of a call that was not carried out: no data. Source: house decision."""
    return {"status": {"code": code, "description": description, "message": message}}


def date_time(moment: dt.datetime) -> str:
    """A moment in UTC to the second: `2014-07-14T16:49:11`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def fields(fields_set: str) -> frozenset[str]:
    """The names in a fields_set: `number, id` and `number,id` are the same two."""
    return frozenset(name.strip() for name in fields_set.split(","))


def user_defined(body: Mapping[str, Any]) -> dict[str, Any]:
    """The user-defined fields of a request: texts and date-times as they are, numbers as `Decimal`."""
    given = {name: value for name, value in body.items() if name.startswith("udf_")}
    return {name: Decimal(value) if isinstance(value, int) else value for name, value in given.items()}


def payment_cancellation(record: PaymentCancellation | Payment) -> dict[str, Any]:
    """All members of a payment cancellation, and what a payment has of them. Source: payments/cancel."""
    shown: dict[str, Any] = {
        "id": record.id,
        "number": record.number,
        "reference_number": record.reference_number,
        "life_cycle_state": record.life_cycle_state,
        "issued_on": record.issued_on,
        "posted_on": record.posted_on,
        "payment_amount": plain(record.payment_amount),
    }
    if record.processed_by_payment_gateway is not None:
        shown["processed_by_payment_gateway"] = record.processed_by_payment_gateway
        shown["payment_gateway_reference_number"] = record.payment_gateway_reference_number
    return shown


def payment(record: Payment, rate: tuple[CurrencyRatePeriod, Currency] | None, release: str) -> dict[str, Any]:
    """All members of a payment that a release knows. `rate` is the currency rate period that the record names."""
    shown = payment_cancellation(record)
    if releases.knows(release, releases.RATE_PERIODS):
        shown["currency_rate_period"] = _currency_rate_period(*rate, release) if rate else None
    return shown


def said_of_payment(record: Payment, release: str) -> dict[str, Any]:
    """What whoever made a payment said of it; what was not said is null. Source: payments/show."""
    shown: dict[str, Any] = {"received_on": record.received_on, "notes": record.notes}
    if releases.knows(release, releases.BACK_OFFICE_CODES):
        shown["back_office_code"] = record.back_office_code
    for name in _USER_DEFINED:
        value = getattr(record, name)
        shown[name] = plain(value) if isinstance(value, Decimal) else value
    return shown


def invoice(record: Invoice) -> dict[str, Any]:
    """An invoice as it stands in the invoices_to_pay_set of a payment. Source: payments/show."""
    return {
        "id": record.id,
        "number": record.number,
        "reference_number": record.reference_number,
        "life_cycle_state": record.life_cycle_state,
        "issued_on": record.issued_on,
        "posted_on": record.posted_on,
        "due_on": record.due_on,
        "total_amount": plain(record.total_amount),
        "outstanding_amount": plain(record.outstanding_amount),
    }


def reference(record: Record | None, *members: str) -> dict[str, Any] | None:
    """A record that another one refers to, by some of its members; null where there is none."""
    return None if record is None else {member: getattr(record, member) for member in members}


def _currency_rate_period(period: CurrencyRatePeriod, of: Currency, release: str) -> dict[str, Any]:
    return {
        "id": period.id,
        "rate": plain(period.rate),
        "inverse_rate": plain(period.inverse_rate),
        "from_date": period.from_date,
        "to_date": period.to_date,
        "currency": _currency(of, release),
    }


def _currency(record: Currency, release: str) -> dict[str, Any]:
    shown = {
        "id": record.id,
        "code": record.code,
        "prefix_symbol": record.prefix_symbol,
        "suffix_symbol": record.suffix_symbol,
        "life_cycle_state": record.life_cycle_state,
        "integer_part_name": record.integer_part_name,
        "decimal_part_name": record.decimal_part_name,
    }
    if not releases.knows(release, releases.CURRENCY_STATES):
        del shown["life_cycle_state"]
    return shown
