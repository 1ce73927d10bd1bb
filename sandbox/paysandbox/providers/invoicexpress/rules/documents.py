"""Rules that documents of every type share."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from paysandbox.core.money import ZERO
from paysandbox.providers.invoicexpress.records import Item, Sequence


class Totals(NamedTuple):
    """The amounts of a document under their wire names, in decimal major units of its currency."""

    sum: Decimal
    discount: Decimal
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal


def add_up_items(items: Iterable[Item]) -> Totals:
    """Add up the items of a document."""
    subtotal = discount = taxes = ZERO
    for item in items:
        subtotal += item.subtotal
        discount += item.discount_amount
        taxes += item.tax_amount
    return Totals(subtotal, discount, subtotal - discount, taxes, subtotal - discount + taxes)


def build_atcud(sequence: Sequence, number: int | str) -> str:
    """Return the tax authority's identifier of the document with this number. Source: vendor page."""
    if sequence.validation_code:
        return f"{sequence.validation_code}-{number}"
    return "N/D" if sequence.relevant else "N/A"
