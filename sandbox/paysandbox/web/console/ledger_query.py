"""The query of the ledger's page: which documents it lists, and the addresses of the same page with another query."""

from collections.abc import Callable, Container, Mapping
from typing import Final
from urllib.parse import urlencode

from paysandbox.control.ledger_view import COLUMNS, Query, check_table
from paysandbox.core.problems import NotAllowed
from paysandbox.kit.provider import Provider
from paysandbox.web.console.parameters import Parameters

_NAMES: Final = ("table", "text", "company", "owing", "sort", "check")


def read_query(provider: Provider, query: Mapping[str, str], given: Parameters) -> Query:
    """Read which documents the page lists. `given` reads the parameters of the query, and keeps the errors."""
    return Query(
        given.read("table", lambda table: check_table(provider, table), None),
        query.get("text", ""),
        query.get("owing") == "yes",
        given.read("sort", _check_sort, ""),
        query.get("company") or None,
    )


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
