"""The query of the ledger's page: which documents it lists, and the addresses of the same page with another query."""

from collections.abc import Callable, Collection, Container, Mapping
from typing import Final
from urllib.parse import urlencode

from paysandbox.control.ledger_view import COLUMNS, Query, check_table
from paysandbox.core.problems import NotAllowed
from paysandbox.kit.provider import Provider
from paysandbox.web.console.parameters import Parameters

YES: Final = "yes"
_MOST: Final = 20  # companies that an error names
_NAMES: Final = ("table", "text", "company", "owing", "sort", "check")


def read_query(
    provider: Provider, query: Mapping[str, str], given: Parameters, companies: Collection[str] | None
) -> Query:
    """Read which documents the page lists. `given` reads the parameters of the query, and keeps the errors.

    `companies` are those of the documents; None if they are not known, because there are too many documents.
    """
    return Query(
        given.read("table", lambda table: check_table(provider, table), None),
        query.get("text", ""),
        read_choice(given, "owing"),
        given.read("sort", _check_sort, ""),
        given.read("company", lambda company: _check_company(company, companies), None),
    )


def read_choice(given: Parameters, name: str) -> bool:
    """Return whether a parameter is `yes`; the only other choice is to leave it out."""
    return given.read(name, lambda text: _check_choice(name, text), "") == YES


def make_addresses(query: Mapping[str, str], wrong: Container[str]) -> Callable[..., str]:
    """Return what makes the addresses of the same page with another query; it begins with the first documents."""
    given = {name: query.get(name, "") for name in _NAMES if name not in wrong}

    def address(**changes: str) -> str:
        return f"?{urlencode({name: value for name, value in {**given, **changes}.items() if value})}"

    return address


def _check_sort(sort: str) -> None:
    if sort.removeprefix("-") not in COLUMNS:
        what = f"documents cannot be sorted by {sort[:40]!r}; they can be by {', '.join(COLUMNS)}"
        raise NotAllowed(what, at="?sort")


def _check_choice(name: str, text: str) -> None:
    if text != YES:
        raise NotAllowed(f"{name} is {text[:40]!r}; it is {YES!r} or left out", at=f"?{name}")


def _check_company(company: str, companies: Collection[str] | None) -> None:
    if companies is not None and company not in companies:
        there = f"there are {', '.join(list(companies)[:_MOST])}" if companies else "none has one"
        raise NotAllowed(f"no document is of the company {company[:40]!r}; {there}", at="?company")
