"""Records in CRM.COM's JSON: the envelope, date-times without a zone, the payment with its referred objects."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.money import plain
from sandbox.providers.crm_com import releases
from sandbox.providers.crm_com.catalogue import Currency, CurrencyRatePeriod
from sandbox.providers.crm_com.records import Payment


def carried_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope of a call that was carried out. Source: examples 2 and 3, where the texts are empty."""
    return {"status": {"code": "OK", "description": "", "message": ""}, "data": data}


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


def payment(record: Payment, rate: tuple[CurrencyRatePeriod, Currency] | None, release: str) -> dict[str, Any]:
    """All members of a payment that a release knows. `rate` is the currency rate period that the record names."""
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
    if releases.knows(release, releases.RATE_PERIODS):
        shown["currency_rate_period"] = _currency_rate_period(*rate, release) if rate else None
    return shown


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
