"""A second ledger for the property test: a list of events, from which debts are calculated anew each time.

It shares only the fixture files with the provider. It stores no totals, so that it has nothing to take back.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from paysandbox.core.strict_yaml import read_yaml
from tests.helpers.runtimes import BOOKS
from tests.providers.invisible_collector.known import COMPANY

NAME: Final = Path("invisible_collector") / "default.yaml"
FILES: Final = (Path(__file__).parents[3] / "fixtures" / NAME, BOOKS / NAME)  # the second extends the first
DEBT: Final = (
    "id", "number", "externalId", "customerId", "type", "date", "dueDate", "expiresAt", "netTotal", "tax", "grossTotal",
    "currency", "attributes",
)  # fmt: skip
NOTES: Final = {"credits": "creditTotal", "debits": "debitTotal"}


class Change(NamedTuple):
    """The change of a debt by an event: which total it raises, by how much, and when."""

    total: str
    amount: Decimal
    date: str


class Book:
    """The documents of a company. Bodies are kept as they were sent, without their nulls."""

    def __init__(self) -> None:
        own = _read_own()
        self.customers = [customer["gid"] for customer in own["customers"]]
        self.debts: dict[str, dict[str, Any]] = {debt["number"]: dict(debt) for debt in own["debts"]}
        numbers = {debt["id"]: debt["number"] for debt in own["debts"]}
        self.notes: dict[str, dict[str, Any]] = {}
        for kind, table in (("credits", "credit_notes"), ("debits", "debit_notes")):
            for note in own[table]:
                amount = Decimal(note["grossTotal"])
                self.notes[note["number"]] = {**note, "kind": kind, "debt": numbers.get(note["debt"]), "amount": amount}
        self.payments: list[dict[str, Any]] = [dict(payment) for payment in own["payments"]]
        # The events of the fixtures are ordered by date, notes before payments.
        self.events = sorted([*self.notes.values(), *self.payments], key=lambda event: str(event["date"]))

    def debt(self, number: str) -> dict[str, Any]:
        """Return the expected reply for a debt."""
        return self._calculate(number, self._list_changes().get(number, []))

    def all_debts(self) -> list[dict[str, Any]]:
        """Return the expected replies for all debts, in the order in which they were created."""
        changes = self._list_changes()
        return [self._calculate(number, changes.get(number, [])) for number in self.debts]

    def delete(self, payment: dict[str, Any]) -> None:
        """Forget a payment."""
        self.payments = [kept for kept in self.payments if kept is not payment]
        self.events = [event for event in self.events if event is not payment]

    def _calculate(self, number: str, changes: Iterable[Change]) -> dict[str, Any]:
        kept = self.debts[number]
        totals = dict.fromkeys(("paidTotal", "debitTotal", "creditTotal"), Decimal(0))
        told = kept.get("told")
        owed, day = (Decimal(0) if told else Decimal(kept["grossTotal"])), told
        for change in changes:
            totals[change.total] += change.amount
            settled = totals["paidTotal"] + totals["creditTotal"]
            paid = settled >= owed + totals["debitTotal"] and (settled > 0 or told)
            day = (day or f"{change.date}T00:00:00Z") if paid else None
        cancelled = kept["status"] == "CANCELLED"
        status = {"status": "CANCELLED"} if cancelled else {"status": "PAID", "paidAt": day} if day else {}
        shown = {name: kept[name] for name in DEBT if kept.get(name) is not None}
        open_status = "SUSPENDED" if kept["status"] == "SUSPENDED" else "PENDING"
        return {**shown, **totals, "status": open_status, **status}

    def outstanding(self, number: str) -> Decimal:
        """Return what is owed on a debt; 0 if the debt does not exist."""
        if number not in self.debts:
            return Decimal(0)
        shown, told = self.debt(number), self.debts[number].get("told")
        owed = shown["debitTotal"] + (0 if told else shown["grossTotal"])
        return max(Decimal(owed - shown["paidTotal"] - shown["creditTotal"]), Decimal(0))

    def find_by_external_id(self, external_id: str) -> dict[str, Any] | None:
        """Return the first payment with this external id."""
        return next((payment for payment in self.payments if payment.get("externalId") == external_id), None)

    def find_by_number(self, number: str) -> dict[str, Any] | None:
        """Return the payment with this number."""
        return next((payment for payment in self.payments if payment["number"] == number), None)

    def knows(self, lines: list[dict[str, Any]]) -> bool:
        """Whether all documents that the lines reference exist."""
        return all(
            line["number"] in self.debts and line.get("referenceNumber", next(iter(self.notes))) in self.notes
            for line in lines
        )

    def _list_changes(self) -> dict[str | None, list[Change]]:
        """Return the changes of each debt, by its number."""
        found: dict[str | None, list[Change]] = {}
        for event in self.events:
            if "kind" in event:
                change = Change(NOTES[event["kind"]], event["amount"], event["date"])
                found.setdefault(event["debt"], []).append(change)
            elif event["status"] == "FINAL":
                for line in event["lines"]:
                    note = self.notes.get(line.get("referenceNumber"))
                    if note is None or note["debt"] is None:
                        total = "paidTotal" if note is None else NOTES[note["kind"]]
                        change = Change(total, Decimal(line["amount"]), event["date"])
                        found.setdefault(line["number"], []).append(change)
        return found


@cache
def _read_own() -> Mapping[str, list[dict[str, Any]]]:
    """Return the company's rows of each table; they must not be changed."""
    own: dict[str, list[dict[str, Any]]] = {}
    for file in FILES:
        for name, rows in read_yaml(file.read_text(), str(file))["tables"].items():
            own.setdefault(name, []).extend(row for row in rows if row.get("company") == COMPANY)
    return own


def show_payment(payment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the expected reply for a payment."""
    return {name: value for name, value in payment.items() if name not in {"gid", "company"}}


def is_same_payment(payment: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two payments are equal, ignoring the order of their lines."""
    first, second = show_payment(payment), show_payment(other)
    lines = [sorted(shown.pop("lines"), key=lambda line: sorted(map(str, line.items()))) for shown in (first, second)]
    return (first, lines[0]) == (second, lines[1])
