"""Markdown that is made: tables, code and links."""

import re
from collections.abc import Sequence

# A browser's address of a heading, as the usual renderers make it.
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table with one line a row, and an empty line behind it; nothing if there are no rows."""
    if not rows:
        return []
    lines = [columns, ["---"] * len(columns), *rows]
    return [*(f"| {' | '.join(_cell(one) for one in line)} |" for line in lines), ""]


def code(text: str) -> str:
    """Text as it stands, backticks included."""
    fence = "``" if "`" in text else "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def anchor(heading: str) -> str:
    """Where a link finds a heading."""
    return _NOT_IN_AN_ANCHOR.sub("", heading.strip().lower()).replace(" ", "-")


def prose(text: str | None) -> str:
    """A description as one line; what looks like a tag is text."""
    return " ".join((text or "").split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
