"""The little Markdown that contracts are written in, as plain data: paragraphs, lists, code and emphasis."""

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
    """Some words of one kind: code, emphasis or plain."""

    kind: str
    text: str


class Block(Struct, frozen=True):
    """A paragraph, which is one item, or a list of several; each item is a row of spans."""

    kind: str
    items: tuple[tuple[Span, ...], ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return " ".join("".join(span.text for span in item) for item in self.items)


def blocks(text: str | None) -> tuple[Block, ...]:
    """The paragraphs and lists of a description; whatever else Markdown knows stays as it is written."""
    return tuple(block for part in _BLANK.split((text or "").strip()) if part for block in _blocks(part))


def _blocks(part: str) -> Iterator[Block]:
    """A part without blank lines: perhaps a paragraph, then perhaps a list."""
    found = _BULLET.search(part)
    before = part if found is None else part[: found.start()]
    if before.strip():
        yield Block(PARAGRAPH, (_spans(before),))
    if found is not None:
        yield Block(LIST, tuple(_spans(item) for item in _BULLET.split(part[found.start() :])[1:]))


def _spans(text: str) -> tuple[Span, ...]:
    flat = " ".join(text.split())
    spans, end = [], 0
    for found in _MARKED.finditer(flat):
        spans += [Span(PLAIN, flat[end : found.start()])] if found.start() > end else []
        kind = CODE if found["code"] is not None else EMPHASIS
        spans.append(Span(kind, found[kind]))
        end = found.end()
    return (*spans, Span(PLAIN, flat[end:])) if end < len(flat) else tuple(spans)
