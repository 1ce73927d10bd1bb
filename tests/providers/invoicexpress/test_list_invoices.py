"""The list of invoices and simplified invoices: pages, types, dates."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.helpers.runtimes import Client, Response, nothing_changes
from tests.providers.invoicexpress.known import PROVIDER, Make, is_empty


def listed(api: Client, key: str = "ix-test-key", **query: Any) -> Response:
    """Get a page; `date_from` stands for `date[from]`, and so on."""
    names = {"type": "type[]", "date_from": "date[from]", "date_to": "date[to]"}
    asked = {names.get(name, name): value for name, value in query.items()}
    return api.get("/invoices.json", query=urlencode({"api_key": key, **asked}))


def every(api: Client, **query: Any) -> list[int]:
    """The ids on all pages."""
    found: list[int] = []
    pages = listed(api, **query).json["pagination"]["total_pages"]
    for page in range(1, pages + 1):
        found += [invoice["id"] for invoice in listed(api, page=page, **query).json["invoices"]]
    return found


@pytest.fixture
def counts(runtime: Any) -> dict[str, int]:
    """The number of the account's documents of each type in the fixtures."""
    state = runtime.namespaces.get("default").state(PROVIDER)
    return {name: state.table(name).count("account", 104412) for name in ("invoices", "simplified_invoices")}


def test_pages_add_up_to_everything(api: Client, counts: dict[str, int]) -> None:
    """In the same order for any page size, invoices first, without the other account's."""
    whole = every(api, per_page=30)
    total = sum(counts.values())
    assert len(whole) == len(set(whole)) == total
    assert whole[0] == 1
    for size in (1, 7, 10, 29):
        assert every(api, per_page=size) == whole
    kinds = [invoice["type"] for page in (1, 2) for invoice in listed(api, page=page, per_page=30).json["invoices"]]
    assert kinds == ["Invoice"] * counts["invoices"] + ["SimplifiedInvoice"] * counts["simplified_invoices"]
    assert not set(whole) & set(every(api, key="ix-other-key"))


def test_the_first_page_is_the_default(api: Client, counts: dict[str, int]) -> None:
    """It has ten documents, and the number of all."""
    response = listed(api)
    total = sum(counts.values())
    assert len(response.json["invoices"]) == 10
    assert response.json["pagination"] == {
        "total_entries": total,
        "current_page": 1,
        "total_pages": -(-total // 10),
        "per_page": 10,
    }


@pytest.mark.parametrize(
    ("kind", "table"), [("Invoice", "invoices"), ("SimplifiedInvoice", "simplified_invoices")], ids=["one", "other"]
)
def test_one_type_is_asked_for(api: Client, counts: dict[str, int], kind: str, table: str) -> None:
    """Only that type is listed and counted."""
    response = listed(api, type=kind, per_page=30)
    assert response.json["pagination"]["total_entries"] == counts[table]
    assert {invoice["type"] for invoice in response.json["invoices"]} == {kind}


def test_a_range_of_dates_has_both_its_ends(api: Client) -> None:
    """Both ends are included, and each may be left out."""
    inside = listed(api, date_from="05/10/2017", date_to="06/10/2017", per_page=30).json
    dates = {invoice["date"] for invoice in inside["invoices"]}
    assert dates == {"05/10/2017", "06/10/2017"}
    assert inside["pagination"]["total_entries"] == len(inside["invoices"])
    whole, before, after = every(api), every(api, date_to="05/10/2017"), every(api, date_from="06/10/2017")
    assert sorted(before + after) == sorted(whole)
    assert before
    assert after


def test_a_range_of_dates_has_pages(api: Client) -> None:
    """They are cut like pages of the whole list."""
    assert every(api, date_from="05/10/2017", per_page=2) == every(api, date_from="05/10/2017", per_page=30)


def test_a_page_after_the_last_is_empty(api: Client) -> None:
    """Any page after the last is empty, not an error."""
    for page in (7, 2147483647):
        response = listed(api, page=page)
        assert response.status == 200
        assert response.json["invoices"] == []
        assert response.json["pagination"]["current_page"] == page


def test_an_empty_list_has_one_page(api: Client) -> None:
    """For a day without documents."""
    response = listed(api, date_from="01/01/2000", date_to="01/01/2000").json
    assert response["invoices"] == []
    assert response["pagination"]["total_pages"] == 1


def test_a_new_document_is_the_last_of_its_type(api: Client, make: Make) -> None:
    """Drafts included."""
    made = make("invoices")
    assert every(api, type="Invoice")[-1] == made["id"]
    assert listed(api).json["pagination"]["total_entries"] == len(every(api))


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": "01"},
        {"page": "1.5"},
        {"page": "x"},
        {"page": ""},
        {"page": 2147483648},
        {"per_page": 0},
        {"per_page": 31},
        {"per_page": "ten"},
        {"type": "CreditNote"},
        {"type": "invoice"},
        {"date_from": "2017-10-01"},
        {"date_to": "31/09/2017"},
        {"date_to": ""},
    ],
)
def test_impossible_pages_and_filters_are_refused(api: Client, query: dict[str, Any]) -> None:
    """422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = listed(api, **query)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers
    assert "?" in response.explain


def test_dates_in_the_wrong_order_are_refused(api: Client) -> None:
    """The explanation names both."""
    response = listed(api, date_from="02/10/2017", date_to="01/10/2017")
    assert response.status == 422
    assert is_empty(response)
    assert "01/10/2017 is before ?date[from], 02/10/2017" in response.explain
    assert "dates-are-in-order" in response.explain


def test_a_parameter_given_twice_is_refused(api: Client) -> None:
    """It would be unclear which value counts."""
    query = "api_key=ix-test-key&type[]=Invoice&type[]=SimplifiedInvoice"
    assert api.get("/invoices.json", query=query).status == 422


def test_simplified_invoices_have_no_list_of_their_own(api: Client) -> None:
    """They are created under their own path, and listed with the invoices."""
    response = api.get("/simplified_invoices.json")
    assert response.status == 405
    assert response.headers["allow"] == "POST"
