"""Arithmetic of documents that are made here, and the states that they pass through."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import round_half_up
from paysandbox.providers.invoicexpress.records import Invoice, Item, Sequence, Status, Tax
from paysandbox.providers.invoicexpress.rules import totals

NUMBERLESS: Final = "rascunho"
"""What a draft says in the place of its number. Source: our notes, recorded on the live service."""


class Kind(Struct, frozen=True, kw_only=True, gc=False):
    """One of the types of documents that are paid.

    `table` holds them, `wrapper` stands around one of them on the wire, `type` is their name there, and `counter` is
    the member of a sequence that has their last number.
    """

    table: str
    wrapper: str
    type: str
    counter: str


INVOICE: Final = Kind(table="invoices", wrapper="invoice", type="Invoice", counter="current_invoice_number")
SIMPLIFIED_INVOICE: Final = Kind(
    table="simplified_invoices",
    wrapper="simplified_invoice",
    type="SimplifiedInvoice",
    counter="current_simplified_invoice_number",
)
KINDS: Final = (INVOICE, SIMPLIFIED_INVOICE)

# What a document becomes, by what it is and by what it is asked to be: verb and state differ. Source: our notes.
_BECOMES: Final[Mapping[tuple[Status, str], Status]] = {
    ("draft", "finalized"): "final",
    ("draft", "deleted"): "deleted",
    ("final", "canceled"): "canceled",
    ("final", "settled"): "settled",
}


class Heading(Struct, frozen=True, kw_only=True, gc=False):
    """What a new document says of itself, defaults filled in."""

    account: int
    client: int
    sequence: int
    date: dt.date
    due_date: dt.date
    reference: str | None
    observations: str | None
    retention: str | None
    tax_exemption: str | None


def item(asked: Mapping[str, Any], tax: Tax) -> Item:
    """A line of a new document. Each of its sums is rounded by itself. Source: house decision."""
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


def draft(document_id: int, heading: Heading, items: tuple[Item, ...]) -> Invoice:
    """A new document: a draft, without a number."""
    return Invoice(
        id=document_id,
        account=heading.account,
        client=heading.client,
        sequence_id=heading.sequence,
        sequence_number=NUMBERLESS,
        status="draft",
        date=heading.date,
        due_date=heading.due_date,
        reference=heading.reference,
        observations=heading.observations,
        retention=heading.retention,
        tax_exemption=heading.tax_exemption,
        **totals(items)._asdict(),
        items=items,
    )


def becomes(status: Status, wanted: str) -> Status | None:
    """The state that a document of this state comes into when it is asked to be `wanted`; None if it cannot."""
    return _BECOMES.get((status, wanted))


def last_number(sequence: Sequence, kind: Kind) -> int:
    """The last number that a document of this type took from the sequence."""
    last: int = getattr(sequence, kind.counter)
    return last


def counted(sequence: Sequence, kind: Kind) -> Sequence:
    """The sequence after one more document of this type: numbers have no gaps."""
    return replace(sequence, **{kind.counter: last_number(sequence, kind) + 1})


def numbered(invoice: Invoice, sequence: Sequence, kind: Kind) -> Invoice:
    """The document under the last number of its sequence."""
    return replace(invoice, sequence_number=f"{last_number(sequence, kind)}/{sequence.serie}")


def changed(invoice: Invoice, status: Status, message: str | None) -> Invoice:
    """The document in another state. Settled by this and not by payments, it is marked so."""
    after = replace(invoice, status=status, marked_settled=status == "settled")
    return after if message is None else replace(after, message=message)
