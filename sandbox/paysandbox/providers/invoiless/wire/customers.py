"""Conversion between customers and Invoiless's JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from paysandbox.providers.invoiless.records import Customer
from paysandbox.providers.invoiless.rules import RequestedCustomer, choose_name
from paysandbox.providers.invoiless.wire.times import write_time


def write_customer(customer: Customer) -> dict[str, Any]:
    """Write a customer. Source: public clients of the service; what was not given is left out."""
    given = {
        "shipTo": customer.ship_to,
        "cc": list(customer.cc),
        "bcc": list(customer.bcc),
        "currency": customer.currency,
        "lang": customer.lang,
        "dateFormat": customer.date_format,
        "tags": list(customer.tags),
    }
    return {
        "id": customer.id,
        "_id": customer.id,
        "__v": 0,
        "billTo": {**_write_address(customer), "name": customer.name, "shortName": _write_initials(customer)},
        "email": customer.email,
        "attachPdf": customer.attach_pdf,
        "isArchived": False,
        "notes": customer.notes or "",
        "createdAt": write_time(customer.created_at or _read_time_of(customer.id)),
        **{name: value for name, value in given.items() if value},
    }


def write_billed_customer(customer_id: str, customer: Customer | None) -> dict[str, Any]:
    """Write the customer of an invoice; all but the ids is unknown if the control plane has deleted the record."""
    if customer is None:
        bill_to: dict[str, Any] = {"name": None, "shortName": None, "email": None}
        return {"id": customer_id, "_id": customer_id, "email": None, "billTo": bill_to}
    bill_to = {
        "name": customer.name,
        "shortName": _write_initials(customer),
        "email": customer.email,
        **customer.bill_to,
    }
    written = {"id": customer_id, "_id": customer_id, "email": customer.email, "billTo": bill_to}
    return {**written, "shipTo": customer.ship_to} if customer.ship_to else written


def read_customer(body: Mapping[str, Any]) -> RequestedCustomer:
    """Read a whole customer (POST, PUT); null, an empty string and a missing property mean none.

    The name is the given one, or else the company's or the person's.
    """
    address = _read_address(body.get("billTo"))
    name, email = address.pop("name", None), address.pop("email", None)
    return RequestedCustomer(
        id=body.get("id") or None,
        internal_id=body.get("internalId") or None,
        name=name or choose_name(address),
        email=email,
        bill_to=address,
        ship_to=_read_address(body.get("shipTo")),
        cc=tuple(body.get("cc") or ()),
        bcc=tuple(body.get("bcc") or ()),
        currency=body.get("currency") or None,
        lang=body.get("lang") or None,
        date_format=body.get("dateFormat") or None,
        attach_pdf=body.get("attachPdf") or False,
        notes=body.get("notes") or None,
        tags=tuple(body.get("tags") or ()),
    )


def read_customer_update(customer: Customer, body: Mapping[str, Any]) -> RequestedCustomer:
    """Read a part of a customer (PATCH): a missing property stays, in billTo too; null or an empty string clears."""
    written = write_customer(customer)
    kept = _write_address(customer)
    if customer.name != choose_name(kept):
        kept["name"] = customer.name
    return read_customer({**written, **body, "billTo": {**kept, **body.get("billTo", {})}})


def read_billed_customer(value: str | Mapping[str, Any]) -> str | RequestedCustomer:
    """Read the customer of a new invoice: an id, or a described customer."""
    return value if isinstance(value, str) else read_customer(value)


def _read_address(value: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: text for name, text in (value or {}).items() if text}


def _write_address(customer: Customer) -> dict[str, Any]:
    """Write the given properties of the billing address; a name alone is a company's."""
    given = customer.bill_to if choose_name(customer.bill_to) else {"company": customer.name, **customer.bill_to}
    return {**given, "email": customer.email}


def _write_initials(customer: Customer) -> str:
    return "".join(word[0] for word in customer.name.split()[:2])


def _read_time_of(customer_id: str) -> datetime:
    """Read the time at which a record was created from its id, whose first eight digits are the seconds since 1970."""
    return datetime.fromtimestamp(int(customer_id[:8], 16), UTC)
