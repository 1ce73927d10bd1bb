"""Conversion between payments and Invoiless's JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from paysandbox.core.money import round_half_up, strip_zeros
from paysandbox.providers.invoiless.records import Payment
from paysandbox.providers.invoiless.rules import RequestedPayment
from paysandbox.providers.invoiless.wire.times import read_day, write_time


def write_payment(payment: Payment) -> dict[str, Any]:
    """Write a payment. Source: house decision, because the vendor's page shows no response."""
    return {
        "id": payment.id,
        "invoice": payment.invoice,
        "amount": strip_zeros(payment.amount),
        "method": payment.method,
        "paidAt": _write_paid_at(payment),
        "notes": payment.notes,
        "createdAt": write_time(payment.created_at),
        "updatedAt": write_time(payment.updated_at),
    }


def read_payment(body: Mapping[str, Any]) -> RequestedPayment:
    """Read a whole payment (POST, PUT); null, an empty string and a missing property mean the default."""
    paid_at, paid_time = read_day(body.get("paidAt"))
    return RequestedPayment(
        amount=_read_amount(body.get("amount")),
        method=body["method"],
        paid_at=paid_at,
        paid_time=paid_time,
        notes=body.get("notes") or None,
        notify=body.get("sendNotification") or False,
    )


def read_payment_update(payment: Payment, body: Mapping[str, Any]) -> RequestedPayment:
    """Read a part of a payment (PATCH): a missing property stays, null or an empty string clears."""
    kept = {
        "amount": payment.amount,
        "method": payment.method,
        "paidAt": _write_paid_at(payment),
        "notes": payment.notes,
    }
    return read_payment({**kept, **body})


def _write_paid_at(payment: Payment) -> str:
    if payment.paid_time is None:
        return payment.paid_at.isoformat()
    return write_time(datetime.combine(payment.paid_at, payment.paid_time, UTC))


def _read_amount(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else round_half_up(value)
