"""POST /payments: each refusal byte for byte, why, and that it changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes

Body = Callable[..., dict[str, Any]]

MALFORMED = b'{"code":400,"message":"Invalid JSON"}'
UNAUTHORIZED = b'{"code":401,"message":"Invalid credentials were supplied"}'
NOT_FOUND = b'{"code":404,"message":"One or more documents referenced by this payment was not found"}'
INVALID = b'{"code":422,"message":"The request is syntactically correct but not a valid payment JSON object"}'


def test_a_different_payment_under_a_held_number_conflicts(api: Client, payment: Body) -> None:
    """409 with the gid of the payment that the fixtures hold."""
    with nothing_changes(api, "invisible_collector"):
        response = api.post("/payments", payment(number="RG 2016/001"))
    assert response.status == 409
    assert response.content == (
        b'{"code":409,"message":"A different payment with the same number already exists on Invisible Collector",'
        b'"gid":"3077c5db-0436-4692-b783-5dca15a55231"}'
    )
    assert response.headers["x-sandbox-reason"] == "state"
    assert "different-payment-same-number-conflicts" in response.explain


@pytest.mark.parametrize(
    "change",
    [
        {"externalId": "another"},
        {"status": "CANCELLED"},
        {"type": "NC"},
        {"date": "2016-02-11"},
        {"netTotal": 1000.01},
        {"tax": None},
        {"grossTotal": 1230.01},
        {"currency": "USD"},
        {"lines": [{"number": "FT 2016/001", "amount": 1229.99}]},
        {"lines": [{"number": "FT 2016/002", "amount": 1230}]},
        {"lines": [{"number": "FT 2016/001", "amount": 1230, "referenceNumber": "NC NC/001"}]},
        {"lines": [{"number": "FT 2016/001", "amount": 1230}] * 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_member_makes_a_payment_different(api: Client, change: dict[str, Any]) -> None:
    """The held payment with one member changed is another payment."""
    held = {
        "number": "RG 2016/001",
        "externalId": "transfer-80117",
        "status": "FINAL",
        "type": "RG",
        "date": "2016-02-10",
        "netTotal": 1000,
        "tax": 230,
        "grossTotal": 1230,
        "currency": "EUR",
        "lines": [{"number": "FT 2016/001", "amount": 1230}],
    }
    assert api.post("/payments", held).status == 200
    with nothing_changes(api, "invisible_collector"):
        refused = api.post("/payments", held | change)
    assert refused.status == 409
    assert f"which differs in {next(iter(change))} [" in refused.explain


def test_another_note_makes_a_payment_different(api: Client, payment: Body) -> None:
    """One debt, one amount, two notes."""
    lines = [[{"number": "FT 2016/101", "referenceNumber": note, "amount": 5}] for note in ("NC NC/001", "NC 2016/004")]
    assert [api.post("/payments", payment(lines=sent)).status for sent in lines] == [201, 409]


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ({"number": "FT 9999/1", "amount": 1}, "no debt 'FT 9999/1'"),
        ({"number": "FT P/100", "amount": 1}, "no debt 'FT P/100'"),
        ({"number": "FT 2016/101", "referenceNumber": "NC 9/9", "amount": 1}, "no credit or debit note 'NC 9/9'"),
        ({"number": "FT 2016/101", "referenceNumber": "NC P/001", "amount": 1}, "no credit or debit note 'NC P/001'"),
    ],
    ids=["unknown debt", "another company's debt", "unknown note", "another company's note"],
)
def test_a_document_that_this_company_lacks_is_not_found(
    api: Client, payment: Body, line: dict[str, Any], missing: str
) -> None:
    """404, and the good line before it has not been paid."""
    with nothing_changes(api, "invisible_collector"):
        response = api.post("/payments", payment(lines=[{"number": "FT 2016/102", "amount": 1}, line]))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert missing in response.explain


def test_all_missing_documents_are_named(api: Client, payment: Body) -> None:
    """The explanation lists each of them at its place."""
    lines = [
        {"number": "A", "amount": 1},
        {"number": "B", "referenceNumber": "C", "amount": 1},
        {"number": "A", "amount": 2},
    ]
    response = api.post("/payments", payment(lines=lines))
    assert response.explain.startswith(
        "/lines/0/number: this company has no debt 'A'; also /lines/1/number: this company has no debt 'B'; "
        "/lines/1/referenceNumber: this company has no credit or debit note 'C'; "
        "/lines/2/number: this company has no debt 'A' [rule unknown-document-is-404, documented"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": ...}, "missing property 'number'"),
        ({"type": ...}, "missing property 'type'"),
        ({"date": ...}, "missing property 'date'"),
        ({"currency": ...}, "missing property 'currency'"),
        ({"lines": ...}, "missing property 'lines'"),
        ({"number": ""}, "/number"),
        ({"number": None}, "/number"),
        ({"number": "x" * 256}, "/number"),
        ({"status": "final"}, "did you mean 'FINAL'?"),
        ({"date": "20/07/2016"}, "'20/07/2016' does not match the expected format, for example '2016-07-01'"),
        ({"date": "2016-7-20"}, "year-month-day"),
        ({"date": "2016-02-30"}, "/date"),
        ({"currency": "EURO"}, "ISO 4217"),
        ({"currency": "eur"}, "did you mean 'EUR'?"),
        ({"grossTotal": "30.75"}, "/grossTotal"),
        ({"tax": -0.01}, "/tax"),
        ({"netTotal": 0.001}, "/netTotal"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"amount": 1}]}, "/lines/0: missing property 'number'"),
        ({"lines": [{"number": "FT 2016/101"}]}, "/lines/0: missing property 'amount'"),
        ({"lines": [{"number": "FT 2016/101", "amount": 0}]}, "/lines/0/amount"),
        ({"lines": [{"number": "FT 2016/101", "amount": True}]}, "/lines/0/amount"),
        ({"lines": [{"number": "FT 2016/101", "amount": 1, "ammount": 1}]}, "did you mean 'amount'?"),
        ({"gross_total": 1}, "did you mean 'grossTotal'?"),
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow_is_unprocessable(
    api: Client, payment: Body, change: dict[str, Any], says: str
) -> None:
    """422 in the vendor's words; the explanation says where."""
    with nothing_changes(api, "invisible_collector"):
        response = api.post("/payments", payment(**change))
    assert (response.status, response.content) == (422, INVALID)
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("change", [{"foo": 1}, {"lines": [{"number": "FT 2016/101", "amount": 1, "foo": 1}]}], ids=str)
def test_an_unknown_member_is_not_answered_with_words_that_the_vendor_never_wrote(
    api: Client, payment: Body, change: dict[str, Any]
) -> None:
    """Only sentences of the vendor's page are in quotation marks."""
    quoted = api.post("/payments", payment(**change)).explain.partition('"')[2].partition('"')[0]
    assert quoted in {"", "A list of debts being paid."}


