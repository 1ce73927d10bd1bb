"""Rules of bills: their states and numbers, and what is paid of invoices and simplified invoices."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.invoicexpress.records import (
    DRAFT_NUMBER,
    UNPAYABLE,
    Bill,
    CreditNote,
    DebitNote,
    DocumentType,
    ForeignCurrency,
    GlobalDiscount,
    InvoiceReceipt,
    Item,
    Payable,
    Sequence,
    Status,
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
_NEXT_STATUS_OF_RECEIPT: Final[Mapping[tuple[Status, str], Status]] = {
    ("draft", "finalized"): "settled",
    ("draft", "deleted"): "deleted",
    ("settled", "canceled"): "canceled",
}

B = TypeVar("B", bound=Bill)
P = TypeVar("P", bound=Payable)

_NEXT_STATUS_OF_NOTE: Final[Mapping[tuple[Status, str], Status]] = {**_NEXT_STATUS, ("settled", "unsettled"): "final"}


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
    manual_sequence_number: str | None
    mb_reference: bool | None
    global_discount: GlobalDiscount | None
    multicurrency: ForeignCurrency | None
    proprietary_uid: str | None
    owner: int | None


def build_draft(document_id: int, header: Header, items: tuple[Item, ...], document_type: DocumentType) -> Bill:
    """Build a new document: a draft without a number."""
    owner = {"document": header.owner} if document_type.has_owner else {}
    return document_type.record(
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
        manual_sequence_number=header.manual_sequence_number,
        mb_reference=header.mb_reference,
        global_discount=header.global_discount,
        multicurrency=header.multicurrency,
        proprietary_uid=header.proprietary_uid,
        **add_up_items(items)._asdict(),
        **owner,
        items=items,
    )


def next_status(bill: Bill, requested: str) -> Status | None:
    """Return the status after a requested change of state; None if the change is not allowed."""
    match bill:
        case InvoiceReceipt():
            transitions = _NEXT_STATUS_OF_RECEIPT
        case CreditNote() | DebitNote():
            transitions = _NEXT_STATUS_OF_NOTE
        case _:
            transitions = _NEXT_STATUS
    return transitions.get((bill.status, requested))


def change_status(bill: Bill, status: Status) -> Bill:
    """Change the status; a document settled in this way owes nothing, however much of it is paid."""
    if isinstance(bill, Payable):
        return replace(bill, status=status, marked_settled=status == "settled")
    return replace(bill, status=status)


def add_message(bill: B, message: str | None) -> B:
    """Keep the reason of a change of state, if there is one."""
    return bill if message is None else replace(bill, message=message)


def count_document(sequence: Sequence, document_type: DocumentType) -> Sequence:
    """Return the sequence after one more document of this type: numbers have no gaps."""
    return replace(sequence, **{document_type.counter: last_number(sequence, document_type) + 1})


def number_document(bill: Bill, sequence: Sequence, document_type: DocumentType) -> Bill:
    """Give the document the last number of its sequence."""
    return replace(bill, sequence_number=f"{last_number(sequence, document_type)}/{sequence.serie}")


def last_number(sequence: Sequence, document_type: DocumentType) -> int:
    """Return the last number that the sequence gave to a document of this type."""
    last: int = getattr(sequence, document_type.counter)
    return last


def takes_note(owner: Payable | InvoiceReceipt, note: Bill) -> bool:
    """Whether a note can be issued for a document. Source: vendor's help pages; invoice-receipts: house decision."""
    if isinstance(owner, InvoiceReceipt):
        return owner.status == "settled"
    return owner.status == "final" or (owner.status == "settled" and isinstance(note, DebitNote))


def add_payment(bill: P, amount: Decimal) -> P:
    """Add a payment; a document that owes nothing is settled. Source: observed on the live service."""
    paid = replace(bill, paid=bill.paid + amount or ZERO)
    return paid if paid.outstanding else replace(paid, status="settled")


def remove_payment(bill: P, amount: Decimal, *, has_receipt: bool) -> P:
    """Take back a payment whose receipt was cancelled.

    `has_receipt` says whether the document has another receipt that is not void: a document with a total of 0 is
    settled by a payment of 0.
    """
    return _settle(replace(bill, paid=bill.paid - amount or ZERO), has_receipt=has_receipt)


def add_credit(owner: Payable | InvoiceReceipt, amount: Decimal, *, has_receipt: bool) -> Bill:
    """Take what a credit note gives back off of what its owner owes; a negative amount puts it back."""
    if isinstance(owner, InvoiceReceipt):
        return replace(owner, credited=owner.credited + amount or ZERO)
    return _settle(replace(owner, credited=owner.credited + amount or ZERO), has_receipt=has_receipt)


def _settle(bill: P, *, has_receipt: bool) -> P:
    """Settle a document that owes nothing any more, and no other."""
    if bill.status in UNPAYABLE:
        return bill
    is_settled = bill.marked_settled or ((has_receipt or bill.credited > 0) and not bill.outstanding)
    return replace(bill, status="settled" if is_settled else "final")
