"""Any sequence of calls agrees with a second, independent ledger and breaks no invariant; a refusal changes nothing.

750 steps of 25 sequences in a run of the tests; each step is one call or a few, and the whole ledger is read after it.
"""

from decimal import Decimal
from typing import Any, Final

from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import LedgerMachine, play
from tests.helpers.runtimes import Client, Response
from tests.providers.invisible_collector.book import Book, is_same_payment, show_payment
from tests.providers.invisible_collector.known import PROVIDER

EXAMPLES: Final = 25
STEPS: Final = 30

# Few of each, so that they meet: open, paid, a cent short, paid by a note, cancelled; and some that are not there yet.
DEBTS: Final = st.sampled_from(
    ["FT 2016/101", "FT 2016/001", "FT 2016/009", "FT 2016/007", "FT 2016/013", "D 1", "D 1", "D 2", "D 2", "D 3"]
)
NEW_DEBTS: Final = st.sampled_from(["D 1", "D 3", "D 4", "D 5", "D 6", "D 7", "FT 2016/101"])
PAYMENTS: Final = st.sampled_from(["RG 2016/001", *(f"P {number}" for number in range(20))])
NOTES: Final = st.sampled_from(["NC NC/001", "NC 2016/003", "ND ND/001", "ND ND/001", "N 1"])
NEW_NOTES: Final = st.sampled_from(["NC NC/001", *(f"N {number}" for number in range(9))])
NAMES: Final = st.sampled_from(["e 1", "e 1", "e/2", "e/2", "transfer-80117", "transfer-82540", "cheque-5512"])
DAYS: Final = st.sampled_from(["2016-02-01", "2016-03-16", "2016-07-01", "2016-07-20"])
AMOUNTS: Final = st.sampled_from([Decimal("0.01"), Decimal("12.5"), Decimal(100)])
SHARES: Final = st.sampled_from(["some", "a cent less", "all", "a cent more", "far too much"])
CENT: Final = Decimal("0.01")
NOWHERE: Final = "00000000-0000-4000-8000-000000000000"
OTHERS: Final = {"authorization": "Bearer ic-other-token"}
WRONG: Final = [
    ("POST", "/payments", {"number": "P 1"}, 422),
    ("POST", "/debts", {"number": "D 1", "type": "XX"}, 422),
    ("POST", f"/debts/{NOWHERE}/credits", {"number": "N 1"}, 422),
    ("POST", "/debts/1/debits", {"number": "N 1", "date": "2016-07-01"}, 404),
    ("GET", f"/debts/{NOWHERE}", ..., 404),
    ("DELETE", "/payments/RG%202016%2F001", ..., 404),
    ("GET", "/payments", ..., 405),
]


