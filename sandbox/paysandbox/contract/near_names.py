"""The known names of a contract that an unknown one can mean."""

import re
from collections.abc import Sequence
from typing import Final

_SPELLING: Final = dict.fromkeys(map(ord, " \t\n\r_-"))
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")  # of a name: payment_amount, paymentAmount
_SHORTEST_PART: Final = 4  # letters
_MOST: Final = 3
_READ: Final = 80  # letters of a name


def find_near(name: str, known: Sequence[str]) -> list[str]:
    """The known names that an unknown one can mean: none, or the likeliest, or up to three that are as likely.

    A name is near in another spelling, with a few other letters, or as whole words of a known one (`amount` of
    `payment_amount`), or the other way round.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt member asks for it

    alike = [other for other in known if spell_plainly(other) == spell_plainly(name)]
    alike = alike or get_close_matches(name, known, n=1, cutoff=0.75)
    if alike:
        return alike[:1]
    words = _split_words(name)
    longer = [other for other in known if _has_words(_split_words(other), words)]
    # Of its own parts the longest says most of it.
    shorter = sorted((other for other in known if _has_words(words, _split_words(other))), key=len, reverse=True)
    found = longer or shorter[:1]
    return found if len(found) <= _MOST else []


def _split_words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name[:_READ])]


def _has_words(words: Sequence[str], part: Sequence[str]) -> bool:
    """Tell whether one name has all words of another in a row; short ones (`id`, `at`) alone say nothing."""
    size = len(part)
    if size >= len(words) or len("".join(part)) < _SHORTEST_PART:
        return False
    return any(words[start : start + size] == part for start in range(len(words) - size + 1))


def spell_plainly(text: str) -> str:
    """A name without case, `_`, `-` and spaces, which is where spelling conventions differ."""
    return text.translate(_SPELLING).lower()