@pytest.mark.parametrize("body", [[], "text", 5, None, True], ids=str)
def test_json_that_is_no_object_is_unprocessable(api: Client, body: Any) -> None:
    """The body is JSON, but not a payment."""
    assert api.post("/payments", body).content == INVALID


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic aWM6", "ic-test-token", "Bearer unknown", "Bearer ic-test-token x"],
)
def test_without_a_known_token_nobody_comes_in(api: Client, payment: Body, authorization: str | None) -> None:
    """401 before anything else is looked at."""
    with nothing_changes(api, "invisible_collector"):
        response = api.post("/payments", payment(), headers={"authorization": authorization})
    assert (response.status, response.content) == (401, UNAUTHORIZED)


def test_a_repeated_token_is_refused(api: Client, payment: Body) -> None:
    """Two Authorization headers, even equal ones, are no credential."""
    response = api.post("/payments", payment(), raw_headers=[("authorization", "Bearer ic-test-token")])
    assert (response.status, response.content) == (401, UNAUTHORIZED)


def test_a_token_that_is_sent_as_something_else_is_pointed_out(api: Client, payment: Body) -> None:
    """The likeliest mistakes are named in the explanation."""
    response = api.post("/payments", payment(), headers={"authorization": None, "x-api-key": "ic-test-token"})
    assert "there is a header x-api-key, which this API does not read" in response.explain


def test_credentials_come_before_the_body(api: Client) -> None:
    """Without a valid token the reply says nothing about the body."""
    assert api.call("POST", "/payments", content=b"{", headers={"authorization": None}).status == 401


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"number": NaN}', "not JSON"),
        (b'{"tax": 1e400}', "out of range"),
        (b'\xef\xbb\xbf{"number": "x"}', "byte order mark"),
        ('{"number": "x"}'.encode("utf-16"), "UTF-16"),
        (b'{"number": "\xff"}', "not UTF-8"),
        (b'{"number": "\\ud800"}', "not JSON"),
        (b'{"number": "x", "number": "y"}', "twice"),
        (b'{"tax": 0.' + b"1" * 300 + b"}", "characters"),
        (b'{"tax": ' + b"1" * 301 + b"}", "characters"),
        (b"[" * 100 + b"]" * 100, "nested"),
        (b"[" * 200000, "nested"),
        (b"{'number': 'x'}", "not JSON"),
    ],
)
def test_what_is_no_exact_json_is_malformed(api: Client, content: bytes, why: str) -> None:
    """400 in the vendor's words, and the reason beside it."""
    with nothing_changes(api, "invisible_collector"):
        response = api.call("POST", "/payments", content=content, headers={"content-type": "application/json"})
    assert (response.status, response.content) == (400, MALFORMED)
    assert why in response.explain


@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_a_body_that_is_not_declared_as_json_is_malformed(api: Client, media_type: str | None) -> None:
    """The Content-Type must say application/json."""
    response = api.call("POST", "/payments", content=b"{}", headers={"content-type": media_type})
    assert (response.status, response.content) == (400, MALFORMED)
    assert "Content-Type" in response.explain


def test_a_body_over_the_limit_is_malformed(api: Client) -> None:
    """1 MiB is the limit."""
    headers = {"content-type": "application/json"}
    at_limit = api.call("POST", "/payments", content=b" " * (1 << 20), headers=headers)
    beyond = api.call("POST", "/payments", content=b" " * ((1 << 20) + 1), headers=headers)
    assert (at_limit.status, beyond.status, beyond.content) == (400, 400, MALFORMED)
    assert "empty" in at_limit.explain
    assert "limit" in beyond.explain


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    """405, and Allow names the method that is."""
    response = api.call(method, "/payments")
    assert response.status == 405
    assert response.headers["allow"] == "POST"
    if method != "HEAD":
        assert response.content == b'{"code":405,"message":"Method Not Allowed"}'


@pytest.mark.parametrize("path", ["", "/", "/payment", "/payments/x/y/", "/v2/payments", "/payments%2F", "/Payments"])
def test_another_path_is_not_found(api: Client, path: str) -> None:
    """404 in the vendor's format; no redirect to a path that exists."""
    response = api.post(path, {})
    assert (response.status, response.content) == (404, b'{"code":404,"message":"Not Found"}')
