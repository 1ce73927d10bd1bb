"""A second ledger for the property test: what happened, in order, from which everything is worked out anew each time.

It shares nothing with the imitation but the fixture file: no totals are kept, nothing is ever taken back.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from paysandbox.core.strict_yaml import read_yaml
from tests.providers.invisible_collector.known import COMPANY

FILE: Final = Path(__file__).parents[3] / "fixtures" / "invisible_collector" / "default.yaml"
DEBT: Final = ("id", "number", "customerId", "type", "date", "dueDate", "netTotal", "tax", "grossTotal", "currency")
NOTES: Final = {"credits": "creditTotal", "debits": "debitTotal"}


class Change(NamedTuple):
    """What one event does to one debt: by how much it raises which total, and when."""

    total: str
    amount: Decimal
    date: str


class Book:
    """What one company should be shown. Bodies are kept as they were sent, without their nulls."""

    def __init__(self) -> None:
        tables = read_yaml(FILE.read_text(), FILE.name)["tables"]
        own = {name: [one for one in rows if one.get("company") == COMPANY] for name, rows in tables.items()}
        self.customers = [one["gid"] for one in own["customers"]]
        self.debts: dict[str, dict[str, Any]] = {one["number"]: dict(one) for one in own["debts"]}
        numbers = {one["id"]: one["number"] for one in own["debts"]}
        self.notes: dict[str, dict[str, Any]] = {}
        for kind, table in (("credits", "credit_notes"), ("debits", "debit_notes")):
            for one in own[table]:
                debt = numbers.get(one["debt"])
                self.notes[one["number"]] = {**one, "kind": kind, "debt": debt, "amount": Decimal(one["grossTotal"])}
        self.payments: list[dict[str, Any]] = [dict(one) for one in own["payments"]]
        # What the fixtures have happened in the order of its dates, notes before payments.
        self.events = sorted([*self.notes.values(), *self.payments], key=lambda one: str(one["date"]))

    def debt(self, number: str) -> dict[str, Any]:
        """A debt as it should be answered."""
        kept = self.debts[number]
        totals = dict.fromkeys(("paidTotal", "debitTotal", "creditTotal"), Decimal(0))
        told = kept.get("told")
        owed, day = (Decimal(0) if told else Decimal(kept["grossTotal"])), told
        for change in self._changes(number):
            totals[change.total] += change.amount
            settled = totals["paidTotal"] + totals["creditTotal"]
            paid = settled >= owed + totals["debitTotal"] and (settled > 0 or told)
            day = (day or f"{change.date}T00:00:00Z") if paid else None
        cancelled = kept["status"] == "CANCELLED"
        status = {"status": "CANCELLED"} if cancelled else {"status": "PAID", "paidAt": day} if day else {}
        shown = {name: kept[name] for name in DEBT if kept.get(name) is not None}
        return {**shown, **totals, "status": "PENDING", **status}

    def outstanding(self, number: str) -> Decimal:
        """What is owed on a debt; nothing if there is no such debt."""
        if number not in self.debts:
            return Decimal(0)
        shown, told = self.debt(number), self.debts[number].get("told")
        owed = shown["debitTotal"] + (0 if told else shown["grossTotal"])
        return max(Decimal(owed - shown["paidTotal"] - shown["creditTotal"]), Decimal(0))

    def named(self, external_id: str) -> dict[str, Any] | None:
        """The payment that an external id means: the first one."""
        return next((one for one in self.payments if one.get("externalId") == external_id), None)

    def held(self, number: str) -> dict[str, Any] | None:
        """The payment that has a number."""
        return next((one for one in self.payments if one["number"] == number), None)

    def knows(self, lines: list[dict[str, Any]]) -> bool:
        """Whether all documents that lines name are there."""
        return all(
            line["number"] in self.debts and line.get("referenceNumber", next(iter(self.notes))) in self.notes
            for line in lines
        )

    def _changes(self, number: str) -> Iterator[Change]:
        for event in self.events:
            if "kind" in event:
                if event["debt"] == number:
                    yield Change(NOTES[event["kind"]], event["amount"], event["date"])
            elif event["status"] == "FINAL" and any(event is one for one in self.payments):
                yield from self._of_payment(event, number)

    def _of_payment(self, payment: Mapping[str, Any], number: str) -> Iterator[Change]:
        for line in payment["lines"]:
            note = self.notes.get(line.get("referenceNumber"))
            if line["number"] == number and (note is None or note["debt"] is None):
                total = "paidTotal" if note is None else NOTES[note["kind"]]
                yield Change(total, Decimal(line["amount"]), payment["date"])


def payment_shown(payment: Mapping[str, Any]) -> dict[str, Any]:
    """A payment as it should be answered."""
    return {name: value for name, value in payment.items() if name not in {"gid", "company"}}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two payments are the same, whatever the order of their lines."""
    first, second = payment_shown(one), payment_shown(other)
    lines = [
        sorted(payment.pop("lines"), key=lambda line: sorted(map(str, line.items()))) for payment in (first, second)
    ]
    return (first, lines[0]) == (second, lines[1])
