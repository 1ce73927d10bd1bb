"""Exact amounts in decimal major units (12.50 is twelve and a half), rounded once, half up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def round_half_up(amount: Decimal | int, step: Decimal = CENT) -> Decimal:
    """Round to a multiple of `step`, half away from zero: 0.005 becomes 0.01, -0.005 becomes -0.01."""
    exact = amount if isinstance(amount, Decimal) else Decimal(amount)
    return exact.quantize(step, ROUND_HALF_UP)  # by its place: by its name it takes half as long again


def strip_zeros(amount: Decimal | int) -> Decimal | int:
    """Return the amount with its shortest JSON spelling: 225.00 becomes 225, 0.070 becomes 0.07."""
    if isinstance(amount, int):
        return amount
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()


def split_amount(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split `total` in proportion to `weights`, none of them negative, into amounts in cents that add up to it.

    The last share with a weight takes the rounding difference; the last share if no weight is positive.
    """
    whole = sum(weights, ZERO)
    last = max((index for index, weight in enumerate(weights) if weight), default=len(weights) - 1)
    left = total
    shares = []
    for index, weight in enumerate(weights):
        # A share never exceeds the rest, because many shares rounded up would make the last one negative.
        share = left if index == last else min(round_half_up(total * weight / whole), left) if whole else ZERO
        left -= share
        shares.append(share)
    return shares
