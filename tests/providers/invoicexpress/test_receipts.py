"""Receipts are read and cancelled, and related documents are listed; a cancellation restores the invoice."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, dump
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    CANCELLED,
    CREDIT_NOTE,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    SIMPLIFIED,
    UNPAID,
    Cancel,
    Change,
    Pay,
)


def records(api: Client, table: str) -> dict[int, dict[str, Any]]:
    """The records of a table by id."""
    return {record["id"]: record for record in dump(api.runtime, PROVIDER)[table]}


def test_a_receipt_is_read_as_it_was_issued(api: Client, pay: Pay) -> None:
    """Every property is the same."""
    issued = pay(UNPAID, amount=100).json
    assert api.get(f"/receipts/{issued['receipt']['id']}.json").json == issued


@pytest.mark.parametrize(
    ("document", "amount"),
    [(UNPAID, 100), (UNPAID, 1070), (UNPAID, 0), (SIMPLIFIED, 28.30), (PARTLY_PAID, 1422.85), (ALL_FREE, 0)],
)
def test_cancelling_brings_everything_back(api: Client, pay: Pay, cancel: Cancel, document: int, amount: float) -> None:
    """Balance and status are restored exactly; only the cancelled receipt with its number and id stays."""
    before = dump(api.runtime, PROVIDER)
    receipt = pay(document, amount=amount).json["receipt"]
    reply = cancel(receipt["id"], message="Wrong payment values.")
    assert reply.status == 200
    assert reply.json["receipt"] == receipt | {"status": "canceled"}
    after = dump(api.runtime, PROVIDER)
    left = after["receipts"].pop()
    assert (left["id"], left["status"], left["message"]) == (receipt["id"], "canceled", "Wrong payment values.")
    for numbered in ("sequences", "id_counters"):
        before.pop(numbered)
        after.pop(numbered)
    assert after == before


def test_a_document_is_paid_again_after_a_cancellation(pay: Pay, cancel: Cancel) -> None:
    """The serie goes on after the cancelled number."""
    first = pay(UNPAID, amount=1070).json["receipt"]
    assert pay(UNPAID, amount=0.01).status == 422
    cancel(first["id"])
    assert pay(UNPAID, amount=1070).json["receipt"]["sequence_number"] == "29/A"


def test_one_of_two_receipts_is_cancelled(api: Client, cancel: Cancel) -> None:
    """The other still counts, and the document is no longer settled."""
    cancel(540226)
    invoice = records(api, "invoices")[SETTLED]
    assert (invoice["status"], invoice["paid"]) == ("final", "200.00")
    assert api.get("/receipts/540137.json").json["receipt"]["status"] == "final"


def test_a_free_document_stays_settled_while_a_receipt_counts(api: Client, pay: Pay, cancel: Cancel) -> None:
    """Two receipts with a total of 0 are cancelled one after the other."""
    ids = [pay(ALL_FREE, amount=0).json["receipt"]["id"] for _ in range(2)]
    for receipt, status in zip(ids, ("settled", "final"), strict=True):
        cancel(receipt)
        assert records(api, "invoices")[ALL_FREE]["status"] == status


def test_a_document_can_be_cancelled_once_its_receipts_are(change: Change, cancel: Cancel) -> None:
    """Before, it is refused."""
    assert change("invoices", PARTLY_PAID, state="canceled", message="m").status == 422
    cancel(RECEIPT)
    assert change("invoices", PARTLY_PAID, state="canceled", message="m").json["invoice"]["status"] == "canceled"


def test_related_documents_are_the_receipts(api: Client, pay: Pay, cancel: Cancel) -> None:
    """Oldest first, cancelled ones included."""
    path = f"/document/{UNPAID}/related_documents.json"
    assert api.get(path).json == {"documents": []}
    receipts = [pay(UNPAID, amount=amount).json["receipt"] for amount in (1, 2)]
    assert api.get(path).json == {"documents": receipts}
    cancel(receipts[0]["id"])
    assert [document["status"] for document in api.get(path).json["documents"]] == ["canceled", "final"]


def test_credit_notes_are_related_too(api: Client) -> None:
    """With their own type and number."""
    (note,) = api.get(f"/document/{CANCELLED}/related_documents.json").json["documents"]
    assert (note["id"], note["type"], note["atcud"]) == (CREDIT_NOTE, "CreditNote", "ABCD1234-1")
