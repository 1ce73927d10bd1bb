"""Refusals of the operations on invoices and receipts change nothing and are explained."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import (
    CANCELLED,
    CREDIT_NOTE,
    DRAFT,
    DRAFT_INVOICE_RECEIPT,
    DRAFT_SIMPLIFIED,
    NEW,
    OTHER_INVOICE,
    OTHER_SIMPLIFIED,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    SIMPLIFIED,
    UNPAID,
    WRAPPERS,
    Cancel,
    Change,
    is_empty,
)

MESSAGE = {"message": "m"}
READS = {
    "/invoices/{}.json": (SIMPLIFIED, CREDIT_NOTE, RECEIPT, OTHER_INVOICE, 2),
    "/simplified_invoices/{}.json": (UNPAID, CREDIT_NOTE, RECEIPT, OTHER_SIMPLIFIED, 2),
    "/invoice_receipts/{}.json": (UNPAID, SIMPLIFIED, CREDIT_NOTE, RECEIPT, 2),
    "/receipts/{}.json": (UNPAID, SIMPLIFIED, CREDIT_NOTE, 2, 2147483647),
    "/document/{}/related_documents.json": (CREDIT_NOTE, RECEIPT, OTHER_INVOICE, OTHER_SIMPLIFIED, 2),
}


@pytest.mark.parametrize(("path", "document"), [(path, document) for path, ids in READS.items() for document in ids])
def test_what_the_account_lacks_is_not_found(api: Client, path: str, document: int) -> None:
    """An unknown document, or one of another type or account: 404 without a body."""
    response = api.get(path.format(document))
    assert response.status == 404
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert f"{document}" in response.explain
    assert "-is-404" in response.explain


@pytest.mark.parametrize("path", list(READS))
@pytest.mark.parametrize("document", ["0", "-1", "+1", "01", "1.0", "abc", "%D9%A1", "2147483648"])
def test_an_impossible_id_is_not_found(api: Client, path: str, document: str) -> None:
    """404, without an explanation by state."""
    response = api.get(path.format(document))
    assert response.status == 404
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("path", [*READS, "/invoices.json"])
def test_nothing_is_read_without_a_key(api: Client, path: str) -> None:
    """401, also for an unknown document."""
    for query in ("", "api_key=", "api_key=none"):
        response = api.get(path.format(2), query=query)
        assert response.status == 401
        assert is_empty(response)


def test_another_accounts_receipt_is_not_found(api: Client, cancel: Cancel) -> None:
    """The other account has a serie A too."""
    with nothing_changes(api, PROVIDER):
        assert api.get(f"/receipts/{RECEIPT}.json", query="api_key=ix-other-key").status == 404
        assert cancel(RECEIPT, query="api_key=ix-other-key").status == 404


@pytest.mark.parametrize(
    ("kind", "document", "members", "why", "rule"),
    [
        ("invoices", DRAFT, {"state": "canceled"} | MESSAGE, "is draft and cannot be canceled", None),
        ("invoices", DRAFT, {"state": "settled"}, "is draft and cannot be settled", None),
        ("invoices", UNPAID, {"state": "finalized"}, "is final and cannot be finalized", None),
        ("invoices", UNPAID, {"state": "deleted"}, "is final and cannot be deleted", None),
        ("invoices", SETTLED, {"state": "settled"}, "is settled and cannot be settled", None),
        ("invoices", SETTLED, {"state": "canceled"} | MESSAGE, "is settled and cannot be canceled", None),
        ("invoices", SETTLED, {"state": "deleted"}, "is settled and cannot be deleted", None),
        ("invoices", CANCELLED, {"state": "canceled"} | MESSAGE, "is canceled and cannot be canceled", None),
        ("invoices", CANCELLED, {"state": "finalized"}, "is canceled and cannot be finalized", None),
        ("invoices", PARTLY_PAID, {"state": "canceled"} | MESSAGE, "cancel them first", "receipted"),
        ("simplified_invoices", 538622, {"state": "canceled"} | MESSAGE, "cancel them first", "receipted"),
        ("simplified_invoices", DRAFT_SIMPLIFIED, {"state": "settled"}, "is draft and cannot be settled", None),
        ("simplified_invoices", 538667, {"state": "canceled"} | MESSAGE, "is canceled and cannot be", None),
    ],
)
def test_a_state_that_cannot_follow_is_refused(  # noqa: PLR0913 - the columns of the table above
    api: Client, change: Change, *, kind: str, document: int, members: dict[str, Any], why: str, rule: str | None
) -> None:
    """422 because of the state."""
    with nothing_changes(api, PROVIDER):
        response = change(kind, document, **members)
    assert response.status == 422
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert why in response.explain
    assert (rule or "states-follow-each-other") in response.explain


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("invoices", SIMPLIFIED),
        ("invoices", CREDIT_NOTE),
        ("invoices", OTHER_INVOICE),
        ("invoices", 2),
        ("simplified_invoices", DRAFT),
        ("invoice_receipts", DRAFT),
        ("invoices", DRAFT_INVOICE_RECEIPT),
        ("simplified_invoices", RECEIPT),
        ("simplified_invoices", OTHER_SIMPLIFIED),
    ],
)
def test_a_state_is_changed_under_the_documents_own_type(api: Client, change: Change, kind: str, document: int) -> None:
    """404 under another type."""
    with nothing_changes(api, PROVIDER):
        response = change(kind, document, state="finalized")
    assert response.status == 404
    assert is_empty(response)
    assert "unknown-document-is-404" in response.explain


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"invoice": {"state": "canceled"}}, "missing property 'message'"),
        ({"invoice": {"state": "canceled", "message": None}}, "/invoice/message"),
        ({"invoice": {"state": "canceled", "message": ""}}, "must not be empty"),
        ({"invoice": {"state": "canceled"}, "message": "m"}, "'message'"),
        ({"invoice": {"state": "final"}}, "'final' is not one of finalized"),
        ({"invoice": {"state": "unsettled"}}, "is not one of"),
        ({"invoice": {"state": "settled", "message": 5}}, "/invoice/message"),
        ({"invoice": {}}, "missing property 'state'"),
        ({"state": "settled"}, "'state'"),
        ({"simplified_invoice": {"state": "settled"}}, "'simplified_invoice'"),
        ({}, "missing property 'invoice'"),
    ],
)
def test_a_change_of_state_keeps_its_form(api: Client, body: Any, says: str) -> None:
    """422 because of the request alone; the message belongs inside the wrapper."""
    with nothing_changes(api, PROVIDER):
        response = api.call("PUT", f"/invoices/{UNPAID}/change-state.json", json=body)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers
    assert says in response.explain


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"invoice": {"state": "settled"}, "simplified_invoice": {"state": "settled"}},
        {"receipt": {"state": "canceled", "message": "m"}},
        {"simplified_invoice": {"state": "canceled"}, "message": "m"},
    ],
)
def test_a_simplified_invoice_is_changed_in_one_wrapper(api: Client, body: Any) -> None:
    """Exactly one of the two wrappers, and nothing beside it."""
    with nothing_changes(api, PROVIDER):
        response = api.call("PUT", f"/simplified_invoices/{SIMPLIFIED}/change-state.json", json=body)
    assert response.status == 422
    assert is_empty(response)


def test_a_receipt_is_cancelled_once(api: Client, cancel: Cancel) -> None:
    """The second call is refused and changes nothing."""
    cancel(RECEIPT)
    with nothing_changes(api, PROVIDER):
        response = cancel(RECEIPT)
    assert response.status == 422
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert f"receipt {RECEIPT} is canceled already" in response.explain
    assert "receipt-is-cancelled-once" in response.explain


@pytest.mark.parametrize("receipt", [UNPAID, CREDIT_NOTE, 2, 2147483647])
def test_only_receipts_are_cancelled_as_such(api: Client, cancel: Cancel, receipt: int) -> None:
    """404 for documents of other types."""
    with nothing_changes(api, PROVIDER):
        response = cancel(receipt)
    assert response.status == 404
    assert is_empty(response)
    assert "unknown-receipt-is-404" in response.explain


@pytest.mark.parametrize(
    "body",
    [
        {"receipt": {"state": "canceled"}},
        {"receipt": {"state": "canceled"}, "message": "m"},
        {"receipt": {"state": "canceled", "message": ""}},
        {"receipt": {"state": "canceled", "message": None}},
        {"receipt": {"state": "deleted", "message": "m"}},
        {"receipt": {"message": "m"}},
        {"state": "canceled", "message": "m"},
        {"invoice": {"state": "canceled", "message": "m"}},
    ],
)
def test_a_cancellation_keeps_its_form(api: Client, body: Any) -> None:
    """422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = api.call("PUT", f"/receipts/{RECEIPT}/change-state.json", json=body)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("kind", list(WRAPPERS))
@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"due_date": "02/12/2017"}, "02/12/2017 is before the document's date, 03/12/2017"),
        ({"sequence_id": "11874"}, "this account has no sequence '11874'"),
        ({"sequence_id": 7}, "this account has no sequence 7"),
        ({"sequence_id": "012345"}, "this account has no sequence '012345'"),
        ({"sequence_id": "A"}, "this account has no sequence 'A'"),
    ],
)
def test_an_impossible_document_is_not_created(api: Client, kind: str, members: dict[str, Any], why: str) -> None:
    """422 because of the state; the client is not created either."""
    body = {WRAPPERS[kind]: NEW | {"client": {"name": "Nobody yet"}} | members}
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/{kind}.json", body)
    assert response.status == 422
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert why in response.explain


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"date": "2017-12-03"}, "/invoice/date"),
        ({"date": None}, "/invoice/date"),
        ({"due_date": "31/11/2017"}, "/invoice/due_date"),
        ({"items": []}, "/invoice/items"),
        ({"items": [{"name": "a", "unit_price": "-1", "quantity": 1}]}, "/invoice/items/0/unit_price"),
        ({"items": [{"name": "a", "unit_price": 1e9, "quantity": 1}]}, "/invoice/items/0/unit_price"),
        ({"items": [{"name": "a", "unit_price": "1,5", "quantity": 1}]}, "/invoice/items/0/unit_price"),
        ({"items": [{"name": "a", "unit_price": 1, "quantity": "0.0000001"}]}, "/invoice/items/0/quantity"),
        ({"items": [{"name": "a", "unit_price": 1, "quantity": 1, "discount": 101}]}, "/invoice/items/0/discount"),
        ({"items": [{"name": "a", "unit_price": 1, "quantity": 1, "tax": "IVA23"}]}, "/invoice/items/0/tax"),
        ({"items": [{"name": "a", "quantity": 1}]}, "missing property 'unit_price'"),
        ({"client": "John"}, "/invoice/client"),
        ({"client": {"code": "J"}}, "missing property 'name'"),
        ({"tax_exemption": "M7"}, "/invoice/tax_exemption"),
        ({"totals": 5}, "'totals'"),
        ({"proprietary_uid": "u"}, "The identifier of the caller's own stands beside the document, not in it."),
    ],
)
def test_a_new_document_keeps_its_form(api: Client, members: dict[str, Any], says: str) -> None:
    """422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/invoices.json", {"invoice": NEW | members})
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers
    assert says in response.explain


@pytest.mark.breaks_invariants
def test_an_account_without_a_default_tax_makes_no_document(api: Client, runtime: Any) -> None:
    """422 because of the state."""
    state = runtime.namespaces.get("default").state(PROVIDER)
    with state.transaction():
        for tax in list(state.taxes.records()):
            state.taxes.delete(tax.id)
    response = api.post("/invoices.json", {"invoice": NEW})
    assert response.status == 422
    assert "this account has no default tax" in response.explain
    assert "tax-defaults-to-the-accounts" in response.explain


@pytest.mark.breaks_invariants
def test_an_account_without_a_sequence_makes_no_document(api: Client, runtime: Any) -> None:
    """422 because of the state."""
    state = runtime.namespaces.get("default").state(PROVIDER)
    with state.transaction():
        for sequence in list(state.sequences.records()):
            state.sequences.delete(sequence.id)
    response = api.post("/invoices.json", {"invoice": NEW})
    assert response.status == 422
    assert "this account has no sequence" in response.explain
