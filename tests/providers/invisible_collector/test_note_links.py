"""The debt that a note is linked with: that of the latest line that references it, else the one of its issue."""

from typing import Any, Final

import pytest

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState, Note
from tests.helpers.runtimes import Client, broken_invariants, nothing_changes
from tests.providers.invisible_collector.known import COMPANY, PROVIDER, Body

NOTES: Final = {
    "a free credit note": "NC NC/001",
    "a free debit note": "ND ND/001",
    "a credit note of FT 2016/007": "NC 2016/003",
    "a debit note of FT 2016/011": "ND 2016/002",
}


@pytest.fixture(params=list(NOTES.values()), ids=list(NOTES))
def number(request: pytest.FixtureRequest) -> str:
    """A note's number."""
    return str(request.param)


class Book:
    """Pays by notes, and looks at notes and debts."""

    def __init__(self, api: Client, state: InvisibleCollectorState, payment: Body) -> None:
        self.api, self._state, self._payment = api, state, payment

    def note(self, number: str) -> Note:
        """The note with this number."""
        note = next(note for note in self._state.find_note(COMPANY, number) if note is not None)
        assert broken_invariants(self.api.runtime) == []
        return note

    def linked(self, number: str) -> str | None:
        """The number of the debt that a note is linked with."""
        found = self._state.debts.get(self.note(number).debt)
        return None if found is None else found.number

    def link(self, name: str, number: str, *debts: str, **changes: Any) -> None:
        """Register a payment of this external id, whose lines reference the note for these debts."""
        lines = [{"number": debt, "referenceNumber": number, "amount": 5} for debt in debts]
        body = self._payment(number=f"RG {name}", externalId=name, lines=lines, **changes)
        assert self.api.post("/payments", body).status == 201


@pytest.fixture
def book(api: Client, state: InvisibleCollectorState, payment: Body) -> Book:
    """The documents of the test company."""
    return Book(api, state, payment)


@pytest.mark.parametrize("take_back", ["PUT /payments/{}/cancel", "DELETE /payments/{}"])
def test_a_note_names_the_debt_of_its_latest_line(book: Book, number: str, take_back: str) -> None:
    """A payment that is taken back leaves the link that was there before it, in whichever order."""
    method, path = take_back.split(" ")
    first = book.linked(number)
    book.link("a", number, "FT 2016/101")
    assert book.linked(number) == "FT 2016/101"
    book.link("b", number, "FT 2016/102")
    assert book.linked(number) == "FT 2016/102"
    book.link("c", number, "FT 2016/101", "FT 2016/103")
    assert book.linked(number) == "FT 2016/103"
    book.api.call(method, path.format("b"))
    assert book.linked(number) == "FT 2016/103"
    book.api.call(method, path.format("c"))
    assert book.linked(number) == "FT 2016/101"
    book.api.call(method, path.format("a"))
    assert book.linked(number) == first


def test_a_note_counts_for_the_debt_that_it_was_issued_for(book: Book) -> None:
    """Also while it is linked with another, which it adds nothing to."""
    issued_for = book.note("NC 2016/003").issued_for
    before = book.api.get(f"/debts/{issued_for}").json
    others = book.api.get("/debts/find", query="number=FT%202016/101").json
    book.link("a", "NC 2016/003", "FT 2016/101")
    assert (book.linked("NC 2016/003"), book.note("NC 2016/003").issued_for) == ("FT 2016/101", issued_for)
    assert book.api.get(f"/debts/{issued_for}").json == before
    assert book.api.get("/debts/find", query="number=FT%202016/101").json == others


def test_a_payment_that_links_nothing_changes_no_note(book: Book, payment: Body, number: str) -> None:
    """One that is registered as cancelled, and one that is refused for another line."""
    first = book.linked(number)
    book.link("a", number, "FT 2016/101", status="CANCELLED")
    assert book.linked(number) == first
    lines = [{"number": debt, "referenceNumber": number, "amount": 5} for debt in ("FT 2016/101", "FT 9999/1")]
    with nothing_changes(book.api, PROVIDER):
        assert book.api.post("/payments", payment(lines=lines)).status == 404
    assert book.linked(number) == first


def test_a_new_note_starts_with_its_debt(book: Book, note: Body) -> None:
    """The one in whose path it was created."""
    debt = book.api.get("/debts/find", query="number=FT%202016/101").json[0]["id"]
    for kind, number in (("credits", "N 1"), ("debits", "N 2")):
        assert book.api.post(f"/debts/{debt}/{kind}", note(number=number)).status == 201
        made = book.note(number)
        assert (made.debt, made.issued_for) == (debt, debt)
