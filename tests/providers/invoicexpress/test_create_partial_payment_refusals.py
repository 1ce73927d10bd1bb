"""POST /documents/{document-id}/partial_payments.json: refusals are empty, explained, and change nothing."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    CANCELLED,
    CREDIT_NOTE,
    DRAFT,
    DRAFT_INVOICE_RECEIPT,
    INVOICE_RECEIPT,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    UNPAID,
    Pay,
    is_empty,
)

PATH = "/documents/1/partial_payments.json"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (2, "this account has no document 2"),
        (2147483647, "this account has no document 2147483647"),
        (538722, "this account has no document 538722"),
    ],
    ids=["unknown", "the largest id", "another account's"],
)
def test_a_document_that_the_account_lacks_is_not_found(api: Client, pay: Pay, document: int, why: str) -> None:
    """404, even if the payment is invalid too."""
    with nothing_changes(api, PROVIDER):
        response = pay(document, amount=999999999.99, serie="no such serie")
    assert response.status == 404
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert why in response.explain
    assert "unknown-document-is-404" in response.explain


@pytest.mark.parametrize(
    "document",
    ["0", "-1", "+1", "01", "1.0", "1e0", "abc", "%D9%A1", "1%2F2", "..", "%2E%2E", "1%00", "2147483648", "9" * 400],
)
def test_an_id_that_no_document_can_have_is_not_found(api: Client, pay: Pay, document: str) -> None:
    """404, without an explanation by state."""
    with nothing_changes(api, PROVIDER):
        response = pay(document, amount=1)
    assert response.status == 404
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers


def test_an_escaped_digit_is_a_digit(pay: Pay) -> None:
    """%31 is 1."""
    assert pay("%31", amount=1).status == 200


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (CREDIT_NOTE, "only-invoices-and-simplified-invoices"),
        (RECEIPT, "only-invoices-and-simplified-invoices"),
        (INVOICE_RECEIPT, "only-invoices-and-simplified-invoices"),
        (DRAFT_INVOICE_RECEIPT, "only-invoices-and-simplified-invoices"),
        (CANCELLED, "draft-or-cancelled-takes-no-payment"),
        (DRAFT, "draft-or-cancelled-takes-no-payment"),
        (538667, "draft-or-cancelled-takes-no-payment"),
        (538683, "draft-or-cancelled-takes-no-payment"),
    ],
    ids=[
        "credit note",
        "receipt",
        "invoice-receipt",
        "draft of an invoice-receipt",
        "cancelled",
        "draft",
        "cancelled simplified invoice",
        "draft of a simplified invoice",
    ],
)
def test_drafts_cancelled_and_other_documents_take_no_payment(api: Client, pay: Pay, document: int, rule: str) -> None:
    """422 because of type or state, even for an amount of 0."""
    for amount in (0, 1):
        with nothing_changes(api, PROVIDER):
            response = pay(document, amount=amount)
        assert response.status == 422
        assert is_empty(response)
        assert response.headers["x-sandbox-reason"] == "state"
        assert rule in response.explain


@pytest.mark.parametrize(
    ("document", "outstanding", "beyond"),
    [
        (UNPAID, "1070.00", 1070.01),
        (PARTLY_PAID, "1422.85", 1422.86),
        (SETTLED, "0.00", 0.01),
        (ALL_FREE, "0.00", 0.01),
    ],
    ids=["unpaid", "partly paid", "settled", "free"],
)
def test_a_cent_too_much_is_refused(api: Client, pay: Pay, document: int, outstanding: str, beyond: float) -> None:
    """422, and the explanation says what is still owed."""
    with nothing_changes(api, PROVIDER):
        response = pay(document, amount=beyond)
    assert response.status == 422
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert f"is more than the {outstanding} that document {document} still owes" in response.explain
    assert "overpayment-is-refused" in response.explain


@pytest.mark.parametrize("serie", ["P", "a", "A ", "2017", "12345"])
def test_a_serie_that_the_account_lacks_is_refused(api: Client, pay: Pay, serie: str) -> None:
    """422; P is the other account's."""
    with nothing_changes(api, PROVIDER):
        response = pay(1, amount=1, serie=serie)
    assert response.status == 422
    assert is_empty(response)
    assert response.headers["x-sandbox-reason"] == "state"
    assert "serie-defaults-to-documents" in response.explain


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "missing property 'amount'"),
        ({"amount": None}, "/partial_payment/amount"),
        ({"amount": "100"}, "/partial_payment/amount"),
        ({"amount": True}, "/partial_payment/amount"),
        ({"amount": -0.01}, "Must be a value greater or equal to zero."),
        ({"amount": 0.001}, "/partial_payment/amount"),
        ({"amount": 10000000000000}, "/partial_payment/amount"),
        ({"amount": 1, "payment_mechanism": "PayPal"}, "'PayPal' is not one of CC, CD"),
        ({"amount": 1, "payment_mechanism": "tb"}, "/partial_payment/payment_mechanism"),
        ({"amount": 1, "note": 5}, "/partial_payment/note"),
        ({"amount": 1, "note": "x" * 10001}, "/partial_payment/note"),
        ({"amount": 1, "serie": 2017}, "/partial_payment/serie"),
        ({"amount": 1, "payment_date": "2017-10-26"}, "dd/mm/yyyy"),
        ({"amount": 1, "payment_date": "1/2/2017"}, "does not match the expected format, for example '26/10/2017'"),
        ({"amount": 1, "payment_date": "31/04/2017"}, "/partial_payment/payment_date"),
        ({"amount": 1, "payment_date": "29/02/2017"}, "/partial_payment/payment_date"),
        ({"amount": 1, "payment_date": "29/02/1900"}, "/partial_payment/payment_date"),
        ({"amount": 1, "payment_date": "10/26/2017"}, "/partial_payment/payment_date"),
        ({"amount": 1, "payment_date": "26/10/2017\n"}, "/partial_payment/payment_date"),
        ({"amount": ""}, "/partial_payment/amount"),
        ({"amount": 1, "date": "26/10/2017"}, "'date'"),
        ({"amount": 1, "message": "x"}, "'message'"),
    ],
)
def test_what_the_contract_does_not_allow_is_unprocessable(
    api: Client, pay: Pay, members: dict[str, Any], says: str
) -> None:
    """422 without a body; the explanation names the property and quotes the vendor."""
    with nothing_changes(api, PROVIDER):
        response = pay(1, **members)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers
    assert says in response.explain


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 1},
        {"receipt": {"amount": 1}},
        {"partial_payment": {"amount": 1}, "message": "x"},
        {"partial_payment": None},
        {"partial_payment": [{"amount": 1}]},
        {},
        [],
        "text",
        5,
        None,
    ],
)
def test_a_payment_without_its_wrapper_is_unprocessable(api: Client, body: Any) -> None:
    """Clients send no wrapper, another wrapper, or properties beside it."""
    with nothing_changes(api, PROVIDER):
        response = api.post(PATH, body)
    assert response.status == 422
    assert is_empty(response)


def test_a_wrong_wrapper_is_made_plain(api: Client) -> None:
    """The explanation names the right wrapper, and does not present the sentence as the vendor's."""
    expected = '[assumed: "The properties of the payment stand within partial_payment'
    assert expected in api.post(PATH, {"amount": 1}).explain
    assert expected in api.post(PATH, {"receipt": {"amount": 1}}).explain
