"""Taxes of an account: created, read, changed and deleted, one of them the default."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime, nothing_changes
from tests.providers.invoicexpress.known import NEW, PROVIDER, Make, is_empty

NEW_TAX: dict[str, Any] = {"name": "IGIC", "value": "7", "region": "ES"}
UNUSED = 31597


def change(api: Client, tax: int, **properties: Any) -> int:
    """The status of a change."""
    status: int = api.call("PUT", f"/taxes/{tax}.json", json={"tax": properties}).status
    return status


def test_taxes_are_listed(api: Client) -> None:
    """All of the account's, values as strings."""
    taxes = api.get("/taxes.json").json["taxes"]
    assert [(tax["name"], tax["value"], tax["default_tax"], tax["code"]) for tax in taxes] == [
        ("IVA23", "23.0", 1, "NOR"),
        ("IVA13", "13.0", 0, "INT"),
        ("IVA7", "7.0", 0, "OUT"),
        ("IVA6", "6.0", 0, "RED"),
        ("Isento", "0.0", 0, "ISE"),
    ]
    assert {tax["region"] for tax in taxes} == {"PT"}
    assert api.get(f"/taxes/{UNUSED}.json").json == {"tax": taxes[2]}


def test_a_tax_is_created_and_named_by_items(api: Client, make: Make) -> None:
    """By its name."""
    made = api.post("/taxes.json", {"tax": NEW_TAX | {"code": "RED", "default_tax": "0"}})
    assert made.status == 201
    expected = {"name": "IGIC", "value": "7.0", "region": "ES", "default_tax": 0, "code": "RED"}
    assert made.json["tax"] == {"id": made.json["tax"]["id"]} | expected
    item = NEW["items"][0] | {"tax": {"name": "IGIC"}}
    document = make("invoices", items=[item])
    assert document["items"][0]["tax"]["value"] == 7


@pytest.mark.parametrize("default", ["1", 1])
def test_the_default_tax_is_one(api: Client, make: Make, default: Any) -> None:
    """The one before is it no longer, and documents take the new one."""
    assert api.post("/taxes.json", {"tax": NEW_TAX | {"default_tax": default}}).json["tax"]["default_tax"] == 1
    assert sum(tax["default_tax"] for tax in api.get("/taxes.json").json["taxes"]) == 1
    assert make("invoices")["items"][0]["tax"]["name"] == "IGIC"
    assert change(api, UNUSED, default_tax=default) == 200
    assert sum(tax["default_tax"] for tax in api.get("/taxes.json").json["taxes"]) == 1
    assert change(api, UNUSED, default_tax="0") == 200
    assert api.get(f"/taxes/{UNUSED}.json").json["tax"]["default_tax"] == 1


def test_what_is_given_of_a_tax_changes(api: Client) -> None:
    """Null and an empty string count as not given; the reply has no body."""
    before = api.get(f"/taxes/{UNUSED}.json").json["tax"]
    body = {"tax": {"name": "", "value": "7.25", "region": None}}
    reply = api.call("PUT", f"/taxes/{UNUSED}.json", json=body)
    assert (reply.status, is_empty(reply)) == (200, True)
    assert api.get(f"/taxes/{UNUSED}.json").json["tax"] == before | {"value": "7.25"}


def test_a_tax_is_deleted(api: Client) -> None:
    """The body is a space; then it is not found."""
    reply = api.call("DELETE", f"/taxes/{UNUSED}.json")
    assert (reply.status, reply.content) == (200, b" ")
    assert api.get(f"/taxes/{UNUSED}.json").status == 404
    assert api.call("DELETE", f"/taxes/{UNUSED}.json").status == 404


@pytest.mark.parametrize(("tax", "why"), [(31595, "default"), (31599, "catalogue")])
def test_a_tax_in_use_stays(api: Client, tax: int, why: str) -> None:
    """It is the default one, or that of an item in the catalogue."""
    with nothing_changes(api, PROVIDER):
        reply = api.call("DELETE", f"/taxes/{tax}.json")
    assert reply.status == 422
    assert why in reply.explain


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "IVA13"},
        {"name": ""},
        {"value": Decimal("7.0")},
        {"value": 7},
        {"value": "100"},
        {"value": "-1"},
        {"value": ""},
        {"value": "7,5"},
        {"region": ""},
        {"region": "Portugal"},
        {"region": "PT-XX"},
        {"code": "X"},
        {"default_tax": "2"},
        {"rate": "1"},
    ],
)
def test_a_wrong_tax_is_refused(api: Client, changes: dict[str, Any]) -> None:
    """To create one, and to change one to it."""
    with nothing_changes(api, PROVIDER):
        assert api.post("/taxes.json", {"tax": NEW_TAX | changes}).status == 422
        if "" not in changes.values():
            assert change(api, UNUSED, **changes) == 422


@pytest.mark.parametrize("tax", [2, 28411])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_taxes_are_not_found(api: Client, method: str, tax: int) -> None:
    """Those of another account neither."""
    with nothing_changes(api, PROVIDER):
        reply = api.call(method, f"/taxes/{tax}.json", json={"tax": {"value": "8"}} if method == "PUT" else UNSET)
    assert (reply.status, "unknown-tax-is-404" in reply.explain) == (404, True)


def test_names_are_taken_by_account(api: Client) -> None:
    """Another account has taxes of the same names; a tax keeps its own."""
    assert change(api, UNUSED, name="IVA7") == 200
    tax = {"tax": {"name": "IVA23", "value": "23.0", "region": "PT"}}
    assert api.post("/taxes.json", tax, query="api_key=ix-other-key").status == 201


def test_values_are_numbers_under_the_variant(base_runtime: Runtime) -> None:
    """Without a code then."""
    runtime = fresh_runtime(base_runtime, tax_value_type="number", error_bodies="json")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    assert api.get(f"/taxes/{UNUSED}.json").json["tax"] == {
        "id": UNUSED, "name": "IVA7", "value": 7, "region": "PT", "default_tax": 0,
    }  # fmt: skip
    assert api.post("/taxes.json", {"tax": NEW_TAX | {"name": "IVA7"}}).json == [["name", "não está disponível."]]
    for changes, text in (
        ({"value": "x"}, "Value must be a number between 0 and 99.99"),
        ({"region": "X"}, "Tax region is not valid"),
    ):
        assert api.post("/taxes.json", {"tax": NEW_TAX | changes}).json == {"errors": [{"error": text}]}
