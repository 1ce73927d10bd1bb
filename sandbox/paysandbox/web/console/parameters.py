"""Parameters of a page's address. A wrong one does not replace the page: it is shown without it, and says so there."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from msgspec import Struct

from paysandbox.control.call_filter import read_number
from paysandbox.core.problems import Problem

T = TypeVar("T")

_LAST: Final = 9_999_999  # beyond any page


class Part(Struct, frozen=True):
    """A part of a list: `first` is the number of the first that is shown, from 1; `most` are shown at most."""

    first: int
    most: int

    def list_neighbours(self, found: int, address: Callable[..., str]) -> tuple[str | None, str | None]:
        """Return the addresses of the parts before and after in a list of `found`; None where there is none."""
        before = address(first=str(max(self.first - self.most, 1))) if self.first > 1 else None
        after = address(first=str(self.first + self.most)) if self.first - 1 + self.most < found else None
        return before, after


class Parameters:
    """Reads the parameters of a query; `errors` has what is wrong with them, by name."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self.errors: dict[str, Problem] = {}

    def read(self, name: str, check: Callable[[str], Any], default: T) -> str | T:
        """Read a text; the default if it is missing, or `check` raises a `Problem` because it is wrong."""
        given = self._query.get(name, "")
        try:
            if given:
                check(given)
        except Problem as problem:
            self.errors[name] = problem
            return default
        return given or default

    def read_part(self, most: int) -> Part:
        """Read which part of a list is shown: from `first` on, from the beginning if that is missing or wrong."""
        try:
            return Part(read_number(self._query, "first", 1, _LAST), most)
        except Problem as problem:
            self.errors["first"] = problem
            return Part(1, most)


def find_problem(errors: Mapping[str, Problem]) -> Problem | None:
    """Return the first error, which is the page's own."""
    return next(iter(errors.values()), None)


class ListView(Struct, frozen=True, kw_only=True):
    """A page with a part of a list: `found` are in the list, `first` is the number of the first shown, from 1.

    `before` and `after` are the addresses of the neighbouring parts. `errors` are those of the query by parameter,
    without which the list is shown.
    """

    found: int
    first: int
    before: str | None
    after: str | None
    errors: Mapping[str, Problem]

    @property
    def problem(self) -> Problem | None:
        return find_problem(self.errors)
