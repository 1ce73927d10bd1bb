"""Requests refused before the operation: keys, bodies that are not JSON, methods and paths."""

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import PROVIDER, Pay, is_empty

PATH = "/documents/1/partial_payments.json"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "api_key=",
        "api_key=unknown",
        "api_key=IX-TEST-KEY",
        "API_KEY=ix-test-key",
        "apikey=ix-test-key",
        "api_key=ix-test-key&api_key=ix-test-key",
        "api_key=ix-test-key&api_key=unknown",
        "api_key[]=ix-test-key",
    ],
)
def test_every_call_needs_a_known_key(api: Client, pay: Pay, query: str) -> None:
    """401, before the body and the document are checked."""
    with nothing_changes(api, PROVIDER):
        responses = [
            pay(1, query=query, amount=1),
            pay(2, query=query),
            api.call("POST", PATH, query=query, content=b"{"),
        ]
    for response in responses:
        assert response.status == 401
        assert is_empty(response)


def test_a_key_in_a_header_is_pointed_out(api: Client) -> None:
    """The explanation names the most likely mistake."""
    response = api.post(PATH, {"partial_payment": {"amount": 1}}, query="", headers={"x-api-key": "ix-test-key"})
    assert "there is a header x-api-key, which this API does not read" in response.explain


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"partial_payment":{"amount":NaN}}', "not JSON"),
        (b'{"partial_payment":{"amount":1e400}}', "out of range"),
        (b'{"partial_payment":{"amount":1,"amount":2}}', "twice"),
        (b'\xef\xbb\xbf{"partial_payment":{"amount":1}}', "byte order mark"),
        ('{"partial_payment":{"amount":1}}'.encode("utf-16"), "UTF-16"),
        (b'{"partial_payment":{"amount":1,"note":"\xff"}}', "not UTF-8"),
        (b"partial_payment[amount]=1", "not JSON"),
        (b" " * ((1 << 20) + 1), "limit"),
    ],
    ids=["empty", "cut off", "NaN", "out of range", "twice", "BOM", "UTF-16", "not UTF-8", "form", "too large"],
)
def test_inexact_json_is_unprocessable(api: Client, content: bytes, why: str) -> None:
    """422, because the vendor's page lists no 400."""
    with nothing_changes(api, PROVIDER):
        response = api.call("POST", PATH, content=content, headers=JSON)
    assert response.status == 422
    assert is_empty(response)
    assert why in response.explain


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/json; charset=latin-1",
    ],
)
def test_a_body_that_is_not_declared_as_json_is_unprocessable(api: Client, media_type: str | None) -> None:
    """422, because the vendor's page lists no 415."""
    content = b'{"partial_payment":{"amount":1}}'
    with nothing_changes(api, PROVIDER):
        response = api.call("POST", PATH, content=content, headers={"content-type": media_type})
    assert response.status == 422
    assert is_empty(response)
    assert "Content-Type" in response.explain


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    """405 with Allow, before the key is checked."""
    for query in (None, ""):
        response = api.call(method, PATH, query=query)
        assert (response.status, response.headers["allow"]) == (405, "POST")
        assert is_empty(response)


@pytest.mark.parametrize(
    "path",
    [
        "/invoices/1/partial_payments.json",
        "/documents/1/partial_payments",
        "/documents/1/partial_payments.json//",
        "/documents//1/partial_payments.json",
        "/document/1/partial_payments.json",
        "/documents/1/partial-payments.json",
        "/documents/partial_payments.json",
        "/",
        "",
    ],
)
def test_unknown_paths_are_not_found(api: Client, path: str) -> None:
    """404 with an empty body."""
    with nothing_changes(api, PROVIDER):
        response = api.post(path, {"partial_payment": {"amount": 1}})
    assert response.status == 404
    assert is_empty(response)


def test_the_path_of_another_type_is_pointed_out(api: Client) -> None:
    """Clients send `/invoices/ID/partial_payments.json`."""
    explain = api.post("/invoices/1/partial_payments.json", {}).explain
    assert "did you mean /documents/{document-id}/partial_payments.json?" in explain
