"""What discounts, extra charges and taxes make of an invoice's total.

The vendor documents the objects, not what stands inside them. The shapes read here are a house decision; an object of
another shape counts nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from paysandbox.core.money import ZERO, round_half_up

_HUNDRED: Final = Decimal(100)
_RATES: Final = ("rate", "value", "percentage")


class Adjustment(NamedTuple):
    """A fixed amount, or a percentage of the sum of the items."""

    is_percentage: bool
    value: Decimal

    def compute(self, sub_total: Decimal) -> Decimal:
        """Return the amount, rounded half up to cents."""
        return round_half_up(sub_total * self.value / _HUNDRED if self.is_percentage else self.value)


class Totals(NamedTuple):
    """What discount and charges add to the sum of the items, all taxes, and the total."""

    adjustment: Decimal
    tax: Decimal
    total: Decimal


def read_adjustment(sent: Any) -> Adjustment | None:
    """Read a discount or a charge: a number, or an object with `value` and `type`; None if it has another shape."""
    if sent is None or sent == {}:
        return Adjustment(is_percentage=False, value=ZERO)
    kind, value = (sent.get("type"), sent.get("value")) if isinstance(sent, Mapping) else (None, sent)
    is_percentage = kind == "Percentage"
    number = _read_number(value)
    if kind not in {None, "Fixed", "Percentage"} or number is None or (is_percentage and number > _HUNDRED):
        return None
    return Adjustment(is_percentage, number)


def read_rate(sent: Mapping[str, Any]) -> Decimal | None:
    """Read the rate of a tax, from 0 to 100; None if the object has another shape."""
    rate = _read_number(next((sent[name] for name in _RATES if name in sent), None))
    return None if rate is None or rate > _HUNDRED else rate


def compute_totals(
    sub_total: Decimal, discount: Any, extra_charges: Any, taxes: Sequence[Mapping[str, Any]], *, tax_included: bool
) -> Totals:
    """Compute the total of the items' sum with discount, charges and taxes, each rounded once."""
    off, on = read_adjustment(discount), read_adjustment(extra_charges)
    adjustment = (on.compute(sub_total) if on else ZERO) - (min(off.compute(sub_total), sub_total) if off else ZERO)
    net_total = sub_total + adjustment
    rates = [read_rate(tax) or ZERO for tax in taxes]
    base = _HUNDRED + sum(rates, ZERO) if tax_included else _HUNDRED
    tax = sum((round_half_up(net_total * rate / base) for rate in rates), ZERO)
    return Totals(adjustment, tax, net_total if tax_included else net_total + tax)


def _read_number(sent: Any) -> Decimal | None:
    """Read a number that is not below 0; None if it is anything else."""
    if isinstance(sent, bool) or not isinstance(sent, int | Decimal) or sent < 0:
        return None
    return Decimal(sent)
