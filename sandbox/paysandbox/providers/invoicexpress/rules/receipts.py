"""Rules of receipts: their numbers, and the invoice's items scaled to the amount paid."""

import datetime as dt
from collections.abc import Sequence as Ordered
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import round_half_up, split_amount
from paysandbox.providers.invoicexpress.records import Account, Client, Item, Mechanism, Payable, Receipt, Sequence
from paysandbox.providers.invoicexpress.rules.documents import add_up_items, build_atcud

# A unit price is no sum of money: scaled, it may be a fraction of a cent.
_PRICE_STEP: Final = Decimal("0.000001")


class Payment(Struct, frozen=True, kw_only=True, gc=False):
    """A requested payment, defaults filled in. `amount` is in decimal major units of the document's currency."""

    amount: Decimal
    mechanism: Mechanism
    date: dt.date
    note: str | None


def choose_mechanism(asked: Mechanism | None, client: Client, account: Account) -> Mechanism:
    """Return the requested mechanism, else the client's, else the account's, else TB. Source: vendor page."""
    return asked or client.payment_mechanism or account.payment_mechanism or "TB"


def count_receipt(sequence: Sequence) -> Sequence:
    """Return the sequence after one more receipt: numbers have no gaps."""
    return replace(sequence, current_receipt_number=sequence.current_receipt_number + 1)


def issue_receipt(receipt_id: int, invoice: Payable, payment: Payment, sequence: Sequence) -> Receipt:
    """Build the receipt of a payment under the sequence's last number; its total is the amount paid."""
    items = invoice.items if payment.amount == invoice.total else scale_items(invoice.items, payment.amount)
    return Receipt(
        id=receipt_id,
        account=invoice.account,
        client=invoice.client,
        document=invoice.id,
        sequence_id=sequence.id,
        sequence_number=f"{sequence.current_receipt_number}/{sequence.serie}",
        atcud=build_atcud(sequence, sequence.current_receipt_number),
        status="final",
        payment_mechanism=payment.mechanism,
        date=payment.date,
        due_date=payment.date,
        reference=invoice.reference,
        observations=payment.note,
        retention=invoice.retention,
        tax_exemption=invoice.tax_exemption,
        currency=invoice.currency,
        **add_up_items(items)._asdict(),
        items=items,
    )


def cancel_receipt(receipt: Receipt, message: str) -> Receipt:
    """Cancel a receipt for the reason `message`. It keeps its number, so that numbers have no gaps."""
    return replace(receipt, status="canceled", message=message)


def scale_items(items: Ordered[Item], amount: Decimal) -> tuple[Item, ...]:
    """Scale items in proportion to their totals, so that their totals add up to `amount`.

    Source: observed on the live service; that the last item takes what rounding leaves over is a house decision.
    """
    shares = split_amount(amount, [item.total for item in items])
    return tuple(_scale_item(item, share) for item, share in zip(items, shares, strict=True))


def _scale_item(item: Item, total: Decimal) -> Item:
    if total == item.total:  # also where both are 0: a free item has nothing to scale by
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
