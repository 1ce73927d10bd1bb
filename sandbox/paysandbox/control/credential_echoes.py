"""Credentials told again in a text: as they are, percent-encoded, escaped, or as base64."""

import base64
import html
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, unquote_plus

from paysandbox.control.substrings import Substrings
from paysandbox.core.exact_json import write_json

_BOUND: Final = r"(?<![A-Za-z0-9])%s(?![A-Za-z0-9])"
_SHORTEST: Final = 4  # what is shorter stands in too many places that have nothing to do with it
_ANYWHERE: Final = 8  # what is shorter is an echo only as a word of its own
_BEGINNING: Final = 16  # so much of a credential is told by a message that cuts it short
_PERCENT: Final = "%(?:25)*"  # a sign that was itself percent-encoded is %25


class Echoes:
    """What is looked for in texts: the spellings of credentials, and their beginnings."""

    MASK: Final = "***"

    def __init__(self, credentials: Iterable[str]) -> None:
        values = [value for value in dict.fromkeys(credentials) if len(value) >= _SHORTEST]
        spellings = sorted({each for value in values for each in list_spellings(value)}, key=_by_size)
        self._credentials = Substrings(values, _SHORTEST)
        self._spellings = Substrings(spellings, _SHORTEST)
        self._beginnings = Substrings(
            sorted({value[:_BEGINNING] for value in values if len(value) > _BEGINNING}), _BEGINNING
        )

    def select(self, text: str) -> "Echoes":
        """Return those that stand in a text, which are fewer to look for in each part of it."""
        found = Echoes(())
        found._credentials = self._credentials.select(decode_percent(text))
        found._spellings = self._spellings.select(text)
        found._beginnings = self._beginnings.select(text)
        return found

    def cover(self, text: str) -> str:
        """Return the text with the mask in the place of each."""
        for spelling in self._spellings.find(text):
            text = re.sub(_bound(re.escape(spelling), len(spelling)), self.MASK, text)
        decoded = decode_percent(text)
        for value in self._credentials.find(decoded) if decoded else ():
            text = re.sub(_bound(_match_encoded(value), len(value)), self.MASK, text)
        for beginning in self._beginnings.find(text):
            text = re.sub(re.escape(beginning) + r"[A-Za-z0-9_.~+/=%-]*", self.MASK, text)
        return text


def list_spellings(value: str) -> set[str]:
    """The ways in which a credential may be written, but for percent-encoding, which `decode_percent` undoes."""
    if len(value) < _SHORTEST:
        return set()
    content = value.encode("utf-8", "surrogatepass")
    coded = {coding(content).decode() for coding in (base64.b64encode, base64.urlsafe_b64encode)}
    return {
        *(value, write_json(value).decode()[1:-1], html.escape(value)),
        *(repr(value)[1:-1], repr(content)[2:-1], value.encode("ascii", "backslashreplace").decode()),
        *coded,
        *(text.rstrip("=") for text in coded),
    }


def decode_percent(text: str) -> str:
    """What a text may stand for where it is percent-encoded, once or twice; empty if it has no such sign."""
    if "%" not in text:
        return ""
    once = unquote(text)
    return "\n".join((once, unquote_plus(text), unquote(once), unquote_plus(once)))


def _match_encoded(value: str) -> str:
    """A pattern for a credential of which any characters are percent-encoded, in capital or small digits."""
    return "".join(map(_match_character, value))


def _match_character(character: str) -> str:
    digits = "".join(
        _PERCENT + "".join(f"[{digit.upper()}{digit}]" if digit.isalpha() else digit for digit in f"{byte:02x}")
        for byte in character.encode("utf-8", "surrogatepass")
    )
    plus = r"|\+" if character == " " else ""
    return f"(?:{re.escape(character)}|{digits}{plus})"


def _bound(pattern: str, length: int) -> str:
    return pattern if length >= _ANYWHERE else _BOUND % pattern


def _by_size(text: str) -> tuple[int, str]:
    return -len(text), text
