"""Conversion between Invisible Collector's JSON and records. A reply leaves out the properties that were not given."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Company, Contact, Customer, Debt, Item, Line, Note, Payment

# Optional texts of a customer: the names on the wire, and the fields of the record.
_TEXTS_OF_CUSTOMERS: Final[Mapping[str, str]] = {
    "externalId": "external_id",
    "address": "address",
    "zipCode": "zip_code",
    "city": "city",
    "email": "email",
    "phone": "phone",
    "mobile": "mobile",
    "locale": "locale",
}
OPTIONAL_OF_CUSTOMERS: Final = (*_TEXTS_OF_CUSTOMERS, "contacts", "attributes")


def read_payment(body: Mapping[str, Any], company: str) -> Payment:
    """Read a payment from a validated body, its gid still empty. A null property counts as not given."""
    return Payment(
        gid="",
        company=company,
        number=body["number"],
        external_id=body.get("externalId"),
        status=body.get("status") or "FINAL",
        type=body["type"],
        date=body["date"],
        net_total=_read_amount(body.get("netTotal")),
        tax=_read_amount(body.get("tax")),
        gross_total=_read_amount(body.get("grossTotal")),
        currency=body.get("currency"),
        lines=tuple(
            Line(number=line["number"], reference_number=line.get("referenceNumber"), amount=Decimal(line["amount"]))
            for line in body["lines"]
        ),
    )


def write_payment(payment: Payment) -> dict[str, Any]:
    """Write a payment. Source: vendor page, POST /payments."""
    return _drop_missing(
        {
            "number": payment.number,
            "externalId": payment.external_id,
            "status": payment.status,
            "type": payment.type,
            "date": payment.date,
            "netTotal": payment.net_total,
            "tax": payment.tax,
            "grossTotal": payment.gross_total,
            "currency": payment.currency,
            "lines": [
                _drop_missing({"number": line.number, "referenceNumber": line.reference_number, "amount": line.amount})
                for line in payment.lines
            ],
        }
    )


def read_debt(body: Mapping[str, Any], company: str) -> Debt:
    """Read a debt from a validated body, its id still empty. Without a gross total it is net total plus tax."""
    net, tax, gross = (_read_amount(body.get(name)) for name in ("netTotal", "tax", "grossTotal"))
    return Debt(
        id="",
        company=company,
        number=body["number"],
        customer_id=body.get("customerId") or body["customer"],
        external_id=body.get("externalId"),
        expires_at=body.get("expiresAt"),
        type=body["type"],
        status=body.get("status") or "PENDING",
        date=body["date"],
        due_date=body["dueDate"],
        net_total=net,
        tax=tax,
        gross_total=gross if gross is not None else (net or ZERO) + (tax or ZERO),
        currency=body.get("currency"),
        items=tuple(_read_item(item) for item in body.get("items") or ()),
        attributes=body.get("attributes") or {},
    )


def write_debt(debt: Debt, id_name: str) -> dict[str, Any]:
    """Write a debt with its totals, its id under the name of the variant `debt_id_name`."""
    return _drop_missing(
        {
            id_name: debt.id,
            "number": debt.number,
            "externalId": debt.external_id,
            "customerId": debt.customer_id,
            "type": debt.type,
            "status": debt.status,
            "date": debt.date,
            "dueDate": debt.due_date,
            "expiresAt": debt.expires_at,
            "netTotal": debt.net_total,
            "tax": debt.tax,
            "grossTotal": debt.gross_total,
            "currency": debt.currency,
            "paidTotal": debt.paid_total,
            "debitTotal": debt.debit_total,
            "creditTotal": debt.credit_total,
            "paidAt": debt.paid_at,
            "items": [_write_item(item) for item in debt.items] or None,
            "attributes": debt.attributes or None,
        }
    )


def read_note(body: Mapping[str, Any], debt: Debt) -> Note:
    """Read a note for a debt from a validated body, its id still empty."""
    return Note(
        id="",
        company=debt.company,
        number=body["number"],
        debt=debt.id,
        issued_for=debt.id,
        date=body["date"],
        gross_total=_read_amount(body.get("grossTotal")) or ZERO,
        description=body.get("description"),
    )


def write_note(note: Note) -> dict[str, Any]:
    """Write a credit or debit note."""
    return _drop_missing(
        {
            "number": note.number,
            "description": note.description,
            "date": note.date,
            "grossTotal": note.gross_total,
            "status": note.status,
        }
    )


def read_address(body: Mapping[str, Any]) -> dict[str, str | None]:
    """Read the address in a validated body, by the fields of the record; None for a property that is not given."""
    return {
        "address": body.get("address"),
        "zip_code": body.get("zipCode"),
        "city": body.get("city"),
        "country": body.get("country"),
    }


def write_company(company: Company) -> dict[str, Any]:
    """Write a company."""
    return _drop_missing(
        {
            "gid": company.id,
            "name": company.name,
            "vatNumber": company.vat_number,
            "address": company.address,
            "zipCode": company.zip_code,
            "city": company.city,
            "country": company.country,
            "notificationsEnabled": company.notifications_enabled,
        }
    )


def read_customer(body: Mapping[str, Any], company: str) -> Customer:
    """Read a customer from a validated body, its gid still empty."""
    named = Customer(gid="", company=company, name=body["name"], vat_number=body["vatNumber"], country=body["country"])
    return change_customer(named, body)


def change_customer(customer: Customer, body: Mapping[str, Any]) -> Customer:
    """Change the properties of a customer that a validated body gives."""
    given = {field: body[name] for name, field in _TEXTS_OF_CUSTOMERS.items() if body.get(name) is not None}
    if body.get("attributes") is not None:
        given["attributes"] = body["attributes"]
    return replace(customer, name=body["name"], vat_number=body["vatNumber"], country=body["country"], **given)


def read_contacts(body: Iterable[Mapping[str, Any]], customer: str) -> list[Contact]:
    """Read contacts of a customer from a validated body, their ids still empty; of several with one name the last."""
    by_name = {contact["name"]: contact for contact in body}
    return [
        Contact(
            id="",
            customer=customer,
            name=name,
            email=contact.get("email"),
            phone=contact.get("phone"),
            mobile=contact.get("mobile"),
        )
        for name, contact in by_name.items()
    ]


def write_customer(customer: Customer, contacts: Iterable[Contact]) -> dict[str, Any]:
    """Write a customer with its contacts."""
    texts = {name: getattr(customer, field) for name, field in _TEXTS_OF_CUSTOMERS.items()}
    return _drop_missing(
        {
            "gid": customer.gid,
            "name": customer.name,
            "vatNumber": customer.vat_number,
            "country": customer.country,
            **texts,
            "contacts": [write_contact(contact) for contact in contacts],
            "attributes": customer.attributes or None,
        }
    )


def write_contact(contact: Contact) -> dict[str, Any]:
    """Write a contact of a customer."""
    return _drop_missing(
        {
            "id": contact.id,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "mobile": contact.mobile,
        }
    )


def _read_item(body: Mapping[str, Any]) -> Item:
    return Item(
        name=body["name"],
        description=body.get("description"),
        quantity=_read_amount(body.get("quantity")),
        vat=_read_amount(body.get("vat")),
        price=_read_amount(body.get("price")),
        net_price=_read_amount(body.get("netPrice")),
        taxes=_read_amount(body.get("taxes")),
    )


def _write_item(item: Item) -> dict[str, Any]:
    return _drop_missing(
        {
            "name": item.name,
            "description": item.description,
            "quantity": item.quantity,
            "vat": item.vat,
            "price": item.price,
            "netPrice": item.net_price,
            "taxes": item.taxes,
        }
    )


def _read_amount(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _drop_missing(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}
