"""Conversion between invoices and Invoiless's JSON. Amounts are numbers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.money import round_half_up, strip_zeros
from paysandbox.providers.invoiless.records import Customer, Invoice, Item
from paysandbox.providers.invoiless.rules import RequestedInvoice, RequestedItem, RequestedSending, is_overdue
from paysandbox.providers.invoiless.wire.customers import read_billed_customer, write_billed_customer
from paysandbox.providers.invoiless.wire.times import read_day, write_date, write_time

_KEPT: Final = ("unit", "sku", "tax", "taxes", "discount")


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
        "customer": write_billed_customer(invoice.customer, customer),
        "scope": invoice.scope,
        "currency": invoice.currency,
        "items": [_write_item(item) for item in invoice.items],
        "subTotal": strip_zeros(net_total - invoice.adjustment),
        "netTotal": strip_zeros(net_total),
        "tax": strip_zeros(invoice.tax),
        "total": strip_zeros(invoice.total),
        "balance": strip_zeros(invoice.balance),
        "date": write_date(invoice.date),
        "dueDate": write_date(invoice.due_date),
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


def read_invoice(body: Mapping[str, Any]) -> RequestedInvoice:
    """Read a new invoice; null, an empty string and a missing property mean the default."""
    return RequestedInvoice(
        customer=read_billed_customer(body["customer"]),
        items=tuple(_read_item(item) for item in body["items"]),
        number=body.get("number") or None,
        date=read_day(body.get("date"))[0],
        due_date=read_day(body.get("dueDate"))[0],
        currency=body.get("currency") or None,
        status=body.get("status") or None,
        is_retainer=body.get("isRetainer"),
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


def read_invoice_update(invoice: Invoice, body: Mapping[str, Any]) -> RequestedInvoice:
    """Read a part of an invoice (PATCH): a missing property stays, null or an empty string clears."""
    written = write_invoice(invoice, None, invoice.date)
    return read_invoice({**written, "customer": invoice.customer, **body})


def read_sending(body: Mapping[str, Any]) -> RequestedSending:
    """Read what is to be sent; null, an empty string and a missing property mean the default."""
    date, time = read_day(body.get("date"))
    return RequestedSending(
        email=body.get("email") or None,
        subject=body.get("subject") or None,
        body=body.get("body") or None,
        date=date,
        time=time,
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
