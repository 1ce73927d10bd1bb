"""Invisible Collector's JSON, to records and back. Members that were not given are left out of an answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Debt, Item, Line, Note, Payment


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
        currency=body.get("currency"),
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


def read_debt(body: Mapping[str, Any], company: str) -> Debt:
    """The debt that a checked body describes, its id still empty."""
    net, tax, gross = (_amount(body.get(name)) for name in ("netTotal", "tax", "grossTotal"))
    return Debt(
        id="",
        company=company,
        number=body["number"],
        customer_id=body["customerId"],
        type=body["type"],
        status=body.get("status") or "PENDING",
        date=body["date"],
        due_date=body["dueDate"],
        net_total=net,
        tax=tax,
        gross_total=gross if gross is not None else (net or ZERO) + (tax or ZERO),
        currency=body.get("currency"),
        items=tuple(_item(item) for item in body.get("items") or ()),
        attributes=body.get("attributes") or {},
    )


def debt(held: Debt) -> dict[str, Any]:
    """A debt as it is answered."""
    return _given(
        {
            "id": held.id,
            "number": held.number,
            "customerId": held.customer_id,
            "type": held.type,
            "status": held.status,
            "date": held.date,
            "dueDate": held.due_date,
            "netTotal": held.net_total,
            "tax": held.tax,
            "grossTotal": held.gross_total,
            "currency": held.currency,
            "paidTotal": held.paid_total,
            "debitTotal": held.debit_total,
            "creditTotal": held.credit_total,
            "paidAt": held.paid_at,
            "items": [_shown(item) for item in held.items] or None,
            "attributes": held.attributes or None,
        }
    )


def read_note(body: Mapping[str, Any], debt: Debt) -> Note:
    """The note for a debt that a checked body describes, its id still empty."""
    return Note(
        id="",
        company=debt.company,
        number=body["number"],
        debt=debt.id,
        date=body["date"],
        gross_total=_amount(body.get("grossTotal")) or ZERO,
        description=body.get("description"),
    )


def note(held: Note) -> dict[str, Any]:
    """A credit or debit note as it is answered."""
    return _given(
        {
            "number": held.number,
            "description": held.description,
            "date": held.date,
            "grossTotal": held.gross_total,
            "status": held.status,
        }
    )


def _item(body: Mapping[str, Any]) -> Item:
    return Item(
        name=body["name"],
        description=body.get("description"),
        quantity=_amount(body.get("quantity")),
        vat=_amount(body.get("vat")),
        price=_amount(body.get("price")),
    )


def _shown(item: Item) -> dict[str, Any]:
    return _given(
        {
            "name": item.name,
            "description": item.description,
            "quantity": item.quantity,
            "vat": item.vat,
            "price": item.price,
        }
    )


def _amount(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
