"""What a run has found: each figure with its goal, as a table for people and as JSON for the next run."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any, Final, NamedTuple

Curve = Sequence[tuple[float, float]]

_COLUMNS: Final = ("what", "figure", "unit", "lowest and highest round", "goal", "reached")
_RIGHT: Final = 1  # the column of numbers
_PACKAGES: Final = ("uvicorn", "httptools", "uvloop", "starlette", "msgspec", "jsonschema-rs")
_GONE: Final = "not installed"


class Goal(NamedTuple):
    """What a figure is to be: at least or at most its bound. A goal of the whole program has a title."""

    bound: float
    at_least: bool = False
    title: str = ""
    needs: str = ""

    def is_reached(self, value: float) -> bool:
        """Tell whether a figure is as wanted."""
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
    def is_reached(self) -> bool | None:
        """Whether it is as wanted; None where nothing is."""
        return None if self.goal is None else self.goal.is_reached(self.value)


def figure(what: str, unit: str, rounds: Iterable[float], goal: Goal | None = None) -> Figure:
    """The median of what the rounds gave."""
    values = tuple(rounds)
    return Figure(what, median(values), unit, values, goal)


def share(what: str, rounds: Iterable[float], ceiling: Iterable[float], goal: Goal | None = None) -> Figure:
    """How many times the ceiling's figure it is: the median of the pairs, each measured in one round."""
    return figure(what, "times", [one / other for one, other in zip(rounds, ceiling, strict=True)], goal)


def render_table(figures: Sequence[Figure]) -> str:
    """All figures as lines, columns aligned."""
    return _align(
        _COLUMNS,
        [(found.what, _round(found.value), found.unit, _show_spread(found), *_judge(found)) for found in figures],
    )


def render_goals(goals: Sequence[Goal], figures: Sequence[Figure]) -> str:
    """The goals of the whole program, each with its figure, or with what a run needs to find it."""
    by_goal = {found.goal: found for found in figures if found.goal is not None}
    rows: list[Sequence[str]] = []
    for goal in goals:
        found = by_goal.get(goal)
        if found is None:
            rows.append((goal.title, "", "", "", str(goal), f"not measured; needs {goal.needs}"))
        else:
            rows.append((goal.title, _round(found.value), found.unit, _show_spread(found), *_judge(found)))
    return _align(("goal", *_COLUMNS[1:]), rows)


def render_json(figures: Sequence[Figure], curves: Mapping[str, Curve], about: Mapping[str, Any]) -> str:
    """All figures as JSON, with every round and the machine. `about` is what else the run depends on."""
    found: dict[str, Any] = {
        "machine": {**machine(), **about},
        "figures": [
            {
                "what": found.what,
                "figure": found.value,
                "unit": found.unit,
                "goal": None if found.goal is None else str(found.goal),
                "reached": found.is_reached,
                "rounds": found.rounds,
            }
            for found in figures
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


def _judge(found: Figure) -> tuple[str, str]:
    return ("", "") if found.goal is None else (str(found.goal), "reached" if found.is_reached else "not reached")


def _show_spread(found: Figure) -> str:
    return f"{_round(min(found.rounds))} to {_round(max(found.rounds))}" if len(found.rounds) > 1 else ""


def _round(value: float) -> str:
    """Three places, or fewer where the number is long."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def _align(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "".join(
        "  ".join(
            cell.rjust(width) if column == _RIGHT else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )
