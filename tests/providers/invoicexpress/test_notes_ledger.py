"""Any sequence of calls with notes and invoice-receipts among them, compared with the model of payments.

The rules are those of the vendor's pages: what a note belongs to, what it does to it, and which state follows which.
"""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import play_until
from tests.helpers.runtimes import Response
from tests.providers.invoicexpress.known import NEW, WRAPPERS
from tests.providers.invoicexpress.test_ledger import CENT, Ledger, cents, places

CREDITS: Final = "credit_notes"
DEBITS: Final = "debit_notes"
BILLS: Final = "invoice_receipts"  # settled as soon as they are issued
# The last numbers of the fixtures.
NUMBERS: Final = {
    CREDITS: {"A": 3, "B": 0, "LOJA": 1},
    DEBITS: {"A": 3, "B": 1, "LOJA": 0},
    BILLS: {"A": 4, "B": 0, "LOJA": 0},
}
SEQUENCES, STEPS = 30, 40
LEAST_CALLS: Final = 1_000
STATES: Final = st.sampled_from(["settled", "unsettled", "canceled", "finalized"])
NEXT: Final = {
    ("final", "settled"): "settled",
    ("settled", "unsettled"): "final",
    ("final", "canceled"): "canceled",
}


class NotesLedger(Ledger):
    """The model with credit notes, which take off of what their document owes, debit notes and invoice-receipts."""

    @initialize()
    def begin(self) -> None:
        """Start without a note of the model's own, and with the numbers of those in the fixtures."""
        super().begin()
        self.credits: dict[int, dict[str, Any]] = {}
        self.debits: dict[int, dict[str, Any]] = {}
        self.bills: dict[int, dict[str, Any]] = {}
        for kind, numbers in NUMBERS.items():
            self.numbers |= {(kind, serie): number for serie, number in numbers.items()}
            self.listed[kind] = 0  # beside those of the fixtures

    # The model.

    def _live(self, document: int) -> list[dict[str, Any]]:
        """What counts of a document: its receipts, and its credit notes."""
        return [*super()._live(document), *self._credits_of(document)]

    def _credits_of(self, document: int) -> list[dict[str, Any]]:
        return [note for note in self.credits.values() if note["document"] == document and note["status"] != "canceled"]

    def _paid(self, key: int) -> dict[str, Any]:
        return self.debits.get(key) or super()._paid(key)

    def _owed(self, key: int) -> Decimal:
        """What is owed; of an invoice-receipt, which owes nothing, what is not credited yet."""
        credited = sum((note["amount"] for note in self._credits_of(key)), Decimal(0))
        if key in self.bills:
            return Decimal(self.bills[key]["total"] - credited)
        return Decimal(0) if self._paid(key)["marked"] else super()._owed(key) - credited

    def _owner(self, place: int) -> tuple[int, dict[str, Any]]:
        """Return a document that notes can belong to, those of invoice-receipts twice as often."""
        owners = [*self.documents.items(), *self.bills.items(), *self.bills.items()]
        return owners[place % len(owners)]

    # The calls.

    def _make(self, kind: str, price: Decimal, **properties: Any) -> int:
        """Create a draft of one item without tax; return its id."""
        item = {"name": "i", "unit_price": str(price), "quantity": 1, "tax": {"name": "Isento"}}
        form = NEW | {"tax_exemption": "M07", "items": [item]} | properties
        made = self._call(f"create {kind}", "POST", f"/{kind}.json", {WRAPPERS[kind]: form})
        self.last_id += 1
        self.listed[kind] += 1
        assert (made.status, made.json[WRAPPERS[kind]]["id"]) == (201, self.last_id)
        return self.last_id

    def _change(self, name: str, kind: str, key: int, state: str) -> Response:
        body = {WRAPPERS[kind]: {"state": state, "message": "m"}}
        return self._call(name, "PUT", f"/{kind}/{key}/change-state.json", body)

    @rule(place=places, part=st.sampled_from(["cents", "all", "over"]), amount=cents)
    def credit(self, place: int, part: str, amount: Decimal) -> None:
        """Give back a part, all, or too much; only what is final can be credited, and what was paid when issued."""
        key, document = self._owner(place)
        owed = self._owed(key)
        given = {"cents": amount, "all": owed, "over": owed + CENT}[part]
        if not given:
            return
        note = self._make(CREDITS, given, owner_invoice_id=key)
        response = self._change(f"credit {part}", CREDITS, note, "finalized")
        if document["status"] != ("settled" if key in self.bills else "final") or given > owed:
            assert response.status == 422
            return
        assert response.json["credit_note"]["sequence_number"] == self._next(CREDITS, "A")
        self.credits[note] = {"document": key, "amount": given, "status": "final"}
        if key in self.documents:
            self._settle(key)

    @precondition(lambda self: self.credits)
    @rule(place=places, state=STATES)
    def change_credit(self, place: int, state: str) -> None:
        """Settle, unsettle or cancel a credit note; once it is cancelled, what it gave back is owed again."""
        key, note = list(self.credits.items())[place % len(self.credits)]
        response = self._change(f"credit to {state}", CREDITS, key, state)
        becomes = NEXT.get((note["status"], state))
        if becomes is None:
            assert response.status == 422
            return
        assert (response.status, response.json["credit_note"]["status"]) == (200, becomes)
        note["status"] = becomes
        if becomes == "canceled" and note["document"] in self.documents:
            self._settle(note["document"])

    @rule(place=places, amount=cents.filter(bool))
    def debit(self, place: int, amount: Decimal) -> None:
        """Charge more for what is final or settled; that document owes what it owed."""
        key, document = self._owner(place)
        note = self._make(DEBITS, amount, owner_invoice_id=key)
        response = self._change("debit", DEBITS, note, "finalized")
        if document["status"] not in ({"settled"} if key in self.bills else {"final", "settled"}):
            assert response.status == 422
            return
        assert response.json["debit_note"]["sequence_number"] == self._next(DEBITS, "A")
        self.debits[note] = {
            "document": key,
            "total": amount,
            "status": "final",
            "paid": Decimal(0),
            "serie": "A",
            "marked": False,
        }

    @precondition(lambda self: self.debits)
    @rule(place=places, state=STATES)
    def change_debit(self, place: int, state: str) -> None:
        """Settle a debit note with a receipt, unsettle it without, or cancel it while it has none."""
        key, note = list(self.debits.items())[place % len(self.debits)]
        response = self._change(f"debit to {state}", DEBITS, key, state)
        becomes = NEXT.get((note["status"], state))
        if becomes is None:
            assert response.status == 422
            return
        assert (response.status, response.json["debit_note"]["status"]) == (200, becomes)
        note["status"] = becomes
        if state == "settled":
            self._know_receipt(key, note, self._owed(key))
        if state == "unsettled":
            note["paid"] = Decimal(0)
            for receipt in self._live(key):
                receipt["live"] = False

    @precondition(lambda self: self.debits)
    @rule(place=places)
    def pay_debit(self, place: int) -> None:
        """A debit note takes no partial payment: only invoices and simplified invoices do."""
        path = f"/documents/{list(self.debits)[place % len(self.debits)]}/partial_payments.json"
        assert self._call("pay a debit", "POST", path, {"partial_payment": {"amount": CENT}}).status == 422

    @rule(price=st.integers(0, 9_999), quantity=st.integers(1, 9), issued=st.sampled_from([True, True, False]))
    def bill(self, price: int, quantity: int, *, issued: bool) -> None:
        """Issue an invoice-receipt, which is settled at once, or leave it a draft."""
        item = {"name": "i", "unit_price": str(Decimal(price) / 100), "quantity": quantity, "tax": {"name": "IVA23"}}
        key = self._make(BILLS, Decimal(price), items=[item])
        total = (Decimal(price) / 100 * quantity * 123 / 100).quantize(CENT, ROUND_HALF_UP)
        self.bills[key] = {"total": total, "status": "draft"}
        if issued:
            made = self._change("bill", BILLS, key, "finalized").json["invoice_receipt"]
            assert (made["status"], made["total"]) == ("settled", total)
            assert made["sequence_number"] == self._next(BILLS, "A")
            self.bills[key]["status"] = "settled"

    @precondition(lambda self: self.bills)
    @rule(place=places, state=st.sampled_from(["canceled", "canceled", "deleted", "settled", "finalized"]))
    def change_bill(self, place: int, state: str) -> None:
        """Cancel an invoice-receipt that is not credited, delete or issue a draft."""
        key, bill = list(self.bills.items())[place % len(self.bills)]
        response = self._change(f"bill to {state}", BILLS, key, state)
        becomes = {
            ("draft", "finalized"): "settled",
            ("draft", "deleted"): "deleted",
            ("settled", "canceled"): "canceled",
        }.get((bill["status"], state))
        if bill["status"] == "deleted" and state != "settled":  # which no invoice-receipt is asked to become
            assert response.status == 404
        elif becomes is None or (state == "canceled" and self._credits_of(key)):
            assert response.status == 422
        else:
            assert (response.status, response.json["invoice_receipt"]["status"]) == (200, becomes)
            bill["status"] = becomes
            if becomes == "settled":
                assert response.json["invoice_receipt"]["sequence_number"] == self._next(BILLS, "A")

    @rule(place=places)
    def read_notes(self, place: int) -> None:
        """A document is related to its notes, and a note is read as it is."""
        key, document = self._owner(place)
        path = f"/document/{key}/related_documents.json"
        related = self._call("related notes", "GET", path)
        if document["status"] == "deleted":
            assert related.status == 404
            return
        shown = {found["id"]: found["status"] for found in related.json["documents"]}
        for kind, notes in ((CREDITS, self.credits), (DEBITS, self.debits)):
            for number, note in notes.items():
                if note["document"] == key:
                    assert shown[number] == note["status"]
                    read = self._call("read a note", "GET", f"/{kind}/{number}.json").json[WRAPPERS[kind]]
                    assert (read["status"], read["total"]) == (note["status"], note.get("amount", note.get("total")))

    @invariant()
    def agree_on_notes(self) -> None:
        """Statuses of notes and invoice-receipts are the model's, and what is paid or credited."""
        stored = self.dump()
        records = {record["id"]: record for kind in (CREDITS, DEBITS, BILLS) for record in stored[kind]}
        for key, document in (self.credits | self.debits | self.bills).items():
            assert records[key]["status"] == document["status"]
        for key, note in self.debits.items():
            assert Decimal(records[key]["paid"]) == note["paid"]
        for key, bill in self.bills.items():
            assert bill["total"] - Decimal(records[key]["credited"]) == self._owed(key)


@pytest.mark.slow
def test_any_sequence_of_calls_keeps_the_ledger_of_notes(base_runtime: Runtime) -> None:
    """Every kind of call is made often enough to have tried something."""
    steps = play_until(
        lambda calls: not find_untried(calls), NotesLedger, base_runtime, sequences=SEQUENCES, steps=STEPS
    ).calls
    assert steps.total() >= LEAST_CALLS
    assert find_untried(steps) == set()


def find_untried(calls: Counter[str]) -> set[str]:
    """The kinds of calls that are not among these."""
    kinds = {"credit cents", "credit all", "credit over", "debit", "bill", "pay all", "cancel", "list", "related notes"}
    changes = {f"{kind} to " for kind in ("credit", "debit", "bill")}
    changed = {change for change in changes for name in calls if name.startswith(change)}
    return (kinds - calls.keys()) | (changes - changed)
