"""Many strings looked for in a text at once, in a time that hardly grows with their number."""

from collections.abc import Iterable
from typing import Final

_FEW: Final = 64  # so many are found faster one by one


class Substrings:
    """Finds which of some strings stand in a text, by the characters at their ends."""

    def __init__(self, strings: Iterable[str], shortest: int) -> None:
        """Each string has `shortest` characters or more; the longer that is, the fewer are tried in vain."""
        self._size = shortest
        self._order = {one: number for number, one in enumerate(dict.fromkeys(strings))}
        self._by_end: dict[str, list[str]] = {}
        if len(self._order) > _FEW:
            for one in self._order:
                self._by_end.setdefault(one[-shortest:], []).append(one)

    def find(self, text: str) -> list[str]:
        """Return the strings that the text contains, in the order in which they were given."""
        if not self._by_end:
            return [one for one in self._order if one in text]
        ends, size = self._by_end, self._size
        found = {end for at in range(len(text) - size + 1) if (end := text[at : at + size]) in ends}
        return sorted((one for end in found for one in ends[end] if one in text), key=self._order.__getitem__)

    def select(self, text: str) -> "Substrings":
        """Return a finder of only the strings that a text contains, for its parts."""
        return Substrings(self.find(text), self._size)
