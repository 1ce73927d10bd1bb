"""Conversion between Invoiless's JSON and records.

Dates are written `YYYY-MM-DD`, times in UTC with milliseconds, amounts as numbers.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.money import round_half_up, strip_zeros
from paysandbox.providers.invoiless.records import Customer, Invoice, Item, Payment
from paysandbox.providers.invoiless.rules import NewCustomer, RequestedInvoice, RequestedPayment, count_pages

_DAY_LENGTH: Final = len("2024-01-15")
# A zone is less than a day from UTC, so between these a moment stays within the years 1000 to 9999.
_FIRST: Final = datetime(1000, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)


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


def write_invoice(invoice: Invoice, customer: Customer | None) -> dict[str, Any]:
    """Write an invoice with its customer. Source: public clients of the service, and a house decision."""
    email = customer.email if customer else None
    return {
        "id": invoice.id,
        "url": f"https://invoiless.com/i/{invoice.id}",
        "number": invoice.number,
        "status": invoice.status,
        "isRetainer": invoice.is_retainer,
        "customer": {
            "id": invoice.customer,
            "email": email,
            "billTo": {"name": customer.name if customer else None, "email": email},
        },
        "scope": invoice.scope,
        "currency": invoice.currency,
        "items": [_write_item(item) for item in invoice.items],
        "total": strip_zeros(invoice.total),
        "balance": strip_zeros(invoice.balance),
        "date": _write_date(invoice.date),
        "dueDate": _write_date(invoice.due_date),
        "lang": invoice.lang,
        "terms": invoice.terms,
        "notes": invoice.notes,
        "tags": list(invoice.tags),
        "taxIncluded": invoice.tax_included,
        "createdAt": write_time(invoice.created_at),
    }


def write_list(docs: Sequence[dict[str, Any]], page: int, limit: int, total: int, envelope: str) -> Any:
    """Write a page of a list, in the envelope of the variant `list_envelope`. Source: public clients of the service."""
    if envelope == "array":
        return list(docs)
    return {"docs": list(docs), "page": page, "pages": count_pages(total, limit), "total": total, "limit": limit}


def write_deletion() -> dict[str, Any]:
    """Write the reply to a deletion. Source: public clients of the service; the text is a house decision."""
    return {"message": "The payment has been deleted."}


def write_time(time: datetime) -> str:
    """Write a time in UTC, truncated to milliseconds: `2024-01-15T11:50:22.000Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_payment(body: Mapping[str, Any]) -> RequestedPayment:
    """Read a whole payment (POST, PUT); null, an empty string and a missing property mean the default."""
    paid_at, paid_time = _read_day(body.get("paidAt"))
    return RequestedPayment(
        amount=_read_amount(body.get("amount")),
        method=body["method"],
        paid_at=paid_at,
        paid_time=paid_time,
        notes=body.get("notes") or None,
        notify=body.get("sendNotification") or False,
    )


def read_invoice(body: Mapping[str, Any]) -> RequestedInvoice:
    """Read a new invoice; null and a missing property mean the default."""
    return RequestedInvoice(
        customer=_read_customer(body["customer"]),
        items=tuple(_read_item(item) for item in body["items"]),
        number=body.get("number"),
        date=_read_day(body.get("date"))[0],
        due_date=_read_day(body.get("dueDate"))[0],
        currency=body.get("currency"),
        status=body.get("status"),
        is_retainer=body.get("isRetainer") or False,
        lang=body.get("lang") or "en",
        terms=body.get("terms") or None,
        notes=body.get("notes") or None,
        tags=tuple(body.get("tags") or ()),
        tax_included=body.get("taxIncluded") or False,
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


def _read_customer(value: str | Mapping[str, Any]) -> str | NewCustomer:
    """Read an id, or a described customer, whose name is the company's, or else the person's."""
    if isinstance(value, str):
        return value
    address = value["billTo"]
    name = address.get("company") or f"{address['firstName']} {address['lastName']}"
    return NewCustomer(internal_id=value.get("internalId"), name=name, email=address.get("email"))


def _read_item(value: Mapping[str, Any]) -> Item:
    quantity = value.get("quantity")
    return Item(
        name=value["name"],
        description=value.get("description") or None,
        quantity=Decimal(1) if quantity is None else Decimal(quantity),
        price=round_half_up(value["price"]),
    )


def _write_item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "description": item.description,
        "quantity": strip_zeros(item.quantity),
        "price": strip_zeros(item.price),
    }


def _write_date(day: date) -> str:
    """Write a date as the time at which it begins in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def _read_amount(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else round_half_up(value)


def _write_paid_at(payment: Payment) -> str:
    return payment.paid_at.isoformat() if payment.paid_time is None else write_time(payment.paid_time)


def _read_day(text: str | None) -> tuple[date | None, datetime | None]:
    """Read a day, or a moment to the millisecond and the day that it has in UTC."""
    if not text:
        return None, None
    if len(text) == _DAY_LENGTH:
        return date.fromisoformat(text), None
    # Digits beyond the microsecond are dropped, as those beyond the millisecond are: a reply shows no more.
    moment = datetime.fromisoformat(text)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    # In UTC a moment of the first or the last day would have a year that no request can name: it keeps its own day.
    local = moment.replace(tzinfo=UTC)
    utc = moment.astimezone(UTC) if _FIRST <= local <= _LAST else local
    return utc.date(), utc
