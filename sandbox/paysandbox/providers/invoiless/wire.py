"""Conversion between Invoiless's JSON and records.

Dates are written `YYYY-MM-DD`, times in UTC with milliseconds, amounts as numbers.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.money import round_half_up, strip_zeros
from paysandbox.providers.invoiless.records import Customer, Invoice, Item, Payment
from paysandbox.providers.invoiless.rules import (
    NewCustomer,
    RequestedInvoice,
    RequestedItem,
    RequestedPayment,
    count_pages,
    is_overdue,
)

_KEPT: Final = ("unit", "sku", "tax", "taxes", "discount")
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


def write_invoice(invoice: Invoice, customer: Customer | None, today: date) -> dict[str, Any]:
    """Write an invoice with its customer. Source: public clients of the service, and a house decision."""
    net_total = invoice.total if invoice.tax_included else invoice.total - invoice.tax
    return {
        "id": invoice.id,
        "_id": invoice.id,
        "__v": 0,
        "kind": "Invoice",
        "url": f"https://invoiless.com/i/{invoice.id}",
        "number": invoice.number,
        "status": invoice.status,
        "isRetainer": invoice.is_retainer,
        "customer": _write_customer(invoice.customer, customer),
        "scope": invoice.scope,
        "currency": invoice.currency,
        "items": [_write_item(item) for item in invoice.items],
        "subTotal": strip_zeros(net_total - invoice.adjustment),
        "netTotal": strip_zeros(net_total),
        "tax": strip_zeros(invoice.tax),
        "total": strip_zeros(invoice.total),
        "balance": strip_zeros(invoice.balance),
        "date": _write_date(invoice.date),
        "dueDate": _write_date(invoice.due_date),
        "isOverdue": is_overdue(invoice, today),
        "overdueAlertSent": invoice.overdue_alert_sent,
        "lang": invoice.lang,
        "terms": invoice.terms,
        "notes": invoice.notes,
        "tags": list(invoice.tags),
        "taxIncluded": invoice.tax_included,
        "shipTo": invoice.ship_to,
        "createdAt": write_time(invoice.created_at),
        **_write_given(invoice),
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
    """Read a new invoice; null, an empty string and a missing property mean the default."""
    return RequestedInvoice(
        customer=_read_customer(body["customer"]),
        items=tuple(_read_item(item) for item in body["items"]),
        number=body.get("number") or None,
        date=_read_day(body.get("date"))[0],
        due_date=_read_day(body.get("dueDate"))[0],
        currency=body.get("currency") or None,
        status=body.get("status") or None,
        is_retainer=body.get("isRetainer") or False,
        lang=body.get("lang") or "en",
        terms=body.get("terms") or None,
        notes=body.get("notes") or None,
        tags=tuple(body.get("tags") or ()),
        tax_included=body.get("taxIncluded") or False,
        ship_to=body.get("shipTo") or False,
        slug=body.get("slug") or None,
        header=body.get("header") or None,
        discount=_read_discount(body.get("discount")),
        extra_charges=body.get("extraCharges"),
        extra_fields=tuple(body.get("extraFields") or ()),
        taxes=tuple(body.get("taxes") or ()),
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
    address = {name: text for name, text in value["billTo"].items() if text}
    person = f"{address.get('firstName', '')} {address.get('lastName', '')}"
    name, email = address.pop("name", None), address.pop("email", None)
    return NewCustomer(
        internal_id=value.get("internalId") or None,
        name=name or address.get("company") or person,
        email=email,
        bill_to=address,
        ship_to={name: text for name, text in (value.get("shipTo") or {}).items() if text},
    )


def _read_discount(value: Any) -> dict[str, Any] | Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) else value


def _read_item(value: Mapping[str, Any]) -> RequestedItem:
    quantity = value.get("quantity")
    return RequestedItem(
        name=value["name"],
        description=value.get("description") or None,
        quantity=Decimal(1) if quantity is None else Decimal(quantity),
        price=round_half_up(value["price"]),
        kept={name: kept for name in _KEPT if (kept := value.get(name)) is not None and kept != ""},
    )


def _write_item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "_id": item.id,
        "name": item.name,
        "description": item.description,
        "quantity": strip_zeros(item.quantity),
        "price": strip_zeros(item.price),
        **item.kept,
    }


def _write_customer(customer_id: str, customer: Customer | None) -> dict[str, Any]:
    if customer is None:
        bill_to: dict[str, Any] = {"name": None, "shortName": None, "email": None}
        return {"id": customer_id, "_id": customer_id, "email": None, "billTo": bill_to}
    initials = "".join(word[0] for word in customer.name.split()[:2])
    bill_to = {"name": customer.name, "shortName": initials, "email": customer.email, **customer.bill_to}
    written = {"id": customer_id, "_id": customer_id, "email": customer.email, "billTo": bill_to}
    return {**written, "shipTo": customer.ship_to} if customer.ship_to else written


def _write_given(invoice: Invoice) -> dict[str, Any]:
    """Write what is answered only where it was given."""
    discount = invoice.discount
    given = {
        "slug": invoice.slug,
        "header": invoice.header,
        "discount": strip_zeros(discount) if isinstance(discount, Decimal) else discount,
        "extraCharges": invoice.extra_charges,
        "extraFields": list(invoice.extra_fields) or None,
        "taxes": list(invoice.taxes) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _write_date(day: date) -> str:
    """Write a date as the time at which it begins in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def _read_amount(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else round_half_up(value)


def _write_paid_at(payment: Payment) -> str:
    if payment.paid_time is None:
        return payment.paid_at.isoformat()
    return write_time(datetime.combine(payment.paid_at, payment.paid_time, UTC))


def _read_day(text: str | None) -> tuple[date | None, time | None]:
    """Read a day alone, or a moment as its day and its time of day in UTC, to the millisecond."""
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
    return utc.date(), utc.time()
