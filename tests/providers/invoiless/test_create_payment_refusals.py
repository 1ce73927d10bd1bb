"""POST /v1/invoices/{id}/payments: refusals are exact, explained, and change nothing."""

from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    BAKERY,
    CANCELED,
    DRAFT,
    NOBODY,
    NOT_FOUND,
    PAID,
    PROVIDER,
    REFUNDED,
    THREE,
    UNACCEPTABLE,
    payments_of,
)


@pytest.mark.parametrize(
    ("key", "number", "status"),
    [
        (DRAFT, "INV-2024-005", "Draft"),
        (CANCELED, "INV-2023-138", "Canceled"),
        (REFUNDED, "INV-2023-140", "Refunded"),
    ],
)
@pytest.mark.parametrize("amount", [{}, {"amount": 1}], ids=["no amount", "amount"])
def test_a_closed_invoice_takes_no_payment(
    api: Client, key: str, number: str, status: str, amount: dict[str, Any]
) -> None:
    """400 because of the state, even if something is owed."""
    with nothing_changes(api, PROVIDER):
        response = api.post(payments_of(key), {"method": "Card", "sendNotification": True, **amount})
    assert response.status == 400
    assert response.content == f'{{"message":"The invoice {number} is {status} and takes no payment."}}'.encode()
    assert response.headers["x-sandbox-reason"] == "state"
    assert "[rule closed-invoice-takes-no-payment, assumed" in response.explain


def test_a_cent_too_much_is_refused(api: Client) -> None:
    """1,549.50 is owed, so 1,549.51 is an overpayment."""
    with nothing_changes(api, PROVIDER):
        response = api.post(payments_of(THREE), {"method": "Card", "amount": Decimal("1549.51")})
    assert response.status == 400
    assert response.content == b'{"message":"1549.51 is more than the 1549.50 owed on the invoice INV-2023-145."}'
    assert response.headers["x-sandbox-reason"] == "state"
    assert "[rule overpayment-is-refused, assumed" in response.explain
    assert api.post(payments_of(THREE), {"method": "Card", "amount": Decimal("1549.50")}).status == 201


def test_on_a_settled_invoice_nothing_is_left_to_pay(api: Client) -> None:
    """A call without an amount has nothing to pay, one with an amount too much."""
    with nothing_changes(api, PROVIDER):
        whole = api.post(payments_of(PAID), {"method": "Card"})
        cent = api.post(payments_of(PAID), {"method": "Card", "amount": Decimal("0.01")})
    assert whole.content == b'{"message":"Nothing is owed on the invoice INV-2023-139 any more."}'
    assert "[rule nothing-left-to-pay-is-refused, assumed" in whole.explain
    assert cent.content == b'{"message":"0.01 is more than the 0.00 owed on the invoice INV-2023-139."}'
    assert [response.status for response in (whole, cent)] == [400, 400]
    assert [response.headers["x-sandbox-reason"] for response in (whole, cent)] == ["state", "state"]


