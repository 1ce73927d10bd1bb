"""Declarations of a provider's documents: what is paid of them, what is owed, and the records that say so."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from paysandbox.core.money import ZERO

Term = tuple[str, Decimal]  # a part of what is owed: its name, and the amount that it adds


class Entries(Struct, frozen=True, kw_only=True):
    """Records that belong to a document.

    Attributes:
        title: the provider's word for them, in the plural.
        table: the table that holds them.
        find: returns those of a document, oldest first.
        properties: their properties that are shown, by their names on the wire.
        amount: returns what one of them adds to what is owed; None if it does not count.
    """

    title: str
    table: str
    find: Callable[[Any, Any], Iterable[Any]]
    properties: tuple[str, ...]
    amount: Callable[[Any, Any, Any], Decimal | None]


class Statement(Struct, frozen=True, kw_only=True):
    """How the documents of a table are told. Amounts are decimal major units of `currency`.

    Attributes:
        table: the table that holds the documents.
        title: the provider's word for such a document, in the singular.
        number: returns the number that people know it by.
        status: returns the provider's word for the state that it is in.
        party: returns the name of the one who owes it.
        party_title: the provider's word for that one.
        currency: returns the currency, in the provider's words; None if the API names none.
        total: returns the amount that the document is over.
        paid: returns what payments have paid of it.
        owed: returns what is still owed.
        terms: returns the parts that what is owed is made of; with sound records they add up to it.
        told: the names of those parts that the total and what is paid already tell; the others are notes and states.
        company: returns the name of the provider's own customer whose document it is; None if the API has none.
        company_title: the provider's word for that one.
        amounts: its properties that are amounts, by their names on the wire, in the order of a document's foot.
        lines: the property that has its lines, if it has any.
        line_properties: the properties of a line that are shown.
        entries: the records that belong to it, by kind.
    """

    table: str
    title: str
    number: Callable[[Any], str | None]
    status: Callable[[Any], str]
    party: Callable[[Any, Any], str | None]
    party_title: str
    currency: Callable[[Any, Any], str | None]
    total: Callable[[Any, Any], Decimal]
    paid: Callable[[Any, Any], Decimal]
    owed: Callable[[Any, Any], Decimal]
    terms: Callable[[Any, Any], list[Term]]
    told: tuple[str, ...] = ()
    company: Callable[[Any, Any], str | None] | None = None
    company_title: str = "Company"
    amounts: tuple[str, ...]
    lines: str | None = None
    line_properties: tuple[str, ...] = ()
    entries: tuple[Entries, ...] = ()


def waive(terms: list[Term], why: str) -> list[Term]:
    """Add the term after which nothing is owed, because of the state that `why` names."""
    return [*terms, (why, -add_up(terms))]


def add_up(terms: Iterable[Term]) -> Decimal:
    """Return the sum of terms."""
    return sum((amount for _, amount in terms), ZERO)
