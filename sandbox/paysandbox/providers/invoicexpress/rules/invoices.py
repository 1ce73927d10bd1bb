"""Rules of invoices and simplified invoices: their items, states, numbers and what is paid of them."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoicexpress.records import (
    DRAFT_NUMBER,
    UNPAYABLE,
    DocumentType,
    Invoice,
    Item,
    Sequence,
    Status,
    Tax,
)
from paysandbox.providers.invoicexpress.rules.documents import add_up_items

# The requested state and the resulting status differ: `finalized` makes a document `final`. Source: vendor
# documentation, PUT /invoices/:id/change-state.json.
_NEXT_STATUS: Final[Mapping[tuple[Status, str], Status]] = {
    ("draft", "finalized"): "final",
    ("draft", "deleted"): "deleted",
    ("final", "canceled"): "canceled",
    ("final", "settled"): "settled",
}


class Header(Struct, frozen=True, kw_only=True, gc=False):
    """The members of a new document other than its items, defaults filled in."""

    account: int
    client: int
    sequence: int
    date: dt.date
    due_date: dt.date
    reference: str | None
    observations: str | None
    retention: str | None
    tax_exemption: str | None


def price_item(asked: Mapping[str, Any], tax: Tax) -> Item:
    """Compute the amounts of a requested item, each rounded half up to cents. Source: house decision."""
    price, quantity = Decimal(asked["unit_price"]), Decimal(asked["quantity"])
    percent = Decimal(asked.get("discount") or 0)
    subtotal = round_half_up(price * quantity)
    discount_amount = round_half_up(subtotal * percent / 100)
    tax_amount = round_half_up((subtotal - discount_amount) * tax.value / 100)
    return Item(
        name=asked["name"],
        description=asked.get("description") or "",
        unit=asked.get("unit") or "unit",
        quantity=quantity,
        unit_price=price,
        discount=percent,
        tax=tax,
        subtotal=subtotal,
        discount_amount=discount_amount,
        tax_amount=tax_amount,
        total=subtotal - discount_amount + tax_amount,
    )


def build_draft(document_id: int, header: Header, items: tuple[Item, ...]) -> Invoice:
    """Build a new document: a draft without a number."""
    return Invoice(
        id=document_id,
        account=header.account,
        client=header.client,
        sequence_id=header.sequence,
        sequence_number=DRAFT_NUMBER,
        status="draft",
        date=header.date,
        due_date=header.due_date,
        reference=header.reference,
        observations=header.observations,
        retention=header.retention,
        tax_exemption=header.tax_exemption,
        **add_up_items(items)._asdict(),
        items=items,
    )


def next_status(status: Status, requested: str) -> Status | None:
    """Return the status after a requested change of state; None if the change is not allowed."""
    return _NEXT_STATUS.get((status, requested))


def change_status(invoice: Invoice, status: Status, message: str | None) -> Invoice:
    """Change the status; a document settled in this way owes nothing, however much of it is paid."""
    changed = replace(invoice, status=status, marked_settled=status == "settled")
    return changed if message is None else replace(changed, message=message)


def count_document(sequence: Sequence, document_type: DocumentType) -> Sequence:
    """Return the sequence after one more document of this type: numbers have no gaps."""
    return replace(sequence, **{document_type.counter: last_number(sequence, document_type) + 1})


def number_document(invoice: Invoice, sequence: Sequence, document_type: DocumentType) -> Invoice:
    """Give the document the last number of its sequence."""
    return replace(invoice, sequence_number=f"{last_number(sequence, document_type)}/{sequence.serie}")


def last_number(sequence: Sequence, document_type: DocumentType) -> int:
    """Return the last number that the sequence gave to a document of this type."""
    last: int = getattr(sequence, document_type.counter)
    return last


def add_payment(invoice: Invoice, amount: Decimal) -> Invoice:
    """Add a payment; a document that owes nothing is settled. Source: observed on the live service."""
    paid = replace(invoice, paid=invoice.paid + amount or ZERO)
    return paid if paid.outstanding else replace(paid, status="settled")


def remove_payment(invoice: Invoice, amount: Decimal, *, has_receipt: bool) -> Invoice:
    """Take back a payment whose receipt was cancelled.

    `has_receipt` says whether the invoice has another receipt that is not void: an invoice with a total of 0 is
    settled by a payment of 0.
    """
    changed = replace(invoice, paid=invoice.paid - amount or ZERO)
    if invoice.status in UNPAYABLE:
        return changed
    is_settled = changed.marked_settled or (has_receipt and not changed.outstanding)
    return replace(changed, status="settled" if is_settled else "final")
