"""Text that is safe in Markdown: code, cells of tables, anchors of headings."""

import re
from typing import Final

# A browser's address of a heading, as the usual renderers make it.
_NOT_IN_AN_ANCHOR: Final = re.compile(r"[^\w\- ]")


def code(text: str) -> str:
    """Quote text as code, backticks in it included."""
    fence = "``" if "`" in text else "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def make_anchor(heading: str) -> str:
    """Make the anchor by which a link finds a heading."""
    return _NOT_IN_AN_ANCHOR.sub("", heading.strip().lower()).replace(" ", "-")


def escape(text: str | None) -> str:
    """Put text in one line; what looks like a tag stays text."""
    return " ".join((text or "").split()).replace("<", "&lt;")


def format_row(cells: tuple[str, ...]) -> str:
    """Format a row of a table."""
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
