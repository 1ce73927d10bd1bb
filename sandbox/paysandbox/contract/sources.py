"""The sources of a contract: the root table `x-sources`, and the citations of it in `x-source`.

A citation is `key` or `key: place`, and `; ` separates several: `vendor-page: Request Body, amount; house-decision: two
decimals`. A semicolon in double quotes belongs to the quotation.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

HOUSE_DECISION: Final = "house-decision"
_PARTS: Final = re.compile(r'(?:"[^"]*"|[^";]|;(?! )|")+')
_CITATION: Final = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:: (\S.*))?", re.DOTALL)


class Source(Struct, frozen=True):
    """One row of `x-sources`.

    `kind` is vendor-page, client, recording, standard or house-decision; `retrieved` an ISO date; `url` is None where
    none is known.
    """

    key: str
    title: str
    kind: str
    retrieved: str
    url: str | None = None


class Citation(Struct, frozen=True):
    """A source and the place in it, which may be empty."""

    source: Source
    place: str

    def __str__(self) -> str:
        return f"{self.source.title}: {self.place}" if self.place else self.source.title


class Evidence(Struct, frozen=True):
    """What an `x-source` cites. As text it has the titles and places: `vendor page: Request Body, amount`."""

    citations: tuple[Citation, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.citations))


class Sources:
    """The sources of one contract, in the order of its table."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        table = document.get("x-sources", {})
        self._table = {key: Source(key=key, **written) for key, written in table.items()}
        self._known: dict[str, Evidence] = {}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._table.values())

    def find_evidence(self, written: str | None) -> Evidence | None:
        """The evidence that an `x-source` cites; None if there is none.

        Raises:
            KeyError: the table lacks a key, which the dialect refuses.
        """
        if written is None:
            return None
        if written not in self._known:
            cited = (Citation(self._table[key], place) for key, place in split_citations(written))
            self._known[written] = Evidence(tuple(cited))
        return self._known[written]


def split_citations(written: str) -> list[tuple[str, str]]:
    """The keys and places of an `x-source`.

    Raises:
        ValueError: a part is no citation.
    """
    found = []
    for part in _PARTS.findall(written):
        citation = _CITATION.fullmatch(part.strip())
        if citation is None:
            raise ValueError(f"{part.strip()[:80]!r} does not match 'key' or 'key: place'")
        found.append((citation[1], (citation[2] or "").strip()))
    return found
