"""Judgement of a run: whether memory is flat, and every claim with its figure."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from msgspec import Struct

SLOPE: Final = 1.0  # MiB a minute that a curve may rise and be called flat
SPREAD: Final = 4.0  # MiB between its highest and its lowest point
SETTLED: Final = 60  # seconds of full journals, below which memory is not judged

Curve = Sequence[tuple[float, float]]


class Claim(Struct, frozen=True):
    """A claim, the figure that was seen, and whether it holds; None if that cannot be said."""

    says: str
    figure: str
    holds: bool | None


def slope(curve: Curve) -> float:
    """The slope of the straight line that fits best (least squares)."""
    middle_x, middle_y = fmean(x for x, _ in curve), fmean(y for _, y in curve)
    across = sum((x - middle_x) ** 2 for x, _ in curve)
    return sum((x - middle_x) * (y - middle_y) for x, y in curve) / across if across else 0.0


def later_half(curve: Curve) -> Curve:
    """The points from the middle of the time on."""
    middle = (curve[0][0] + curve[-1][0]) / 2
    return [(x, y) for x, y in curve if x >= middle]


def judge_memory(curve: Curve, full_at: float | None) -> Claim:
    """Judge whether memory (MiB over seconds) is flat in the later half; `full_at` is when the journals were full."""
    half = later_half(curve)
    rise, spread = slope(half) * 60, max(y for _, y in half) - min(y for _, y in half)
    figure = f"{rise:+.2f} MiB/min, max - min {spread:.1f} MiB, {half[0][1]:.1f} -> {half[-1][1]:.1f} MiB"
    says = f"memory is flat once the journal is full (at most {SLOPE} MiB/min up, {SPREAD:.0f} MiB between)"
    if half[-1][0] - half[0][0] < SETTLED:
        return Claim(says, f"{figure}; too short to judge", None)
    if full_at is None or full_at > half[0][0]:
        return Claim(says, f"{figure}; the journal was not full by then", holds=False)
    return Claim(says, figure, rise <= SLOPE and spread <= SPREAD)


def format_claims(claims: Sequence[Claim]) -> str:
    words = {True: "ok", False: "FAILS", None: "not judged"}
    return "\n".join(f"{words[claim.holds]:>10}  {claim.says}: {claim.figure}" for claim in claims)


def have_passed(claims: Sequence[Claim]) -> bool:
    return all(claim.holds is not False for claim in claims)
