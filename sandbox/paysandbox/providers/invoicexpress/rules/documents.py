"""Rules that documents of every type share."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoicexpress.records import Item, Sequence


class Totals(NamedTuple):
    """The amounts of a document under their wire names, in decimal major units of its currency."""

    sum: Decimal
    discount: Decimal
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal


def add_up_items(items: Iterable[Item]) -> Totals:
    """Add up the items of a document, and round each sum once, half up to cents."""
    subtotal = net = total = ZERO
    for item in items:
        subtotal += item.subtotal
        net += item.subtotal - item.discount_amount
        total += item.total
    before, before_taxes, whole = round_half_up(subtotal), round_half_up(net), round_half_up(total)
    return Totals(before, before - before_taxes, before_taxes, whole - before_taxes, whole)


def build_atcud(sequence: Sequence, number: int | str) -> str:
    """Return the tax authority's identifier of the document with this number. Source: vendor page."""
    if sequence.validation_code:
        return f"{sequence.validation_code}-{number}"
    return "N/D" if sequence.relevant else "N/A"
