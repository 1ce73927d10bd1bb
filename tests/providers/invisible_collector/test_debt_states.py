"""Debts suspended, unsuspended and cancelled, and their attributes."""

from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import OPEN, PROVIDER, Body

PAID: Final = "92249eae-8340-4e82-8644-058fdd5ed10b"  # FT 2016/007
OF_THE_BAKERY: Final = "da87359c-ba28-4175-a311-2da942d85d77"
ATTRIBUTES: Final = {"boat": "Gaivota"}


def create(api: Client, debt: Body, status: str, **changes: Any) -> dict[str, Any]:
    """Create a debt of this status; return it as answered."""
    made: dict[str, Any] = api.post("/debts", debt(status=status, **changes)).json
    assert made["status"] == status
    return made


@pytest.mark.parametrize(
    ("before", "call", "after"),
    [
        ("PENDING", "suspend", "SUSPENDED"),
        ("SUSPENDED", "suspend", "SUSPENDED"),
        ("SUSPENDED", "unsuspend", "PENDING"),
        ("PENDING", "unsuspend", "PENDING"),
        ("PENDING", "cancel", "CANCELLED"),
        ("SUSPENDED", "cancel", "CANCELLED"),
        ("CANCELLED", "cancel", "CANCELLED"),
    ],
)
def test_a_debt_changes_its_status(api: Client, debt: Body, before: str, call: str, after: str) -> None:
    """200 with the debt, nothing else of which changes; with a body or without, as clients differ."""
    made = create(api, debt, before)
    for content in (b"", b"{}", b"null"):
        response = api.call("PUT", f"/debts/{made['id']}/{call}", content=content)
        assert (response.status, response.json) == (200, made | {"status": after})
    assert api.get(f"/v1/debts/{made['id']}").json == made | {"status": after}


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("PAID", "suspend"),
        ("CANCELLED", "suspend"),
        ("PAID", "unsuspend"),
        ("CANCELLED", "unsuspend"),
        ("PAID", "cancel"),
    ],
)
def test_a_settled_debt_is_refused(api: Client, debt: Body, before: str, call: str) -> None:
    """422 that says the status; nothing changes."""
    made = create(api, debt, before)
    with nothing_changes(api, PROVIDER):
        response = api.put(f"/debts/{made['id']}/{call}")
    assert (response.status, response.json) == (422, {"code": 422, "message": f"The debt is {before}"})
    assert response.headers["x-sandbox-reason"] == "state"


def test_a_debt_is_suspended_again_when_its_payment_is_taken_back(api: Client, debt: Body, payment: Body) -> None:
    """As if the payment had never come; a cancelled one stays cancelled."""
    made = create(api, debt, "SUSPENDED", number="S")
    api.post("/payments", payment(externalId="x", lines=[{"number": "S", "amount": 100}]))
    assert api.get(f"/debts/{made['id']}").json["status"] == "PAID"
    api.put("/payments/x/cancel")
    assert api.get(f"/debts/{made['id']}").json == made
    api.put(f"/debts/{made['id']}/cancel")
    api.post("/payments", payment(number="again", externalId="y", lines=[{"number": "S", "amount": 100}]))
    assert api.get(f"/debts/{made['id']}").json["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("PUT", "suspend", None),
        ("PUT", "unsuspend", None),
        ("PUT", "cancel", None),
        ("POST", "attributes", ATTRIBUTES),
        ("DELETE", "attributes", None),
    ],
)
@pytest.mark.parametrize("debt_id", [OF_THE_BAKERY, "00000000-0000-4000-8000-000000000000"])
def test_a_debt_that_this_company_lacks_is_not_found(
    api: Client, method: str, rest: str, body: Any, debt_id: str
) -> None:
    """404, and 401 without a token; nothing changes."""
    with nothing_changes(api, PROVIDER):
        response = api.call(method, f"/debts/{debt_id}/{rest}", json=body)
        assert (response.status, response.content) == (404, b'{"code":404,"message":"The debt was not found"}')
        assert api.call(method, f"/debts/{OPEN}/{rest}", json=body, headers={"authorization": None}).status == 401


def test_attributes_are_merged(api: Client) -> None:
    """A repeat changes nothing; the search finds the debt by them."""
    before = api.get(f"/debts/{OPEN}").json
    assert "attributes" not in before
    for _ in range(2):
        response = api.post(f"/debts/{OPEN}/attributes", ATTRIBUTES)
        assert (response.status, response.json) == (200, before | {"attributes": ATTRIBUTES})
    api.post(f"/debts/{OPEN}/attributes", {"boat": "Ria", "berth": "7"})
    after = api.post(f"/debts/{OPEN}/attributes", {}).json
    assert after == before | {"attributes": {"boat": "Ria", "berth": "7"}}
    assert api.get("/debts/find", query="attributes[berth]=7").json == [after]


def test_attributes_are_deleted(api: Client) -> None:
    """All of them; the reply shows that there are none, as does a repeat."""
    before = api.get(f"/debts/{OPEN}").json
    api.post(f"/debts/{OPEN}/attributes", ATTRIBUTES)
    for _ in range(2):
        response = api.delete(f"/debts/{OPEN}/attributes")
        assert (response.status, response.json) == (200, before | {"attributes": {}})
    assert api.get(f"/debts/{OPEN}").json == before


@pytest.mark.parametrize("body", [{"a": 1}, {"a": None}, [], "a", {"x" * 256: "a"}, {"a": "x" * 1001}, None])
def test_what_is_no_map_of_texts_is_unprocessable(api: Client, body: Any) -> None:
    """422, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/debts/{OPEN}/attributes", body)
    message = "The request is syntactically correct but not a valid attributes JSON object"
    assert (response.status, response.json) == (422, {"code": 422, "message": message})
