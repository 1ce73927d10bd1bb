"""Refusals on the wire: one envelope for all of them, byte for byte, and what makes a request refused by itself."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import (
    CANCEL,
    INVOICE,
    LIST,
    LOGIN,
    PAY,
    RELEASE,
    SHOW,
    TOKEN,
    Body,
    code,
    data,
)


def envelope(status: str, description: str, message: str) -> bytes:
    texts = f'"code":"{status}","description":"{description}","message":"{message}"'
    return f'{{"status":{{{texts}}}}}'.encode()


def test_an_unknown_token(api: Client, payment: Body) -> None:
    response = api.post(PAY, payment(token="F" * 32))
    assert response.content == envelope(
        "INVALID_TOKEN", "The token or the login is not valid", "no login has this token"
    )


def test_an_unknown_invoice(api: Client, payment: Body) -> None:
    response = api.post(PAY, payment(invoice_identifier={"number": "I9"}))
    assert response.content == envelope(
        "NOT_FOUND", "A record that the request names does not exist", "there is no invoice with the number I9"
    )


def test_another_account_s_invoice(api: Client, payment: Body) -> None:
    response = api.post(PAY, payment(invoice_identifier={"reference_number": "2201"}))
    assert response.content == envelope(
        "NOT_ALLOWED",
        "The state of the records does not allow the call",
        "the invoice I00001241 does not belong to the accounts receivable 192",
    )


def test_a_misspelt_member(api: Client, payment: Body) -> None:
    """INVALID_REQUEST, with the member that was probably meant."""
    response = api.post(PAY, payment(catgory_identifier={"code": "SHOP"}))
    assert code(response) == "INVALID_REQUEST"
    assert response.json["status"]["description"] == "The request is not valid"
    assert "did you mean 'category_identifier'?" in response.json["status"]["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"received_on": "2014-07-14Z"},
        {"received_on": "2014-07-14T09:12:54+0200"},
        {"received_on": "2014-07-14T09:12:54+15:00"},
        {"received_on": "2014-07-14T09:12:54."},
        {"received_on": "2014-07-14 09:12:54"},
        {"received_on": "2014-07-14T09:12"},
        {"received_on": "2014-07-14T24:00:00"},
        {"received_on": "2014-07-14T09:12:60"},
        {"received_on": "2014-02-29T00:00:00"},
        {"received_on": "1900-02-29T00:00:00"},
        {"received_on": "2014-04-31T00:00:00"},
        {"received_on": "2014-13-01T00:00:00"},
        {"received_on": "0000-01-01T00:00:00"},
        {"received_on": "2014-07-14T09:12:54\n"},
        {"received_on": "٢٠١٤-07-14T09:12:54"},
        {"received_on": 1405329174},
        {"udf_date_4": "2016-02-30T00:00:00"},
        {"udf_float_1": "12.5"},
        {"udf_float_4": 1000000000000},
        {"udf_string_1": 5},
        {"udf_string_8": "x" * 10_001},
        {"udf_string_9": "x"},
        {"udf_float_5": 1},
        {"notes": "x" * 40_001},
        {"back_office_code": ""},
        {"back_office_code": "x" * 1001},
        {"payment_amount": 55},
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow(api: Client, payment: Body, change: dict[str, Any]) -> None:
    """INVALID_REQUEST; the explanation says where, and that it does not depend on the state."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(**change))
    assert code(response) == "INVALID_REQUEST"
    assert next(iter(change)) in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("received_on", ["2014-07-14T09:12", "14/07/2014"])
def test_a_date_in_another_form_is_answered_with_the_form(api: Client, payment: Body, received_on: str) -> None:
    """The likeliest mistake; the example says more than a length would."""
    assert (
        "does not match the expected format, for example '2014-07-14T09:12:54'"
        in api.post(PAY, payment(received_on=received_on)).explain
    )


@pytest.mark.parametrize("received_on", ["2016-02-29T00:00:00", "2000-02-29T23:59:59", "9999-12-31T00:00:00"])
def test_days_of_the_calendar_are_taken(api: Client, payment: Body, received_on: str) -> None:
    data(api.post(PAY, payment(received_on=received_on)))


