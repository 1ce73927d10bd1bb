"""Exact amounts in decimal major units, rounded once, half up."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def round_half_up(amount: Decimal | int, step: Decimal = CENT) -> Decimal:
    """The amount on the grid of `step` (cents by default): 0.005 becomes 0.01, -0.005 becomes -0.01."""
    return Decimal(amount).quantize(step, rounding=ROUND_HALF_UP)


def plain(amount: Decimal | int) -> Decimal | int:
    """The shortest spelling of an amount on the wire: 225.00 becomes 225, 0.070 becomes 0.07; never an exponent."""
    exact = Decimal(amount)
    if exact == exact.to_integral_value():
        return int(exact)
    return exact.normalize()


def split(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Share `total` (in cents) out in proportion to `weights`; what rounding leaves over goes to the last share, so the sum is exact.

    Weights that sum to nothing leave the whole to the last share.
    """
    if not weights:
        return []
    whole = sum(weights, ZERO)
    shares = [round_half_up(total * weight / whole) if whole else ZERO for weight in weights[:-1]]
    return [*shares, total - sum(shares, ZERO)]
