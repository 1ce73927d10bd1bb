"""A vendor's page that the user saved, as HTML or text, and which sentences of a contract it still has."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import Final

from msgspec import Struct

from paysandbox.evidence.sentences import Sentence, normalize, split_sentences

KEPT: Final = "found"
CHANGED: Final = "changed"
GONE: Final = "gone"
_ALIKE: Final = 0.75  # so much alike is a sentence that was changed
_LEAST_SHARE: Final = 50  # one of so many sentences must be on a page
_FEW: Final = 2
_HIDDEN: Final = ("script", "style", "template", "noscript")
_INLINE: Final = (
    "a",
    "abbr",
    "b",
    "code",
    "em",
    "i",
    "kbd",
    "mark",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
    "tt",
)


class Standing(Struct, frozen=True):
    """Whether a sentence stands on a page; `now` is the one that it was changed to."""

    sentence: Sentence
    verdict: str
    now: str | None = None


class _TextOfPage(HTMLParser):
    """Collects the text of a page, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as it is called
        self._hidden += tag in _HIDDEN
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def read_page(content: bytes) -> str:
    """The text of a saved page; what begins with a tag is HTML."""
    text = content.decode("utf-8-sig", "replace")
    if not text.lstrip().startswith("<"):
        return text
    parser = _TextOfPage()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)


def check_page(sentences: Sequence[Sentence], page: str, earlier: str | None = None) -> list[Standing]:
    """Look for sentences on a page.

    Args:
        sentences: of one source.
        page: the text of the page.
        earlier: its text when it was read before. A sentence that is not there either is the contract's own wording of
            the page, and is left out.
    """
    whole, before = normalize(page), None if earlier is None else normalize(earlier)
    lines = [sentence for line in page.splitlines() for sentence in split_sentences(line)]
    known = {normalize(line): line for line in lines}
    found = []
    for sentence in sentences:
        words = normalize(sentence.text)
        if before is not None and words not in before:
            continue
        if words in whole:
            found.append(Standing(sentence, KEPT))
            continue
        nearest = _find_nearest(words, list(known))
        found.append(Standing(sentence, GONE) if nearest is None else Standing(sentence, CHANGED, known[nearest]))
    return found


def is_page_of(standings: Sequence[Standing]) -> bool:
    """Whether a page has enough sentences of its source to be it; of one or two sentences, all may be gone."""
    there = sum(standing.verdict != GONE for standing in standings)
    return bool(standings) and (len(standings) <= _FEW or there * _LEAST_SHARE >= len(standings))


def _find_nearest(words: str, lines: Sequence[str]) -> str | None:
    matcher = SequenceMatcher(None, b=words)
    best, nearest = _ALIKE, None
    for line in lines:
        matcher.set_seq1(line)
        if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best and matcher.ratio() >= best:
            best, nearest = matcher.ratio(), line
    return nearest
