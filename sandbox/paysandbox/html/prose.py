"""The Markdown of contracts as plain data: paragraphs, lists, code and emphasis."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

PARAGRAPH: Final = "paragraph"
LIST: Final = "list"
CODE: Final = "code"
EMPHASIS: Final = "emphasis"
PLAIN: Final = "plain"

_BLANK: Final = re.compile(r"\n[ \t]*\n")
_BULLET: Final = re.compile(r"^[-*] ", re.MULTILINE)
_MARKED: Final = re.compile(r"`(?P<code>[^`\n]+)`|(?<![\w*])\*(?P<emphasis>[^\s*](?:[^*]*[^\s*])?)\*(?![\w*])")


class Span(Struct, frozen=True):
    """Text of one kind: code, emphasis or plain."""

    kind: str
    text: str


class Block(Struct, frozen=True):
    """A paragraph of one item, or a list of several; each item is a row of spans."""

    kind: str
    items: tuple[tuple[Span, ...], ...]

    @property
    def text(self) -> str:
        return " ".join("".join(span.text for span in item) for item in self.items)


def parse_blocks(text: str | None) -> tuple[Block, ...]:
    """Parse the paragraphs and lists of a description; other Markdown stays as it is."""
    return tuple(block for part in _BLANK.split((text or "").strip()) if part for block in _parse_part(part))


def _parse_part(part: str) -> Iterator[Block]:
    """Parse a part without blank lines: an optional paragraph, then an optional list."""
    found = _BULLET.search(part)
    before = part if found is None else part[: found.start()]
    if before.strip():
        yield Block(PARAGRAPH, (_parse_spans(before),))
    if found is not None:
        yield Block(LIST, tuple(_parse_spans(item) for item in _BULLET.split(part[found.start() :])[1:]))


def _parse_spans(text: str) -> tuple[Span, ...]:
    flat = " ".join(text.split())
    spans, end = [], 0
    for found in _MARKED.finditer(flat):
        spans += [Span(PLAIN, flat[end : found.start()])] if found.start() > end else []
        kind = CODE if found["code"] is not None else EMPHASIS
        spans.append(Span(kind, found[kind]))
        end = found.end()
    return (*spans, Span(PLAIN, flat[end:])) if end < len(flat) else tuple(spans)