@pytest.mark.parametrize("key", [NOBODY, BAKERY], ids=["unknown", "another account's"])
def test_an_invoice_that_the_key_does_not_have_is_not_found(api: Client, key: str) -> None:
    """404, the same for an unknown invoice and another account's."""
    with nothing_changes(api, PROVIDER):
        response = api.post(payments_of(key), {"method": "Card", "amount": 1})
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith(f"{{id}}: this key has no invoice {key}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": ...}, "missing property 'method'"),
        ({"method": None}, "/method"),
        ({"method": ""}, "possible values are Cash, Cheque, Card, BankTransfer, or Other"),
        ({"method": "bankTransfer"}, "did you mean 'BankTransfer'?"),
        ({"method": "CASH"}, "did you mean 'Cash'?"),
        ({"amount": 0}, "must be positive"),
        ({"amount": -1}, "must be positive"),
        ({"amount": Decimal("0.001")}, "max 2 decimal places"),
        ({"amount": Decimal("10.005")}, "max 2 decimal places"),
        ({"amount": 10000000000000}, "/amount"),
        ({"amount": "100.50"}, "/amount: '100.50' is not a number"),
        ({"amount": ""}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"paidAt": "15/01/2024"}, "'15/01/2024' does not match the expected format, for example '2024-01-15'"),
        ({"paidAt": "2024-01-15T10:00:00"}, "for example '2024-01-15'"),
        ({"paidAt": "2024-01-15T10:00:60Z"}, "/paidAt"),
        ({"paidAt": "2023-02-29T10:00:00Z"}, "/paidAt"),
        ({"paidAt": "2024-01-15 10:00:00Z"}, "/paidAt"),
        ({"_id": THREE}, "unknown property '_id'"),
        ({"paidAt": "2023-02-29"}, "/paidAt"),
        ({"paidAt": "0000-01-01"}, "/paidAt"),
        ({"paidAt": "2024-01-15\n"}, "/paidAt"),
        ({"paidAt": 1705276800}, "/paidAt"),
        ({"notes": "x" * 501}, "/notes"),
        ({"notes": 5}, "/notes"),
        ({"sendNotification": "true"}, "/sendNotification"),
        ({"sendNotification": 1}, "/sendNotification"),
        ({"note": "typo"}, "did you mean 'notes'?"),
        ({"paid_at": "2024-01-15"}, "did you mean 'paidAt'?"),
    ],
)
def test_what_the_contract_does_not_allow_is_unacceptable(api: Client, change: dict[str, Any], says: str) -> None:
    """400 with the vendor's message; the explanation names the property and quotes the page."""
    body = {"method": "Card", "amount": 1, **change}
    with nothing_changes(api, PROVIDER):
        response = api.post(payments_of(THREE), {name: value for name, value in body.items() if value is not ...})
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


def test_an_unknown_member_is_not_answered_with_words_that_the_vendor_never_wrote(api: Client) -> None:
    """Only sentences of the page are in quotation marks."""
    assert '"' not in api.post(payments_of(THREE), {"method": "Card", "currency": "EUR"}).explain


@pytest.mark.parametrize("body", [[], "Card", 5, None, True])
def test_json_other_than_an_object_is_unacceptable(api: Client, body: Any) -> None:
    """It is JSON, but not a payment."""
    response = api.post(payments_of(THREE), body)
    assert (response.status, response.content) == (400, UNACCEPTABLE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"method": "Card", "amount": NaN}', "not JSON"),
        (b'{"method": "Card", "amount": 1e400}', "out of range"),
        (b'\xef\xbb\xbf{"method": "Card"}', "byte order mark"),
        (b'{"method": "Card", "method": "Cash"}', "twice"),
    ],
)
def test_inexact_json_is_unacceptable(api: Client, content: bytes, why: str) -> None:
    """400 with the vendor's message; a header has the reason."""
    headers = {"content-type": "application/json"}
    with nothing_changes(api, PROVIDER):
        response = api.call("POST", payments_of(THREE), content=content, headers=headers)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert why in response.explain


@pytest.mark.parametrize("media_type", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_declared_as_json_is_unacceptable(api: Client, media_type: str | None) -> None:
    """400, because the API documents no 415."""
    content = b'{"method":"Card","amount":1}'
    with nothing_changes(api, PROVIDER):
        response = api.call("POST", payments_of(THREE), content=content, headers={"content-type": media_type})
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert "Content-Type" in response.explain


def test_a_refused_payment_uses_up_no_id(api: Client) -> None:
    """The next payment has the id that it would have had anyway."""
    accepted = {"method": "Card", "amount": 1}
    plain = Client(api.runtime, root="/ns/plain/invoiless", headers={"api-key": "invoiless-test-key"})
    again = Client(api.runtime, root="/ns/plain/invoiless", headers={"api-key": "invoiless-test-key"})
    first = plain.post(payments_of(THREE), accepted).json["id"]
    api.runtime.namespaces.get("plain").reset()
    again.post(payments_of(THREE), {"method": "Card", "amount": 99999})
    assert again.post(payments_of(THREE), accepted).json["id"] == first