def action(name: str, /, **drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw a step by its name and its arguments."""
    return st.tuples(st.just(name), st.fixed_dictionaries(drawn))


def pay() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw a payment, mostly in money."""
    line = st.tuples(DEBTS, SHARES, st.none() | st.none() | st.none() | NOTES)
    status = st.sampled_from([None, "FINAL", "FINAL", "CANCELLED"])
    lines = st.lists(line, min_size=1, max_size=2)
    return action("pay", number=PAYMENTS, name=st.none() | NAMES | NAMES, status=status, day=DAYS, lines=lines)


def take_back(how: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw an operation on an existing payment, seldom by another company."""
    return action("take_back", name=NAMES, how=st.just(how), others=st.sampled_from([None] * 9 + [OTHERS]))


def issue_a_note(kind: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw a credit or debit note."""
    return action("issue_a_note", kind=st.just(kind), debt=DEBTS, number=NEW_NOTES, share=SHARES, day=DAYS)


def set_state() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw an operation on the status of a debt."""
    return action("set_state", debt=DEBTS, how=st.sampled_from(["suspend", "unsuspend", "cancel"]))


def make_a_debt() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Draw a debt of 0, of a gross amount, or of a net amount."""
    return action(
        "make_a_debt",
        number=NEW_DEBTS,
        gross=st.sampled_from([None, Decimal(0), Decimal(100), Decimal("99.99")]),
        net=st.sampled_from([None, Decimal(50)]),
        status=st.sampled_from([None, "PENDING", "SUSPENDED", "PAID", "CANCELLED"]),
        dates=st.tuples(DAYS, DAYS) | DAYS.map(lambda day: (day, day)),
        customer=st.sampled_from([0, 1, 2, 3, 4, None]),
    )


# One rule draws what to call, and what is listed twice is twice as likely: rules of a machine are not equally so.
ACTIONS: Final = st.one_of(
    *(pay() for _ in range(5)),
    *(take_back(how) for how in ("read", "cancel", "cancel", "delete")),
    *(issue_a_note(kind) for kind in ("credits", "debits")),
    make_a_debt(),
    set_state(),
    action("pay_again", which=st.integers(0, 20), again=st.booleans()),
    action("find", dates=st.tuples(*[st.none() | DAYS] * 4), number=st.none() | st.none() | DEBTS),
    action("call_wrongly", wrong=st.sampled_from(WRONG)),
)


class Ledger(LedgerMachine):
    """Each step is a call, whose reply must agree with the book."""

    provider = PROVIDER
    phases = (Phase.generate,)  # shrinking takes minutes where much is wrong

    def __init__(self) -> None:
        super().__init__()
        self._api = Client(self.runtime, root="/invisible-collector", headers={"authorization": "Bearer ic-test-token"})
        self._book = Book()
        self._compared: Any = None

    def _call(self, method: str, path: str, body: Any = ..., **options: Any) -> Response:
        """Make a call; a refused call must change nothing."""
        before = self.dump()
        response = self._api.call(method, path, **({} if body is ... else {"json": body}), **options)
        if response.status >= 400:
            assert self.dump() == before
        self.played.calls[f"{method} /{path.split('/')[1]} {response.status}"] += 1
        return response

    @initialize(gross=st.sampled_from([Decimal(100), None]), status=st.sampled_from([None, "PAID"]))
    def begin(self, gross: Any, status: Any) -> None:
        """Compare the book with the fixtures, and create two debts."""
        self._everything_is_as_the_book_says()
        self.make_a_debt("D 1", gross, None, None, ("2016-02-01", "2016-07-01"), 0)
        self.make_a_debt("D 2", Decimal("99.99"), None, status, ("2016-07-01", "2016-07-01"), 1)

    @rule(drawn=ACTIONS)
    def act(self, drawn: tuple[str, dict[str, Any]]) -> None:
        """Make a drawn call."""
        name, arguments = drawn
        getattr(self, name)(**arguments)

    def make_a_debt(self, number: str, gross: Any, net: Any, status: Any, dates: Any, customer: int | None) -> None:
        """Create a debt; refused if it is due before its date, its number is taken or its customer unknown."""
        owner = NOWHERE if customer is None else self._book.customers[customer]
        body = {"number": number, "customerId": owner, "type": "FT", "date": dates[0], "dueDate": dates[1]}
        response = self._call(
            "POST", "/debts", {**body, "status": status, "grossTotal": gross, "netTotal": net, "currency": "EUR"}
        )
        early, taken = dates[1] < dates[0], number in self._book.debts
        expected = 422 if early else 409 if taken else 422 if customer is None else 201
        assert response.status == expected
        if response.status == 201:
            owed = gross if gross is not None else net or 0
            told = "2026-03-31T12:00:00Z" if status == "PAID" else None
            kept = {"id": response.json["id"], "grossTotal": owed, "netTotal": net, "currency": "EUR"}
            self._book.debts[number] = {**body, **kept, "status": status or "PENDING", "told": told}
            assert response.json == self._book.debt(number)

    def pay(self, number: str, name: Any, status: Any, day: str, lines: list[tuple[str, str, str | None]]) -> None:
        """Pay one debt or several, in part, in full or too much, by money or notes; documents may be missing."""
        body = {"number": number, "type": "RG", "date": day, "currency": "EUR", "status": status or "FINAL"}
        body |= {"externalId": name} if name is not None else {}
        body["lines"] = [self._line(*line) for line in lines]
        self._pay(body, {**body, "status": status, "externalId": name})

    def pay_again(self, *, which: int, again: bool) -> None:
        """Repeat a payment with its lines in another order, or send a different payment under its number."""
        held = self._book.payments[which % len(self._book.payments)]
        body = show_payment(held) | {"lines": held["lines"][::-1]}
        body |= {} if again else {"grossTotal": Decimal("0.07")}
        self._pay(body, body)

    def take_back(self, name: str, how: str, others: Any) -> None:
        """Read, cancel or delete a payment by its external id; the token of another company is refused."""
        path = f"/payments/{name.replace(' ', '%20').replace('/', '%2F')}"
        method = {"read": "GET", "cancel": "PUT", "delete": "DELETE"}[how]
        response = self._call(method, path + ("/cancel" if how == "cancel" else ""), headers=others)
        payment = self._book.find_by_external_id(name) if others is None else None
        if payment is None:
            assert response.status == 404
            return
        if how == "cancel":
            payment["status"] = "CANCELLED"
        if how == "delete":
            self._book.delete(payment)
        assert (response.status, response.json) == (200, show_payment(payment))

    def issue_a_note(self, kind: str, debt: str, number: str, share: str, day: str) -> None:
        """Issue a note for a debt, which may not exist."""
        held = self._book.debts.get(debt)
        amount = self._amount(debt, share)
        body = {"number": number, "date": day, "grossTotal": amount}
        response = self._call("POST", f"/debts/{held['id'] if held else NOWHERE}/{kind}", body)
        assert response.status == (404 if held is None else 409 if number in self._book.notes else 201)
        if response.status == 201:
            assert response.json == {**body, "status": "FINAL"}
            self._book.notes[number] = {**body, "kind": kind, "debt": debt, "amount": amount}
            self._book.events.append(self._book.notes[number])

    def set_state(self, debt: str, how: str) -> None:
        """Suspend, unsuspend or cancel a debt, which may not exist; refused if it is settled."""
        held = self._book.debts.get(debt)
        response = self._call("PUT", f"/debts/{held['id'] if held else NOWHERE}/{how}")
        if held is None:
            assert response.status == 404
            return
        shown = self._book.debt(debt)["status"]
        if shown == "PAID" or (shown == "CANCELLED" and how != "cancel"):
            assert response.json == {"code": 422, "message": f"The debt is {shown}"}
            return
        held["status"] = {"suspend": "SUSPENDED", "unsuspend": "PENDING", "cancel": "CANCELLED"}[how]
        assert (response.status, response.json) == (200, self._book.debt(debt))

    def find(self, dates: tuple[str | None, ...], number: str | None) -> None:
        """Search debts; refused if a range ends before it begins."""
        given = dict(zip(("from_date", "to_date", "from_duedate", "to_duedate"), dates, strict=True))
        query = "&".join(f"{name}={value}" for name, value in {**given, "number": number}.items() if value is not None)
        response = self._call("GET", "/debts/find", query=query.replace(" ", "%20"))
        first, last, first_due, last_due = ((low or high) for low, high in zip(dates, ("0", "9") * 2, strict=True))
        if (dates[0] and first > last) or (dates[2] and first_due > last_due):
            assert response.status == 422
            return
        fitting = [
            one["number"]
            for one in self._book.debts.values()
            if first <= one["date"] <= last and first_due <= one["dueDate"] <= last_due
        ]
        assert [one["number"] for one in response.json] == [one for one in fitting if number in {None, one}]

    def call_wrongly(self, wrong: tuple[str, str, Any, int]) -> None:
        """Make a call that is always refused."""
        method, path, body, status = wrong
        assert self._call(method, path, body).status == status

    @invariant()
    def everything_is_as_the_book_says(self) -> None:
        """All readable debts and payments agree with the book."""
        # After a change alone, because to read all of it takes as long as the rest of a step.
        held = self.dump()
        if held != self._compared:
            self._everything_is_as_the_book_says()
            self._compared = held

    def _everything_is_as_the_book_says(self) -> None:
        assert self._api.get("/debts/find").json == self._book.all_debts()
        number = next(reversed(self._book.debts))
        shown = self._book.debt(number)
        assert self._api.get(f"/debts/{shown['id']}").json == shown
        held = self.dump()["payments"]
        assert {one["number"] for one in held if one["number"].startswith("P ")} == {
            one["number"] for one in self._book.payments if one["number"].startswith("P ")
        }

    def _pay(self, body: dict[str, Any], sent: dict[str, Any]) -> None:
        """Send a payment, and compare the reply with the book; `body` is the payment without nulls."""
        response = self._call("POST", "/payments", sent)
        held = self._book.find_by_number(body["number"])
        if held is not None:
            assert response.status == (200 if is_same_payment(held, body) else 409)
            assert response.status == 409 or response.json == show_payment(held)
        elif not self._book.knows(body["lines"]):
            assert response.status == 404
        else:
            assert (response.status, response.json) == (201, body)
            self._book.payments.append(body)
            self._book.events.append(body)

    def _line(self, debt: str, share: str, note: str | None) -> dict[str, Any]:
        line = {"number": debt, "amount": self._amount(debt, share)}
        return line if note is None else {**line, "referenceNumber": note}

    def _amount(self, debt: str, share: str) -> Decimal:
        owed = self._book.outstanding(debt)
        less = {"some": Decimal("12.5"), "all": owed, "a cent less": owed - CENT, "a cent more": owed + CENT}
        return max(less.get(share, owed + 1000), CENT)


def test_any_sequence_of_calls_keeps_the_ledger(base_runtime: Runtime) -> None:
    """Any sequence agrees with the book after each step; enough calls succeed and enough are refused."""
    played = play(Ledger, base_runtime, sequences=EXAMPLES, steps=STEPS)
    assert played.steps >= EXAMPLES * STEPS // 2
    calls = played.calls.total()
    refused = sum(number for name, number in played.calls.items() if name[-3:] >= "400")
    assert calls // 5 <= refused <= calls * 2 // 3
