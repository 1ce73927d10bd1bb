"""Any sequence of calls, compared with a small model in dicts and Decimals that shares no code with the provider.

A run of the suite makes 25 sequences of at most 30 steps, about a thousand calls, counted by kind.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import LedgerMachine, play_until
from tests.helpers.runtimes import Client, Response
from tests.providers.invoicexpress.known import DELETED, NEW, OTHER_INVOICE, PROVIDER, WRAPPERS

TYPES: Final = {"invoices": "Invoice", "simplified_invoices": "SimplifiedInvoice"}
EXAMPLES, LONGEST = 25, 30
LEAST_STEPS: Final = 500
# Documents of the fixtures that are in play from the start: total, status, paid; and receipts of theirs.
SEEDED: Final = {
    1: ("invoices", "1070.00", "final", "0", "A"),
    538204: ("invoices", "2422.85", "final", "1000.00", "A"),
    538218: ("invoices", "451.66", "settled", "451.66", "A"),
    538401: ("invoices", "0.00", "final", "0", "E"),
    538267: ("invoices", "3554.70", "draft", "0", "A"),
    538222: ("invoices", "466.17", "canceled", "0", "A"),
    538422: ("simplified_invoices", "28.30", "final", "0", "LOJA"),
    538683: ("simplified_invoices", "19.80", "draft", "0", "LOJA"),
}
RECEIPTS: Final = {540179: (538204, "1000.00"), 540137: (538218, "200.00"), 540226: (538218, "251.66")}
NUMBERS: Final = {
    ("invoices", "A"): 14,
    ("invoices", "B"): 7,
    ("simplified_invoices", "A"): 1,
    ("simplified_invoices", "LOJA"): 17,
    ("receipts", "A"): 27,
    ("receipts", "B"): 4,
    ("receipts", "LOJA"): 11,
    ("receipts", "E"): 0,
}
SEQUENCES: Final = {"12345": "A", "12346": "B", "12347": "LOJA", "12390": "E"}
OTHERS: Final = 16  # notes and invoice-receipts of the fixtures, in the list of all types
MISTAKES: Final[list[dict[str, Any]]] = [{"due_date": "01/01/2017"}, {"sequence_id": "11874"}, {"items": []}]
WRONG: Final = (2, OTHER_INVOICE, 2147483647)
CENT: Final = Decimal("0.01")

places = st.integers(0, 30)
cents = st.integers(0, 300_000).map(lambda number: Decimal(number) / 100)


class Ledger(LedgerMachine):
    """The API, and a model of its `documents` and `receipts`."""

    provider = PROVIDER

    @initialize()
    def begin(self) -> None:
        """Start both from the fixtures."""
        self.api = Client(self.runtime, root="/invoicexpress", query="api_key=ix-test-key")
        self.documents: dict[int, dict[str, Any]] = {}
        for key, (kind, total, status, paid, serie) in SEEDED.items():
            self._know(key, kind, Decimal(total), serie)
            self.documents[key] |= {"status": status, "paid": Decimal(paid)}
        self.receipts: dict[int, dict[str, Any]] = {
            key: {"document": document, "amount": Decimal(amount), "live": True}
            for key, (document, amount) in RECEIPTS.items()
        }
        self.numbers = dict(NUMBERS)
        self.last_id = 541792
        self.listed = {
            kind: self.runtime.namespaces.get("default").state(PROVIDER).table(kind).count("account", 104412)
            for kind in TYPES
        }

    def _call(self, name: str, method: str, path: str, body: Any = None, *, query: str | None = None) -> Response:
        """Make a call; a refused call and a read change nothing."""
        self.played.calls[name] += 1
        before = self.dump()
        options: dict[str, Any] = {} if body is None else {"json": body}
        response = self.api.call(method, path, query=query, **options)
        if method == "GET" or response.status >= 400:
            assert self.dump() == before
        assert response.status < 500, response.content
        return response

    def _know(self, key: int, kind: str, total: Decimal, serie: str) -> None:
        """Add an unpaid draft to the model."""
        known = {"kind": kind, "total": total, "status": "draft", "paid": Decimal(0), "serie": serie, "marked": False}
        self.documents[key] = known

    def _document(self, place: int) -> tuple[int, dict[str, Any]]:
        return list(self.documents.items())[place % len(self.documents)]

    def _receipt(self, place: int) -> tuple[int, dict[str, Any]]:
        return list(self.receipts.items())[place % len(self.receipts)]

    def _live(self, document: int) -> list[dict[str, Any]]:
        return [receipt for receipt in self.receipts.values() if receipt["document"] == document and receipt["live"]]

    def _paid(self, key: int) -> dict[str, Any]:
        """Return what receipts can be of."""
        return self.documents[key]

    def _owed(self, key: int) -> Decimal:
        document = self._paid(key)
        return Decimal(0) if document["marked"] else document["total"] - document["paid"]

    def _settle(self, key: int) -> None:
        """Set the status after less is paid or credited, or more."""
        document = self._paid(key)
        full = self._live(key) and not self._owed(key)
        document["status"] = "settled" if document["marked"] or full else "final"

    def _next(self, table: str, serie: str) -> str:
        self.numbers[table, serie] += 1
        return f"{self.numbers[table, serie]}/{serie}"

    def _know_receipt(self, document_id: int, document: dict[str, Any], amount: Decimal) -> None:
        """Add the receipt of a payment to the model."""
        self.last_id += 1
        self._next("receipts", document["serie"])
        document["paid"] += amount
        self.receipts[self.last_id] = {"document": document_id, "amount": amount, "live": True}

    @rule(
        kind=st.sampled_from(sorted(TYPES)),
        price=st.integers(0, 100_000),
        quantity=st.integers(1, 9),
        discount=st.sampled_from([0, 10, 100]),
        sequence=st.sampled_from(["12345", 12346, None]),
    )
    def create(self, kind: str, price: int, quantity: int, discount: int, sequence: Any) -> None:
        """Create a draft of one item with 23 % tax."""
        item = {"name": "i", "unit_price": str(Decimal(price) / 100), "quantity": quantity, "discount": discount}
        if kind == "simplified_invoices" and sequence == 12346:
            sequence = None
        body = {WRAPPERS[kind]: NEW | {"items": [item], "sequence_id": sequence}}
        response = self._call("create", "POST", f"/{kind}.json", body)
        self.last_id += 1
        net = Decimal(price) / 100 * quantity * (100 - discount) / 100
        total = (net * 123 / 100).quantize(CENT, ROUND_HALF_UP)
        made = response.json[WRAPPERS[kind]]
        assert (response.status, made["id"], made["status"], made["total"]) == (201, self.last_id, "draft", total)
        self._know(self.last_id, kind, total, "B" if sequence == 12346 else "A")
        self.listed[kind] += 1

    @rule(kind=st.sampled_from(sorted(TYPES)), wrong=st.sampled_from(MISTAKES))
    def create_wrongly(self, kind: str, wrong: dict[str, Any]) -> None:
        """A refused document creates nothing, not even its client."""
        body = {WRAPPERS[kind]: NEW | {"client": {"name": "Nobody"}} | wrong}
        assert self._call("create wrongly", "POST", f"/{kind}.json", body).status == 422

    @rule(place=places, part=st.sampled_from(["cents", "all", "over", "zero", "form"]), amount=cents)
    def pay(self, place: int, part: str, amount: Decimal) -> None:
        """Pay a part, all, too much, nothing, or in a wrong form; a payment is repeated if the place is drawn again."""
        key, document = self._document(place)
        owed = self._owed(key)
        paid = {"cents": amount, "all": owed, "over": owed + CENT, "zero": Decimal(0), "form": Decimal(-1)}[part]
        path = f"/documents/{key}/partial_payments.json"
        response = self._call(f"pay {part}", "POST", path, {"partial_payment": {"amount": paid}})
        if part == "form" or document["status"] not in {"final", "settled"} or paid > owed:
            is_gone = document["status"] == "deleted" and part != "form"
            assert response.status == (404 if is_gone else 422)
            return
        receipt = response.json["receipt"]
        assert (response.status, receipt["id"], receipt["total"]) == (200, self.last_id + 1, paid)
        self._know_receipt(key, document, paid)
        assert receipt["sequence_number"] == f"{self.numbers['receipts', document['serie']]}/{document['serie']}"
        if not self._owed(key):
            document["status"] = "settled"

    @rule(place=places, state=st.sampled_from(["finalized", "deleted", "canceled", "settled"]), other=st.booleans())
    def change(self, place: int, state: str, *, other: bool) -> None:
        """Request a state that may not follow; under the other type the document is not found."""
        key, document = self._document(place)
        kind = next(other_type for other_type in TYPES if other_type != document["kind"]) if other else document["kind"]
        body = {WRAPPERS[kind]: {"state": state, "message": "m"}}
        response = self._call(f"change to {state}", "PUT", f"/{kind}/{key}/change-state.json", body)
        becomes = {
            ("draft", "finalized"): "final",
            ("draft", "deleted"): "deleted",
            ("final", "canceled"): "canceled",
            ("final", "settled"): "settled",
        }.get((document["status"], state))
        if other or document["status"] == "deleted":
            assert response.status == 404
        elif becomes is None or (state == "canceled" and self._live(key)):
            assert response.status == 422
        else:
            assert (response.status, response.json[WRAPPERS[kind]]["status"]) == (200, becomes)
            if becomes == "settled" and self._owed(key):
                self._know_receipt(key, document, self._owed(key))
            else:
                document["marked"] = becomes == "settled"
            document["status"] = becomes
            if becomes == "final":
                number = self._next(kind, document["serie"])
                assert response.json[WRAPPERS[kind]]["sequence_number"] == number

    @rule(place=places, message=st.sampled_from(["m", None]))
    def cancel(self, place: int, message: str | None) -> None:
        """Cancel a receipt once; without a reason it is refused."""
        key, receipt = self._receipt(place)
        body = {"receipt": {"state": "canceled", "message": message}}
        response = self._call("cancel", "PUT", f"/receipts/{key}/change-state.json", body)
        if message is None or not receipt["live"]:
            assert response.status == 422
            return
        assert (response.status, response.json["receipt"]["status"]) == (200, "canceled")
        receipt["live"] = False
        self._paid(receipt["document"])["paid"] -= receipt["amount"]
        self._settle(receipt["document"])

    @rule(place=places)
    def pay_and_take_back(self, place: int) -> None:
        """After the cancellation the documents are exactly as before."""
        key, document = self._document(place)
        before = self.dump()
        status = document["status"]
        self.pay(place, "all", Decimal(0))
        if self.last_id in self.receipts and status in {"final", "settled"}:
            self.cancel(len(self.receipts) - 1, "m")
        after = self.dump()
        for kind in TYPES:
            assert after[kind] == before[kind], key

    @rule(place=places)
    def read(self, place: int) -> None:
        """Read a document, its related documents and a receipt."""
        key, document = self._document(place)
        kind = document["kind"]
        if document["status"] == "deleted":
            assert self._call("read", "GET", f"/{kind}/{key}.json").status == 404
            assert self._call("related", "GET", f"/document/{key}/related_documents.json").status == 404
            return
        shown = self._call("read", "GET", f"/{kind}/{key}.json").json[WRAPPERS[kind]]
        assert (shown["status"], shown["total"], shown["type"]) == (
            document["status"],
            document["total"],
            TYPES[kind],
        )
        assert (shown["sequence_number"] == "rascunho") == (document["status"] == "draft")
        related = self._call("related", "GET", f"/document/{key}/related_documents.json").json["documents"]
        assert [(found["id"], found["status"]) for found in related if found["type"] == "Invoice"] == [
            (receipt_id, "final" if receipt["live"] else "canceled")
            for receipt_id, receipt in self.receipts.items()
            if receipt["document"] == key
        ]
        receipt_id, receipt = self._receipt(place)
        read = self._call("read", "GET", f"/receipts/{receipt_id}.json").json["receipt"]
        assert (read["total"], read["status"]) == (receipt["amount"], "final" if receipt["live"] else "canceled")

    @rule(page=st.integers(1, 9), size=st.integers(1, 30), kind=st.sampled_from([*TYPES, None]))
    def list(self, page: int, size: int, kind: str | None) -> None:
        """The list has the model's documents and their number."""
        chosen = "" if kind is None else f"&type[]={TYPES[kind]}"
        query = f"api_key=ix-test-key&page={page}&per_page={size}{chosen}"
        found = self._call("list", "GET", "/invoices.json", query=query).json
        total = sum(self.listed.values()) + OTHERS if kind is None else self.listed[kind]
        assert found["pagination"]["total_entries"] == total
        assert len(found["invoices"]) == max(0, min(size, total - (page - 1) * size))
        for invoice in found["invoices"]:
            if invoice["id"] in self.documents:
                assert invoice["status"] == self.documents[invoice["id"]]["status"]

    @rule(key=st.sampled_from([*WRONG, DELETED]), kind=st.sampled_from(sorted(TYPES)))
    def go_wrong(self, key: int, kind: str) -> None:
        """An unknown document is not found, and a deleted draft neither."""
        body = {WRAPPERS[kind]: {"state": "finalized"}}
        payment = {"partial_payment": {"amount": 1}}
        found = self._call("wrong id", "POST", f"/documents/{key}/partial_payments.json", payment).status
        assert found == 404
        found = self._call("wrong id", "PUT", f"/{kind}/{key}/change-state.json", body).status
        assert found == 404
        cancel = {"receipt": {"state": "canceled", "message": "m"}}
        assert self._call("wrong id", "PUT", f"/receipts/{key}/change-state.json", cancel).status == 404
        assert self._call("wrong id", "GET", f"/receipts/{key}.json").status == 404

    @invariant()
    def agree(self) -> None:
        """Balances, statuses and numbers are the model's."""
        stored = self.dump()
        by_id = {record["id"]: record for kind in TYPES for record in stored[kind]}
        for key, document in self.documents.items():
            assert (by_id[key]["status"], Decimal(by_id[key]["paid"])) == (document["status"], document["paid"])
        for sequence in stored["sequences"]:
            serie = SEQUENCES.get(str(sequence["id"]))
            for (table, counted), number in self.numbers.items():
                if counted == serie:
                    assert sequence[f"current_{table.removesuffix('s')}_number"] == number


def test_any_sequence_of_calls_keeps_the_ledger(base_runtime: Runtime) -> None:
    """Every kind of call is made often enough to have tried something."""
    sorts = {"create", "create wrongly", "pay all", "pay cents", "pay over", "pay zero", "pay form", "cancel", "list"}
    sorts |= {"read", "related", "wrong id", *(f"change to {state}" for state in ("finalized", "deleted", "settled"))}
    sorts |= {"change to canceled"}
    played = play_until(lambda calls: sorts <= calls.keys(), Ledger, base_runtime, sequences=EXAMPLES, steps=LONGEST)
    assert played.calls.total() >= LEAST_STEPS
    assert sorts <= played.calls.keys()
