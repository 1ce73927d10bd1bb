"""The catalogue of items: created, listed, read, changed and deleted."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import PROVIDER, Make, is_empty

BATTERY = 71205
NEW_ITEM: dict[str, Any] = {"name": "Suporte", "unit_price": "12.5"}


def change(api: Client, item: int, **properties: Any) -> int:
    """The status of a change."""
    status: int = api.call("PUT", f"/items/{item}.json", json={"item": properties}).status
    return status


def test_items_are_listed_in_pages(api: Client) -> None:
    """In the order of their ids; a page beyond the last is empty."""
    first = api.get("/items.json", query="api_key=ix-test-key&per_page=2").json
    assert [item["name"] for item in first["items"]] == ["Ecrã", "Bateria"]
    assert first["pagination"] == {"total_entries": 5, "current_page": 1, "total_pages": 3, "per_page": 2}
    last = api.get("/items.json", query="api_key=ix-test-key&per_page=2&page=4").json
    assert last["items"] == []
    assert api.get("/items.json", query="api_key=ix-test-key&per_page=99").json["pagination"]["per_page"] == 30


def test_an_item_is_read(api: Client) -> None:
    """With its tax."""
    assert api.get(f"/items/{BATTERY}.json").json["item"] == {
        "id": BATTERY,
        "name": "Bateria",
        "description": "Bateria nova, montagem incluída",
        "unit_price": "39.9",
        "unit": "unit",
        "tax": {"id": 31595, "name": "IVA23", "value": 23},
    }


def test_an_item_is_created(api: Client, make: Make) -> None:
    """With the default tax, unless it names one of the account's; a document finds it by its name."""
    made = api.post("/items.json", {"item": NEW_ITEM})
    item = made.json["item"]
    assert (made.status, item["unit_price"], item["unit"], item["tax"]["name"]) == (201, "12.5", "unit", "IVA23")
    other = api.post("/items.json", {"item": NEW_ITEM | {"name": "Curso", "tax": {"name": "Isento"}, "unit": "day"}})
    assert (other.json["item"]["tax"]["name"], other.json["item"]["unit"]) == ("Isento", "day")
    make("invoices", items=[{"name": "Suporte", "unit_price": "13", "quantity": 1}])
    assert api.get(f"/items/{item['id']}.json").json["item"]["unit_price"] == "13.0"


def test_what_is_given_of_an_item_changes(api: Client) -> None:
    """Null and an empty string count as not given; the reply has no body."""
    before = api.get(f"/items/{BATTERY}.json").json["item"]
    body = {"item": {"name": None, "unit_price": "44.90", "description": "", "tax": {"name": "IVA6"}}}
    reply = api.call("PUT", f"/items/{BATTERY}.json", json=body)
    assert (reply.status, is_empty(reply)) == (200, True)
    after = api.get(f"/items/{BATTERY}.json").json["item"]
    assert after == before | {"unit_price": "44.9", "tax": {"id": 31598, "name": "IVA6", "value": 6}}
    assert change(api, BATTERY, name="Bateria", tax={"name": "none"}) == 200
    assert api.get(f"/items/{BATTERY}.json").json["item"]["tax"]["name"] == "IVA23"


def test_an_item_is_deleted(api: Client, make: Make) -> None:
    """A new document creates it again, under another id."""
    reply = api.call("DELETE", f"/items/{BATTERY}.json")
    assert (reply.status, is_empty(reply)) == (200, True)
    assert api.get(f"/items/{BATTERY}.json").status == 404
    make("invoices", items=[{"name": "Bateria", "unit_price": "39.90", "quantity": 1}])
    items = api.get("/items.json").json["items"]
    assert [item["id"] == BATTERY for item in items if item["name"] == "Bateria"] == [False]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Ecrã"},
        {"name": ""},
        {"unit_price": Decimal("12.5")},
        {"unit_price": 12},
        {"unit_price": "-1"},
        {"unit_price": ""},
        {"unit_price": "1,5"},
        {"unit": "kg"},
        {"tax": "IVA23"},
        {"price": "1"},
    ],
)
def test_a_wrong_item_is_refused(api: Client, changes: dict[str, Any]) -> None:
    """To create one, and to change one to it."""
    with nothing_changes(api, PROVIDER):
        assert api.post("/items.json", {"item": NEW_ITEM | changes}).status == 422
        if "" not in changes.values():
            assert change(api, BATTERY, **changes) == 422


@pytest.mark.parametrize("item", [2, 70032])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_items_are_not_found(api: Client, method: str, item: int) -> None:
    """Those of another account neither."""
    with nothing_changes(api, PROVIDER):
        reply = api.call(
            method, f"/items/{item}.json", json={"item": {"unit_price": "8"}} if method == "PUT" else UNSET
        )
    assert (reply.status, "unknown-item-is-404" in reply.explain) == (404, True)
