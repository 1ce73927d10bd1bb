"""The records of documents of every type, and what is sent and printed of them.

Fixtures and state dumps show the fields under the vendor's wire names. Amounts are decimal major units of the
document's currency, dates ISO 8601. Source: the vendor page's example response.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoicexpress.records.accounts import Id, Mechanism, Tax
from paysandbox.store.state import Record

Status = Literal["draft", "final", "settled", "canceled", "deleted"]
DerivedAmount = tuple[str, Decimal, Decimal]  # an amount's name, its value, and the value that follows from others

UNPAYABLE: Final[frozenset[Status]] = frozenset({"draft", "canceled", "deleted"})

# What a draft has in the place of its number. Source: a Ruby client's recordings of the live service, 2017 to 2019.
DRAFT_NUMBER: Final = "rascunho"


class Item(Record, frozen=True, kw_only=True):
    """A line of a document. `discount` is in percent; `total` is subtotal - discount_amount + tax_amount."""

    name: str
    description: str
    unit: str | None = None
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    tax: Tax
    subtotal: Decimal
    discount_amount: Decimal = ZERO
    tax_amount: Decimal
    total: Decimal

    def __post_init__(self) -> None:
        _check_amounts(self.derive_amounts())

    def derive_amounts(self) -> tuple[DerivedAmount, ...]:
        """Return every amount that follows from others."""
        return (("total", self.total, self.subtotal - self.discount_amount + self.tax_amount),)


class GlobalDiscount(Record, frozen=True, kw_only=True):
    """A discount on a whole document: `value` is a percentage, or an amount before tax."""

    value_type: Literal["percentage", "amount"]
    value: Decimal


class ForeignCurrency(Record, frozen=True, kw_only=True):
    """A currency other than the account's. `rate` is how much of it one unit of the account's is worth."""

    code: str
    rate: Decimal


class Document(Record, frozen=True, kw_only=True):
    """Fields of documents of every type. Ids are unique across all types.

    `sequence_number` is the document's number and its serie, for example `28/A`; a draft has `rascunho`. `message` is
    the reason given with the latest change of state.
    """

    id: Id
    account: Id
    client: Id
    sequence_id: Id
    sequence_number: Annotated[str, Meta(pattern="^([1-9][0-9]*/.+|rascunho)$")]
    status: Status
    date: dt.date
    due_date: dt.date
    reference: str | None = None
    observations: str | None = None
    retention: str | None = None
    tax_exemption: Annotated[str, Meta(pattern="^M[0-9]{2}$")] | None = None
    message: str | None = None
    currency: str = "Euro"
    sum: Decimal
    discount: Decimal = ZERO
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal
    items: Annotated[tuple[Item, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        _check_amounts(self.derive_amounts())

    def derive_amounts(self) -> tuple[DerivedAmount, ...]:
        """Return every amount that follows from others."""
        # In one loop, because every new or changed document is checked.
        exact_subtotal = exact_net = exact_total = ZERO
        for item in self.items:
            exact_subtotal += item.subtotal
            exact_net += item.subtotal - item.discount_amount
            exact_total += item.total
        subtotal, net, total = round_half_up(exact_subtotal), round_half_up(exact_net), round_half_up(exact_total)
        return (
            ("sum", self.sum, subtotal),
            ("discount", self.discount, subtotal - net),
            ("before_taxes", self.before_taxes, self.sum - self.discount),
            ("taxes", self.taxes, total - net),
            ("total", self.total, self.before_taxes + self.taxes),
        )


class Bill(Document, frozen=True, kw_only=True):
    """What is created as a draft: a document of any type but receipts.

    `manual_sequence_number` is the number asked for; the document has it once it has a number.
    """

    manual_sequence_number: str | None = None
    mb_reference: bool | None = None
    global_discount: GlobalDiscount | None = None
    multicurrency: ForeignCurrency | None = None
    proprietary_uid: str | None = None


class InvoiceReceipt(Bill, frozen=True, kw_only=True):
    """An invoice-receipt: a bill that is paid when it is issued, so that it is a draft and then settled.

    `credited` is what its credit notes have given back.
    """

    credited: Decimal = ZERO

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ZERO <= self.credited <= self.total:
            raise ValueError(f"credited is {self.credited}, but it must be between 0 and the total of {self.total}")

    @property
    def outstanding(self) -> Decimal:
        """The amount that credit notes can still give back."""
        return self.total - self.credited


class Payable(Bill, frozen=True, kw_only=True):
    """What is paid after it was issued.

    `paid` is the sum of its receipts, `credited` what its credit notes take off. `marked_settled` says that a change of
    state settled it, not payments.
    """

    # Kept, not summed up, so that a payment takes the same time however many were made before.
    paid: Decimal = ZERO
    credited: Decimal = ZERO
    marked_settled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ZERO <= self.paid <= self.total:
            raise ValueError(f"paid is {self.paid}, but it must be between 0 and the total of {self.total}")
        if not ZERO <= self.credited <= self.total - self.paid:
            raise ValueError(f"credited is {self.credited}, but {self.paid} of {self.total} are paid")

    @property
    def outstanding(self) -> Decimal:
        """The amount still owed; 0 if the document was settled by a change of state."""
        return ZERO if self.marked_settled else self.total - self.paid - self.credited


class Invoice(Payable, frozen=True, kw_only=True):
    """An invoice or a simplified invoice."""


class DebitNote(Payable, frozen=True, kw_only=True):
    """A debit note, which charges more for the document `document`; a draft may lack it."""

    document: Id | None = None


class CreditNote(Bill, frozen=True, kw_only=True):
    """A credit note, which gives back what the document `document` charged; a draft may lack it.

    `credited` is what it takes off of what that document owes.
    """

    document: Id | None = None
    credited: Decimal = ZERO


class Receipt(Document, frozen=True, kw_only=True):
    """A receipt: one payment of the invoice, simplified invoice or debit note `document`."""

    document: Id
    payment_mechanism: Mechanism
    atcud: str

    @property
    def is_void(self) -> bool:
        """Whether the receipt stands for no payment, because it was cancelled."""
        return self.status in UNPAYABLE


class Message(Record, frozen=True, kw_only=True):
    """An e-mail that the vendor would have sent with a document. `at` is UTC."""

    id: Id
    to: str
    cc: str | None = None
    bcc: str | None = None
    subject: str | None = None
    body: str | None = None
    document: Id
    at: dt.datetime


class PdfRequest(Record, frozen=True, kw_only=True):
    """How often the PDF of a document was asked for before it was ready."""

    document: Id
    polls: Annotated[int, Meta(ge=0)]


def _check_amounts(amounts: tuple[DerivedAmount, ...]) -> None:
    for name, given, expected in amounts:
        if given != expected:
            raise ValueError(f"{name} is {given}, but the amounts it is made of come to {expected}")
