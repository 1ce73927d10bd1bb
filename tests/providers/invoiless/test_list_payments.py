"""GET /v1/invoices/{id}/payments."""

import pytest

from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import (
    BAKERY,
    NO_SUCH_METHOD,
    NOBODY,
    NOT_FOUND,
    THREE,
    THREE_LAST,
    UNACCEPTABLE,
    UNTOUCHED,
    path_of,
    payments_of,
)


def test_the_payments_of_one_invoice_are_listed_as_they_came(api: Client) -> None:
    """The three of the theatre's invoice, oldest first; a new one comes last."""
    listed = api.get(payments_of(THREE))
    assert listed.status == 200
    assert list(listed.json) == ["docs", "page", "pages", "total", "limit"]
    assert (listed.json["page"], listed.json["pages"]) == (1, 1)
    assert [payment["paidAt"] for payment in listed.json["docs"]] == ["2023-10-23", "2023-11-24", "2024-01-05"]
    assert listed.json["docs"][-1] == api.get(path_of(THREE_LAST)).json
    made = api.post(payments_of(THREE), {"method": "Card", "amount": 1, "paidAt": "2020-01-01"}).json
    assert api.get(payments_of(THREE)).json["docs"][-1] == made


def test_an_invoice_without_payments_has_one_empty_page(api: Client) -> None:
    """Not a 404."""
    response = api.get(payments_of(UNTOUCHED))
    assert (response.status, response.content) == (200, b'{"docs":[],"page":1,"pages":1,"total":0,"limit":50}')


def test_pages_hold_50_unless_asked_otherwise(api: Client) -> None:
    """51 payments are two pages of 50, six of ten, one of a hundred."""
    made = [api.post(payments_of(UNTOUCHED), {"method": "Card", "amount": 1}).json["id"] for _ in range(51)]

    def listed(query: str) -> tuple[list[str], int, int]:
        found = api.get(payments_of(UNTOUCHED), query=query).json
        return [payment["id"] for payment in found["docs"]], found["page"], found["pages"]

    assert listed("") == (made[:50], 1, 2)
    assert listed("page=2") == (made[50:], 2, 2)
    assert listed("page=3") == ([], 3, 2)
    assert listed("limit=10") == (made[:10], 1, 6)
    assert listed("limit=10&page=6") == (made[50:], 6, 6)
    assert listed("page=2&limit=25") == (made[25:50], 2, 3)
    assert listed("limit=100") == listed("limit=101") == (made, 1, 1)
    api.delete(path_of(made[0]))
    assert listed("") == (made[1:], 1, 1)


def test_an_empty_page_and_limit_count_as_not_given(api: Client) -> None:
    """The first page is answered."""
    listed = api.get(payments_of(THREE))
    assert listed.json["docs"]
    assert api.get(payments_of(THREE), query="page=&limit=").json == listed.json


@pytest.mark.parametrize(
    "query",
    [
        "limit=9",
        "limit=1000000000000000",
        "limit=0",
        "limit=-10",
        "limit=ten",
        "limit=10.0",
        "limit=%2B10",
        "limit=010",
        "limit=10&limit=20",
        "page=0",
        "page=-1",
        "page=1.5",
        "page=1000000000000000",
        "page=%D9%A1",
        "page=1&page=1",
    ],
)
def test_a_page_that_cannot_be_is_unacceptable(api: Client, query: str) -> None:
    """400; the explanation names the parameter."""
    response = api.get(payments_of(THREE), query=query)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert f"?{query.split('=', maxsplit=1)[0]}" in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("key", [NOBODY, BAKERY], ids=["unknown", "another account's"])
def test_payments_of_an_unknown_invoice_are_not_found(api: Client, key: str) -> None:
    """404, not an empty list."""
    response = api.get(payments_of(key))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    """405 with Allow."""
    response = api.call(method, payments_of(THREE))
    assert (response.status, response.content) == (405, NO_SUCH_METHOD)
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
