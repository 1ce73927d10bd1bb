"""Invisible Collector's JSON, to records and back. Members that were not given are left out of an answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.providers.invisible_collector.records import Line, Payment


def read_payment(body: Mapping[str, Any], company: str) -> Payment:
    """The payment that a checked body describes, its gid still empty. A null is a member that is not given."""
    return Payment(
        gid="",
        company=company,
        number=body["number"],
        external_id=body.get("externalId"),
        status=body.get("status") or "FINAL",
        type=body["type"],
        date=body["date"],
        net_total=_amount(body.get("netTotal")),
        tax=_amount(body.get("tax")),
        gross_total=_amount(body.get("grossTotal")),
        currency=body["currency"],
        lines=tuple(
            Line(number=line["number"], reference_number=line.get("referenceNumber"), amount=Decimal(line["amount"]))
            for line in body["lines"]
        ),
    )


def payment(held: Payment) -> dict[str, Any]:
    """A registered payment as it is answered."""
    return _given(
        {
            "number": held.number,
            "externalId": held.external_id,
            "status": held.status,
            "type": held.type,
            "date": held.date,
            "netTotal": held.net_total,
            "tax": held.tax,
            "grossTotal": held.gross_total,
            "currency": held.currency,
            "lines": [
                _given({"number": line.number, "referenceNumber": line.reference_number, "amount": line.amount})
                for line in held.lines
            ],
        }
    )


def _amount(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
