"""Between this API's JSON and records: days as `YYYY-MM-DD`, moments in UTC with milliseconds, amounts as numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from paysandbox.core.money import plain, round_half_up
from paysandbox.providers.invoiless.records import Customer, Invoice, Item, Payment
from paysandbox.providers.invoiless.rules import InvoiceTerms, NewCustomer, Terms


def payment(record: Payment) -> dict[str, Any]:
    """A payment as answered. Source: house decision, the page shows none."""
    return {
        "id": record.id,
        "invoice": record.invoice,
        "amount": plain(record.amount),
        "method": record.method,
        "paidAt": record.paid_at.isoformat(),
        "notes": record.notes,
        "createdAt": moment(record.created_at),
        "updatedAt": moment(record.updated_at),
    }


def invoice(record: Invoice, customer: Customer | None) -> dict[str, Any]:
    """An invoice as answered, with its customer in it. Source: clients of the live service, and a house decision."""
    email = customer.email if customer else None
    return {
        "id": record.id,
        "url": f"https://invoiless.com/i/{record.id}",
        "number": record.number,
        "status": record.status,
        "isRetainer": record.is_retainer,
        "customer": {
            "id": record.customer,
            "email": email,
            "billTo": {"name": customer.name if customer else None, "email": email},
        },
        "scope": record.scope,
        "currency": record.currency,
        "items": [_item(one) for one in record.items],
        "total": plain(record.total),
        "balance": plain(record.balance),
        "date": _midnight(record.date),
        "dueDate": _midnight(record.due_date),
        "lang": record.lang,
        "terms": record.terms,
        "notes": record.notes,
        "tags": list(record.tags),
        "taxIncluded": record.tax_included,
        "createdAt": moment(record.created_at),
    }


def listed(docs: Sequence[dict[str, Any]], page: int, pages: int, envelope: str) -> Any:
    """One page of a list, in the envelope that the variant `list_envelope` names. Source: clients of the service."""
    return list(docs) if envelope == "array" else {"docs": list(docs), "page": page, "pages": pages}


def deleted() -> dict[str, Any]:
    """What a deletion answers. Source: clients of the live service; the words are a house decision."""
    return {"message": "The payment has been deleted."}


def moment(at: datetime) -> str:
    """`2024-01-15T11:50:22.000Z`: UTC, milliseconds, the rest cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def terms(body: Mapping[str, Any]) -> Terms:
    """What a whole payment of a request (create, PUT) asks for; null, an empty string and absence are the default."""
    return Terms(
        amount=_amount(body.get("amount")),
        method=body["method"],
        paid_at=_day(body.get("paidAt")),
        notes=body.get("notes") or None,
        notify=body.get("sendNotification") or False,
    )


def invoice_terms(body: Mapping[str, Any]) -> InvoiceTerms:
    """What a new invoice of a request asks for; null and absence are the default."""
    return InvoiceTerms(
        customer=_customer(body["customer"]),
        items=tuple(_new_item(one) for one in body["items"]),
        number=body.get("number"),
        date=_day(body.get("date")),
        due_date=_day(body.get("dueDate")),
        currency=body.get("currency"),
        status=body.get("status") or "Unpaid",
        is_retainer=body.get("isRetainer") or False,
        lang=body.get("lang") or "en",
        terms=body.get("terms") or None,
        notes=body.get("notes") or None,
        tags=tuple(body.get("tags") or ()),
        tax_included=body.get("taxIncluded") or False,
    )


def changed_terms(record: Payment, body: Mapping[str, Any]) -> Terms:
    """What a part of a payment (PATCH) asks for: what it does not name stays, null or an empty string clears."""
    kept = {
        "amount": record.amount,
        "method": record.method,
        "paidAt": record.paid_at.isoformat(),
        "notes": record.notes,
    }
    return terms({**kept, **body})


def _customer(value: str | Mapping[str, Any]) -> str | NewCustomer:
    """An id, or the customer that is described; a company goes before a person in it."""
    if isinstance(value, str):
        return value
    address = value["billTo"]
    name = address.get("company") or f"{address['firstName']} {address['lastName']}"
    return NewCustomer(internal_id=value.get("internalId"), name=name, email=address.get("email"))


def _new_item(value: Mapping[str, Any]) -> Item:
    quantity = value.get("quantity")
    return Item(
        name=value["name"],
        description=value.get("description") or None,
        quantity=Decimal(1) if quantity is None else Decimal(quantity),
        price=round_half_up(value["price"]),
    )


def _item(record: Item) -> dict[str, Any]:
    return {
        "name": record.name,
        "description": record.description,
        "quantity": plain(record.quantity),
        "price": plain(record.price),
    }


def _midnight(day: date) -> str:
    """The moment at which a day begins in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def _amount(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else round_half_up(value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
