"""Rules of lists: which documents meet what a list is asked for, and in which order."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Generic, TypeVar

from msgspec import Struct

from paysandbox.providers.invoicexpress.records import Client, Document, Status

# The names that filters have for a status; `second_copy` and anything else find no document here. Source: vendor
# documentation, GET /invoices.json; `final` from client code.
_STATUSES: Final[dict[str, Status]] = {
    "draft": "draft",
    "sent": "final",
    "final": "final",
    "settled": "settled",
    "canceled": "canceled",
}

T = TypeVar("T", dt.date, Decimal)
D = TypeVar("D", bound=tuple[str, Document])


class Range(Struct, Generic[T], frozen=True, gc=False):
    """The first and the last value asked for, both included; None where there is no limit."""

    first: T | None
    last: T | None

    @property
    def is_reversed(self) -> bool:
        """Whether it ends before it begins."""
        return self.first is not None and self.last is not None and self.last < self.first

    def has(self, value: T) -> bool:
        """Whether a value is in the range."""
        return (self.first is None or self.first <= value) and (self.last is None or value <= self.last)


class Filters(Struct, frozen=True, kw_only=True, gc=False):
    """What documents of a list must meet; None where that is not asked. `text` is folded to compare in any case."""

    text: str | None = None
    statuses: frozenset[Status] | None = None
    reference: str | None = None
    dates: Range[dt.date] | None = None
    due_dates: Range[dt.date] | None = None
    totals: Range[Decimal] | None = None

    def match(self, document: Document, client: Client) -> bool:
        """Whether a document meets all filters."""
        return (
            (self.statuses is None or document.status in self.statuses)
            and (self.reference is None or document.reference == self.reference)
            and (self.dates is None or self.dates.has(document.date))
            and (self.due_dates is None or self.due_dates.has(document.due_date))
            and (self.totals is None or self.totals.has(document.before_taxes))
            and (self.text is None or _has_text(self.text, document, client))
        )


def read_statuses(asked: Iterable[str]) -> frozenset[Status]:
    """Return the statuses of documents that a filter's names stand for."""
    return frozenset(_STATUSES[name] for name in asked if name in _STATUSES)


def sort_by_date(documents: Iterable[D], *, newest_first: bool) -> list[D]:
    """Sort documents, each beside its type, by date, and those of one date by id."""
    return sorted(documents, key=lambda pair: (pair[1].date, pair[1].id), reverse=newest_first)


def is_text_of_client(text: str, client: Client) -> bool:
    """Whether a client has a folded text in its name or code."""
    return any(text in value.casefold() for value in (client.name, client.code or ""))


def _has_text(text: str, document: Document, client: Client) -> bool:
    searched = (
        client.name,
        document.sequence_number,
        document.reference or "",
        *(item.name for item in document.items),
    )
    return any(text in value.casefold() for value in searched)
