"""Any sequence of calls with credit notes among them, compared with the model of payments and its own sums."""

from collections import Counter
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from paysandbox.kit.runtime import Runtime
from tests.providers.invoicexpress.known import NEW
from tests.providers.invoicexpress.test_ledger import CENT, EXAMPLES, LONGEST, Ledger, cents, places, played

NOTES: Final = "credit_notes"
LAST_NUMBERS: Final = {"A": 3, "B": 0, "LOJA": 1}
LEAST_STEPS: Final = 500


class NotesLedger(Ledger):
    """The model with credit notes, which take off of what their document owes."""

    @initialize()
    def begin(self) -> None:
        """Start without a note of the model's own, and with the numbers of those in the fixtures."""
        super().begin()
        self.notes: dict[int, dict[str, Any]] = {}
        self.numbers |= {(NOTES, serie): number for serie, number in LAST_NUMBERS.items()}
        self.listed[NOTES] = 0  # beside those of the fixtures

    def _live(self, document: int) -> list[dict[str, Any]]:
        """What counts of a document: its receipts, and its credit notes."""
        return [*super()._live(document), *self._live_notes(document)]

    def _live_notes(self, document: int) -> list[dict[str, Any]]:
        return [note for note in self.notes.values() if note["document"] == document and note["live"]]

    def _owed(self, document: dict[str, Any]) -> Decimal:
        (key,) = (number for number, known in self.documents.items() if known is document)
        if document["marked"]:
            return Decimal(0)
        credited = sum((note["amount"] for note in self._live_notes(key)), Decimal(0))
        return super()._owed(document) - credited

    def _settle(self, key: int) -> None:
        document = self.documents[key]
        full = self._live(key) and not self._owed(document)
        document["status"] = "settled" if document["marked"] or full else "final"

    @rule(place=places, part=st.sampled_from(["cents", "all", "over"]), amount=cents)
    def credit(self, place: int, part: str, amount: Decimal) -> None:
        """Give back a part, all, or too much; only what is final can be credited."""
        key, document = self._document(place)
        owed = self._owed(document)
        given = {"cents": amount, "all": owed, "over": owed + CENT}[part]
        if not given:
            return
        item = {"name": "i", "unit_price": str(given), "quantity": 1, "tax": {"name": "Isento"}}
        form = NEW | {"owner_invoice_id": key, "tax_exemption": "M07", "items": [item]}
        made = self._call("credit", "POST", f"/{NOTES}.json", {"credit_note": form})
        self.last_id += 1
        self.listed[NOTES] += 1
        assert (made.status, made.json["credit_note"]["id"]) == (201, self.last_id)
        path = f"/{NOTES}/{self.last_id}/change-state.json"
        response = self._call(f"credit {part}", "PUT", path, {"credit_note": {"state": "finalized"}})
        if document["status"] != "final" or given > owed:
            assert response.status == 422
            return
        assert response.json["credit_note"]["sequence_number"] == self._next(NOTES, "A")
        self.notes[self.last_id] = {"document": key, "amount": given, "live": True}
        self._settle(key)

    @rule(place=places)
    def take_credit_back(self, place: int) -> None:
        """Cancel a credit note once: what it gave back is owed again."""
        if not self.notes:
            return
        key, note = list(self.notes.items())[place % len(self.notes)]
        body = {"credit_note": {"state": "canceled", "message": "m"}}
        response = self._call("cancel a note", "PUT", f"/{NOTES}/{key}/change-state.json", body)
        assert response.status == (200 if note["live"] else 422)
        if note["live"]:
            note["live"] = False
            self._settle(note["document"])


def test_any_sequence_of_calls_keeps_the_ledger_of_notes(base_runtime: Runtime) -> None:
    """Every kind of call is made often enough to have tried something."""
    steps: Counter[str] = played(base_runtime, EXAMPLES, LONGEST, NotesLedger)
    assert steps.total() >= LEAST_STEPS
    assert {"credit cents", "credit all", "credit over", "cancel a note", "pay all", "cancel", "list"} <= steps.keys()
