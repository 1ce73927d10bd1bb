"""Charts of what was measured, as SVG files that need no script, font or picture from elsewhere."""

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

# Told apart with any colour vision, on white: Okabe and Ito's, the pale yellow left out, then some of Tol's.
COLOURS: Final = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"),
    *("#882255", "#999933", "#332288", "#117733", "#999999"),
)
_DASHES: Final = ("none", "8,4", "2,3")  # another each time the colours are used up
_DOTS: Final = 20  # points of a line that has dots; with more they would only make it fat
_WIDTH, _HEIGHT, _LEGEND_LINE = 960, 500, 18
_LOOK: Final = {
    "background_color": "#ffffff",
    "title_color": "#000000",
    "legend_color": "#222222",
    "legend_font_char_width": 10,  # more than it is: by its true width a legend runs over the right edge
    "axis_title_color": "#222222",
    "label_color": "#222222",
    "tick_color": "#dddddd",
    "zero_color": "#666666",
} | {
    f"{part}_font_family": "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"
    for part in ("title", "legend", "axis_title", "tick")
}


def line_chart(
    path: Path,
    title: str,
    x: str,
    y: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    log_x: bool = False,
) -> None:
    """Write lines through points (x, y) as an SVG, y from zero; with `log_x` x must be positive.

    `x` and `y` are the titles of the axes; the names of the series are the legend.

    Raises:
        ModuleNotFoundError: leather, which only charts want, is not installed.
        ValueError: there is not one point.
    """
    if not any(series.values()):
        raise ValueError("a chart wants points")
    leather = import_module("leather")  # it brings no types
    for name, value in _LOOK.items():
        setattr(leather.theme, name, value)
    lines = {
        name: [(math.log10(one) if log_x else one, up) for one, up in points]
        for name, points in series.items()
        if points  # leather cannot have a line without any
    }
    across = [one for points in lines.values() for one, _ in points]
    chart = leather.Chart(title)
    chart.add_x_scale(*_wide(min(across), max(across)))
    chart.add_y_scale(0, max(up for points in lines.values() for _, up in points) or 1)
    chart.add_x_axis(ticks=_powers(across) if log_x else None, tick_formatter=_power if log_x else _plain, name=x)
    chart.add_y_axis(tick_formatter=_plain, name=y)
    for number, (name, points) in enumerate(lines.items()):
        colour, dashes = COLOURS[number % len(COLOURS)], _DASHES[number // len(COLOURS) % len(_DASHES)]
        chart.add_line(points, name=name, stroke_color=colour, width=2.5, stroke_dasharray=dashes)
    for number, points in enumerate(lines.values()):
        if len(points) <= _DOTS:
            dots = import_module("leather.shapes").Dots(COLOURS[number % len(COLOURS)], radius=4)
            dots.legend_to_svg = _nothing  # the line has told it
            chart.add_series(import_module("leather.series").Series(points), dots)
    path.write_text(chart.to_svg(width=_WIDTH, height=_HEIGHT + _LEGEND_LINE * len(series)), encoding="utf-8")


def _wide(least: float, most: float) -> tuple[float, float]:
    """The ends of x; of a single place it is the middle."""
    return (least, most) if least < most else (least - 1, most + 1)


def _powers(across: Sequence[float]) -> list[int]:
    return list(range(math.ceil(min(across)), math.floor(max(across)) + 1))


def _power(value: Any, *_: int) -> str:
    return f"{10 ** int(value):,}"


def _plain(value: Any, *_: int) -> str:
    return f"{float(value):,.10g}"


def _nothing(*_: Any) -> list[Any]:
    return []
