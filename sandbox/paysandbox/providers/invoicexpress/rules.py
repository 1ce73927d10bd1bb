"""Arithmetic and decisions on documents, payments and receipts."""

import datetime as dt
from collections.abc import Sequence as Ordered
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO, round_half_up, split
from paysandbox.providers.invoicexpress.records import (
    Account,
    Client,
    Invoice,
    Item,
    Mechanism,
    Receipt,
    Sequence,
    Status,
)

UNPAYABLE: Final[frozenset[Status]] = frozenset({"draft", "canceled", "deleted"})
_PRICE_STEP: Final = Decimal("0.000001")  # a unit price is no sum of money: scaled, it may be a fraction of a cent


class Totals(NamedTuple):
    """The sums of a document, by the names that it has for them."""

    sum: Decimal
    discount: Decimal
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal


class Payment(Struct, frozen=True, kw_only=True, gc=False):
    """What a request pays, its defaults filled in. `amount` is in decimal major units of the document's currency."""

    amount: Decimal
    mechanism: Mechanism
    date: dt.date
    note: str | None


def mechanism(asked: Mechanism | None, client: Client, account: Account) -> Mechanism:
    """How a payment was made: as asked, else by the client's settings, else by the account's, else TB (vendor page)."""
    return asked or client.payment_mechanism or account.payment_mechanism or "TB"


def owed(invoice: Invoice) -> Decimal:
    """What the invoice still owes; one that was marked as settled owes nothing, whatever is paid of it."""
    return ZERO if invoice.marked_settled else invoice.total - invoice.paid


def paid(invoice: Invoice, amount: Decimal) -> Invoice:
    """The invoice after a payment; owing nothing, it is settled. Source: seen on the live service, by our notes."""
    after = replace(invoice, paid=invoice.paid + amount or ZERO)
    return after if owed(after) else replace(after, status="settled")


def unpaid(invoice: Invoice, amount: Decimal, *, receipted: bool) -> Invoice:
    """The invoice after a receipt of `amount` was cancelled: as if that had never been paid.

    `receipted` says whether another receipt counts: an invoice that bills nothing is settled by one of nothing.
    """
    after = replace(invoice, paid=invoice.paid - amount or ZERO)
    if invoice.status in UNPAYABLE:
        return after
    stays = after.marked_settled or (receipted and not owed(after))
    return replace(after, status="settled" if stays else "final")


def counts(receipt: Receipt) -> bool:
    """Whether a receipt stands for money received: until it is cancelled."""
    return receipt.status not in UNPAYABLE


def cancelled(receipt: Receipt, message: str) -> Receipt:
    """The receipt after it was cancelled, and why. It keeps its number, so that numbers have no gaps."""
    return replace(receipt, status="canceled", message=message)


def numbered(sequence: Sequence) -> Sequence:
    """The sequence after one more receipt: numbers have no gaps."""
    return replace(sequence, current_receipt_number=sequence.current_receipt_number + 1)


def atcud(sequence: Sequence, number: int | str) -> str:
    """The tax authority's identifier of the document that has this number of the sequence. Source: vendor page."""
    if sequence.validation_code:
        return f"{sequence.validation_code}-{number}"
    return "N/D" if sequence.relevant else "N/A"


def totals(items: Ordered[Item]) -> Totals:
    """What the items of a document add up to."""
    subtotals = sum((item.subtotal for item in items), ZERO)
    discount = sum((item.discount_amount for item in items), ZERO)
    taxes = sum((item.tax_amount for item in items), ZERO)
    return Totals(subtotals, discount, subtotals - discount, taxes, subtotals - discount + taxes)


def receipt(receipt_id: int, invoice: Invoice, payment: Payment, sequence: Sequence) -> Receipt:
    """The receipt of a payment, under the sequence's last number. Its total is the amount paid."""
    items = scaled(invoice.items, payment.amount)
    return Receipt(
        id=receipt_id,
        account=invoice.account,
        client=invoice.client,
        document=invoice.id,
        sequence_id=sequence.id,
        sequence_number=f"{sequence.current_receipt_number}/{sequence.serie}",
        atcud=atcud(sequence, sequence.current_receipt_number),
        status="final",
        payment_mechanism=payment.mechanism,
        date=payment.date,
        due_date=payment.date,
        reference=invoice.reference,
        observations=payment.note,
        retention=invoice.retention,
        tax_exemption=invoice.tax_exemption,
        currency=invoice.currency,
        **totals(items)._asdict(),
        items=items,
    )


def scaled(items: Ordered[Item], amount: Decimal) -> tuple[Item, ...]:
    """The items as a payment of `amount` covers them: each in proportion, their totals adding up to the amount.

    Source: house decision, within what our notes say.
    """
    shares = split(amount, [item.total for item in items])
    return tuple(_at(item, share) for item, share in zip(items, shares, strict=True))


def _at(item: Item, total: Decimal) -> Item:
    """The item scaled to a new total; its quantity and rates stay as they are. An item that is free is not scaled."""
    if total == item.total:
        return item
    tax_amount = round_half_up(item.tax_amount * total / item.total)
    discount_amount = round_half_up(item.discount_amount * total / item.total)
    subtotal = total - tax_amount + discount_amount
    return replace(
        item,
        unit_price=round_half_up(subtotal / item.quantity, _PRICE_STEP),
        subtotal=subtotal,
        discount_amount=discount_amount,
        tax_amount=tax_amount,
        total=total,
    )