@pytest.mark.parametrize(
    "changes",
    [
        {"wallet_identifier": {"number": "W0000007376"}},
        {"accounts_receivable_identifier": ...},
        {"accounts_receivable_identifier": {"number": "192", "name": "Dina Mika"}},
        {"type_identifier": {}},
        {"nonsense": 1},
    ],
    ids=str,
)
def test_a_refusal_repeats_no_token(api: Client, payment: Body, changes: dict[str, Any]) -> None:
    """Neither in the message nor in the explanation: both end up in logs."""
    response = api.post(PAY, payment(**changes))
    assert code(response) == "INVALID_REQUEST"
    assert TOKEN not in response.content.decode() + response.explain


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"token": NaN}', "not JSON"),
        (b'{"udf_float_1": 1e400}', "out of range"),
        (b'\xef\xbb\xbf{"token": "x"}', "byte order mark"),
        (b'{"token": "x", "token": "y"}', "twice"),
        (b"[" * 100 + b"]" * 100, "nested"),
    ],
)
@pytest.mark.parametrize("path", [PAY, LOGIN, RELEASE])
def test_what_is_no_exact_json(api: Client, path: str, content: bytes, why: str) -> None:
    """INVALID_REQUEST, before the token is looked for."""
    with nothing_changes(api, "crm_com"):
        response = api.call("POST", path, content=content, headers={"content-type": "application/json"})
    assert code(response) == "INVALID_REQUEST"
    assert why in response.json["status"]["message"]


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_declared_as_json(api: Client, media_type: str | None) -> None:
    """INVALID_REQUEST: where the token is in the body, nothing comes before the body."""
    response = api.call("POST", PAY, content=b"{}", headers={"content-type": media_type})
    assert code(response) == "INVALID_REQUEST"
    assert "Content-Type" in response.json["status"]["message"]


def test_a_body_over_the_limit(api: Client) -> None:
    """1 MiB is the limit."""
    content = b" " * ((1 << 20) + 1)
    response = api.call("POST", PAY, content=content, headers={"content-type": "application/json"})
    assert code(response) == "INVALID_REQUEST"
    assert "limit" in response.json["status"]["message"]


@pytest.mark.parametrize("path", [PAY, LOGIN, RELEASE, CANCEL])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_not_allowed(api: Client, method: str, path: str) -> None:
    """405 in the same envelope, and Allow names the method that is."""
    response = api.call(method, path)
    assert (response.status, response.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert response.json["status"]["code"] == "INVALID_REQUEST"
        assert response.json.keys() == {"status"}


@pytest.mark.parametrize("path", [SHOW, LIST, INVOICE])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_reads_is_no_other_method(api: Client, method: str, path: str) -> None:
    """405 in the same envelope; a HEAD is a GET without its body."""
    response = api.call(method, path, query=f"token={TOKEN}")
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.json["status"]["code"] == "INVALID_REQUEST"
    assert api.call("HEAD", path, query=f"token={TOKEN}").status == 200


@pytest.mark.parametrize("path", [SHOW, LIST, INVOICE])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "the query parameter token is missing"),
        ("token=", "the query parameter token is missing"),
        (f"token={TOKEN}&token={TOKEN}", "given 2 times"),
        (f"token={TOKEN[:-1]}", "no login has this token"),
        (f"Token={TOKEN}", "the query parameter token is missing"),
    ],
    ids=["none", "empty", "two", "another", "of another name"],
)
def test_what_reads_wants_the_token_in_its_query(api: Client, path: str, query: str, why: str) -> None:
    """INVALID_TOKEN before anything else is looked at; one in the body is not read."""
    response = api.call("GET", path, query=query, json={"token": TOKEN})
    assert code(response) == "INVALID_TOKEN"
    assert why in response.json["status"]["message"]
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/payments",
        "/payments/pay_invoice//",
        "//payments/pay_invoice",
        "/payments/update",
        "/payments/show//",
        "/payments/show/number=97",
        "/invoices/create",
        "/Payments/pay_invoice",
    ],
)
def test_another_path_is_not_found(api: Client, payment: Body, path: str) -> None:
    """404 in the same envelope; no redirect to a path that exists."""
    response = api.post(path, payment())
    assert response.status == 404
    assert response.json["status"]["code"] == "NOT_FOUND"
    assert response.json.keys() == {"status"}


def test_the_base_path_belongs_to_the_path(api: Client, payment: Body) -> None:
    """What is not below /crmapi/rest/v2 is not this API."""
    elsewhere = Client(api.runtime, root="/crm-com")
    assert elsewhere.post(PAY, payment()).status == 404
