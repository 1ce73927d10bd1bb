"""Exact amounts in decimal major units, rounded once, half up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def round_half_up(amount: Decimal | int, step: Decimal = CENT) -> Decimal:
    """The amount on the grid of `step` (cents by default): 0.005 becomes 0.01, -0.005 becomes -0.01."""
    return Decimal(amount).quantize(step, rounding=ROUND_HALF_UP)


def strip_zeros(amount: Decimal | int) -> Decimal | int:
    """The shortest spelling of an amount on the wire: 225.00 becomes 225, 0.070 becomes 0.07."""
    exact = Decimal(amount)
    if exact == exact.to_integral_value():
        return int(exact)
    return exact.normalize()


def split_amount(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share `total` out in proportion to `weights`, none of them negative, in cents that add up to it.

    What rounding leaves over goes to the last share that has a weight, or to the last if none has.
    """
    whole = sum(weights, ZERO)
    last = max((index for index, weight in enumerate(weights) if weight), default=len(weights) - 1)
    left = total
    shares = []
    for index, weight in enumerate(weights):
        # No share exceeds what is left: many shares rounded up would make the last one negative.
        share = left if index == last else min(round_half_up(total * weight / whole), left) if whole else ZERO
        left -= share
        shares.append(share)
    return shares
