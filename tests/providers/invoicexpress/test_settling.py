"""A document is marked as settled: a receipt is issued for what it owes, unless the variant has none."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, broken_invariants, dump, fresh_runtime
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    OTHER_INVOICE,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SIMPLIFIED,
    UNPAID,
    Cancel,
    Change,
    Pay,
)

EVERY_DOCUMENT = pytest.mark.parametrize(
    ("kind", "document", "expected"),
    [
        ("invoices", UNPAID, ("1070.00", "28/A", "MB")),
        ("invoices", PARTLY_PAID, ("1422.85", "28/A", "CD")),
        ("simplified_invoices", SIMPLIFIED, ("28.30", "12/LOJA", "MB")),
    ],
)


def related(api: Client, document: int) -> list[dict[str, Any]]:
    """The receipts of a document."""
    found: list[dict[str, Any]] = api.get(f"/document/{document}/related_documents.json").json["documents"]
    return found


def record(api: Client, kind: str, document: int) -> dict[str, Any]:
    """The record of a document."""
    return next(found for found in dump(api.runtime, PROVIDER)[kind] if found["id"] == document)


@EVERY_DOCUMENT
def test_a_receipt_is_issued_for_what_is_owed(
    api: Client, change: Change, kind: str, document: int, expected: tuple[str, str, str]
) -> None:
    """Of today, in the document's serie, by the mechanism that a payment has by default."""
    assert change(kind, document, state="settled").status == 200
    receipt = related(api, document)[-1]
    today = api.runtime.namespaces.get("default").clock.now().date()
    assert receipt["date"] == f"{today:%d/%m/%Y}"
    stored = record(api, "receipts", receipt["id"])
    assert (stored["total"], stored["sequence_number"], stored["payment_mechanism"]) == expected
    settled = record(api, kind, document)
    assert (settled["status"], settled["marked_settled"]) == ("settled", False)
    assert Decimal(settled["paid"]) == Decimal(settled["total"])
    assert broken_invariants(api.runtime) == []


def test_its_receipt_is_cancelled(api: Client, change: Change, cancel: Cancel) -> None:
    """Then the document owes that amount again."""
    change("invoices", PARTLY_PAID, state="settled")
    cancel(related(api, PARTLY_PAID)[-1]["id"])
    invoice = record(api, "invoices", PARTLY_PAID)
    assert (invoice["status"], invoice["paid"]) == ("final", "1000.00")


def test_a_settled_document_with_a_receipt_is_not_settled_again(change: Change) -> None:
    """Nor is it cancelled."""
    change("invoices", UNPAID, state="settled")
    assert "states-follow-each-other" in change("invoices", UNPAID, state="settled").explain
    assert change("invoices", UNPAID, state="canceled", message="m").status == 422


def test_what_owes_nothing_has_no_receipt(api: Client, change: Change, cancel: Cancel, pay: Pay) -> None:
    """It is marked as settled, and stays so when a receipt of 0 is cancelled."""
    change("invoices", ALL_FREE, state="settled")
    assert related(api, ALL_FREE) == []
    assert record(api, "invoices", ALL_FREE)["marked_settled"] is True
    cancel(pay(ALL_FREE, amount=0).json["receipt"]["id"])
    assert record(api, "invoices", ALL_FREE)["status"] == "settled"


def test_an_account_without_a_mechanism_has_tb(api: Client, change: Change) -> None:
    """As a payment by default."""
    change("invoices", OTHER_INVOICE, state="settled", query="api_key=ix-other-key")
    (receipt,) = (found for found in dump(api.runtime, PROVIDER)["receipts"] if found["document"] == OTHER_INVOICE)
    assert receipt["payment_mechanism"] == "TB"


@pytest.mark.parametrize(
    ("kind", "wrapper", "document", "receipts"),
    [("invoices", "invoice", PARTLY_PAID, 1), ("simplified_invoices", "simplified_invoice", SIMPLIFIED, 0)],
)
def test_by_the_variant_no_receipt_is_issued(
    base_runtime: Runtime, kind: str, wrapper: str, document: int, receipts: int
) -> None:
    """The document owes nothing any more."""
    runtime = fresh_runtime(base_runtime, settled_makes_receipt="false")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    path = f"/{kind}/{document}/change-state.json"
    assert api.call("PUT", path, json={wrapper: {"state": "settled"}}).status == 200
    assert len(related(api, document)) == receipts
    assert record(api, kind, document)["marked_settled"] is True
    assert api.post(f"/documents/{document}/partial_payments.json", {"partial_payment": {"amount": 1}}).status == 422


def test_a_document_that_is_marked_stays_settled(base_runtime: Runtime) -> None:
    """Cancelling its receipts does not change that."""
    runtime = fresh_runtime(base_runtime, settled_makes_receipt="false")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    body = {"invoice": {"state": "settled"}}
    assert api.call("PUT", f"/invoices/{PARTLY_PAID}/change-state.json", json=body).status == 200
    cancelled = {"receipt": {"state": "canceled", "message": "m"}}
    assert api.call("PUT", f"/receipts/{RECEIPT}/change-state.json", json=cancelled).status == 200
    invoice = record(api, "invoices", PARTLY_PAID)
    assert (invoice["status"], invoice["paid"], invoice["marked_settled"]) == ("settled", "0", True)
