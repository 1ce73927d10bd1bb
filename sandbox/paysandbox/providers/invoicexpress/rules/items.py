"""Rules of the items of a new document: what they cost, and how that is rounded."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.money import CENT, ZERO, round_half_up, split_amount
from paysandbox.providers.invoicexpress.records import GlobalDiscount, Item, Tax

# Amounts of items are not rounded to cents; ten decimals are more than a tie at half a cent can depend on.
UNROUNDED: Final = Decimal("0.0000000001")
_WHOLE: Final = 100  # percent
_CONTEXT: Final = Context(prec=80, rounding=ROUND_HALF_UP)


def price_item(asked: Mapping[str, Any], tax: Tax, step: Decimal) -> Item:
    """Compute the amounts of a requested item on the grid of `step`: cents, or `UNROUNDED`."""
    price, quantity = Decimal(asked["unit_price"]), Decimal(asked["quantity"])
    percent = Decimal(asked.get("discount") or 0)
    subtotal = _round(_CONTEXT.multiply(price, quantity), step)
    discount_amount = _round(_CONTEXT.multiply(subtotal, percent / _WHOLE), step)
    return _charge_tax(
        Item(
            name=asked["name"],
            description=asked.get("description") or "",
            unit=asked.get("unit") or None,
            quantity=quantity,
            unit_price=price,
            discount=percent,
            tax=tax,
            subtotal=subtotal,
            discount_amount=discount_amount,
            tax_amount=Decimal(0),
            total=subtotal - discount_amount,
        ),
        step,
    )


def take_off(items: Sequence[Item], discount: GlobalDiscount, step: Decimal) -> tuple[Item, ...]:
    """Take a global discount off the items in proportion, before tax, at most all that they cost."""
    nets = [item.subtotal - item.discount_amount for item in items]
    if discount.value_type == "percentage":
        percent = min(discount.value, Decimal(_WHOLE))
        shares = [_round(_CONTEXT.multiply(net, percent / _WHOLE), step) for net in nets]
    else:
        amount = min(round_half_up(discount.value), sum(nets, ZERO))
        shares = split_amount(amount, nets)
        if any(share > net for share, net in zip(shares, nets, strict=True)):
            shares = [_round(_CONTEXT.divide(amount * net, sum(nets, ZERO)), step) for net in nets]
    return tuple(
        _charge_tax(
            replace(
                item,
                discount_amount=item.discount_amount + share,
                tax_amount=Decimal(0),
                total=item.subtotal - (item.discount_amount + share),
            ),
            step,
        )
        for item, net, share in zip(items, nets, shares, strict=True)
    )


def choose_step(rounding: str) -> Decimal:
    """Return the grid of the amounts of items under a choice of the variant `rounding`."""
    return CENT if rounding == "per_item" else UNROUNDED


def _charge_tax(item: Item, step: Decimal) -> Item:
    net = item.subtotal - item.discount_amount
    tax_amount = _round(_CONTEXT.multiply(net, item.tax.value / _WHOLE), step)
    return replace(item, tax_amount=tax_amount, total=net + tax_amount)


def _round(amount: Decimal, step: Decimal) -> Decimal:
    return amount.quantize(step, context=_CONTEXT)
