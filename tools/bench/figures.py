"""What a run has found: each figure with its goal, as a table for people and as JSON for the next run."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any, Final, NamedTuple

Curve = Sequence[tuple[float, float]]

_COLUMNS: Final = ("what", "figure", "unit", "goal", "met")
_PACKAGES: Final = ("uvicorn", "httptools", "uvloop", "starlette", "msgspec", "jsonschema-rs")
_GONE: Final = "not installed"


class Goal(NamedTuple):
    """What a figure is to be: at least or at most its bound."""

    bound: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Whether a figure is as wanted."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


class Figure(NamedTuple):
    """One result: its value, and what each round gave; no goal is a figure that only informs."""

    what: str
    value: float
    unit: str
    rounds: tuple[float, ...]
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        """Whether it is as wanted; None where nothing is."""
        return None if self.goal is None else self.goal.met(self.value)


def figure(what: str, unit: str, rounds: Iterable[float], goal: Goal | None = None) -> Figure:
    """The median of what the rounds gave."""
    values = tuple(rounds)
    return Figure(what, median(values), unit, values, goal)


def share(what: str, rounds: Iterable[float], ceiling: Iterable[float], goal: Goal | None = None) -> Figure:
    """How many times the ceiling's figure it is: the median of the pairs, each measured in one round."""
    return figure(what, "times", [one / other for one, other in zip(rounds, ceiling, strict=True)], goal)


def table(figures: Sequence[Figure]) -> str:
    """All figures as lines, columns aligned."""
    rows: list[Sequence[str]] = [(one.what, _rounded(one.value), one.unit, *_judged(one)) for one in figures]
    widths = [max(len(row[column]) for row in [_COLUMNS, *rows]) for column in range(len(_COLUMNS))]
    return "".join(_line(row, widths) for row in [_COLUMNS, ["-" * width for width in widths], *rows])


def document(figures: Sequence[Figure], curves: Mapping[str, Curve], load: Sequence[float]) -> str:
    """All figures as JSON, with every round and the machine. `load` is its average load when the run began."""
    found: dict[str, Any] = {
        "machine": machine() | {"load_at_start": [round(one, 2) for one in load]},
        "figures": [
            {
                "what": one.what,
                "figure": one.value,
                "unit": one.unit,
                "goal": None if one.goal is None else str(one.goal),
                "met": one.met,
                "rounds": one.rounds,
            }
            for one in figures
        ],
        "curves": curves,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def machine() -> dict[str, Any]:
    """What the figures depend on; nothing that names this computer."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return _GONE


def _judged(one: Figure) -> tuple[str, str]:
    return ("", "") if one.goal is None else (str(one.goal), "yes" if one.met else "no")


def _rounded(value: float) -> str:
    """Three places, or fewer where the number is long."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column == 1 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip() + "\n"
