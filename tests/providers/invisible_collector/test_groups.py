"""Groups of customers: listed, made, read, and customers put into them."""

from typing import Any, Final

import pytest

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import CUSTOMER, GROUP, PROVIDER

HELD: Final = {"id": GROUP, "name": "Good payers"}
OF_THE_BAKERY: Final = "5d2e9b71-6c84-4f0a-8e3b-92c1d7a4be33"
BAKERY: Final = {"authorization": "Bearer ic-other-token"}
NOT_FOUND: Final = {"code": 404, "message": "Group not found"}


def test_the_groups_of_the_company_are_listed(api: Client) -> None:
    """A new one as the last; another company has its own."""
    made = api.post("/groups", {"name": "Winter berths", "id": None})
    assert (made.status, made.json) == (201, {"id": made.json["id"], "name": "Winter berths"})
    assert [each["name"] for each in api.get("/v1/groups").json] == ["Good payers", "Abroad", "Winter berths"]
    assert [each["name"] for each in api.get("/groups", headers=BAKERY).json] == ["Hotels"]
    assert api.get(f"/groups/{made.json['id']}").json == made.json
    assert api.get(f"/groups/{GROUP}").json == HELD


def test_a_name_that_is_taken_conflicts(api: Client) -> None:
    """409 with the id of the group that has it; another company may have the same."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/groups", {"name": "Good payers"})
    assert response.json == {"code": 409, "message": "A group with the given name already exists", "gid": GROUP}
    assert (response.status, response.headers["x-sandbox-reason"]) == (409, "state")
    assert api.post("/groups", {"name": "Good payers"}, headers=BAKERY).status == 201


@pytest.mark.parametrize(
    "body", [{}, {"name": None}, {"name": ""}, {"name": 1}, {"name": "x" * 256}, {"name": "a", "nom": "b"}, [], None]
)
def test_what_is_no_group_is_unprocessable(api: Client, body: Any) -> None:
    """422, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/groups", body)
    message = "The request is syntactically correct but not a valid group JSON object"
    assert (response.status, response.json) == (422, {"code": 422, "message": message})


@pytest.mark.parametrize("content", [b"", b"{}"])
@pytest.mark.parametrize("named", [CUSTOMER, "1002"])
def test_a_customer_is_put_into_a_group(
    api: Client, state: InvisibleCollectorState, content: bytes, named: str
) -> None:
    """By gid or external id, with a body or without, as clients differ; a repeat changes nothing."""
    response = api.call("POST", f"/groups/{GROUP}/customers/{named}", content=content)
    assert (response.status, response.json) == (200, HELD)
    assert state.group_members.count("member", (GROUP, CUSTOMER)) == 1
    with nothing_changes(api, PROVIDER):
        for again in (CUSTOMER, "1002", "1003"):
            response = api.call("POST", f"/groups/{GROUP}/customers/{again}", content=content)
            assert (response.status, response.json) == (200, HELD)


@pytest.mark.parametrize("group", [OF_THE_BAKERY, "00000000-0000-4000-8000-000000000000"])
def test_a_group_that_this_company_lacks_is_not_found(api: Client, group: str) -> None:
    """404 in the vendor's words, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        for response in (api.get(f"/groups/{group}"), api.call("POST", f"/groups/{group}/customers/1002")):
            assert (response.status, response.json) == (404, NOT_FOUND)
            assert response.headers["x-sandbox-reason"] == "state"


@pytest.mark.parametrize("named", ["20", "f9b99470-eaf8-4db4-a395-e4a594e79a90", "PT508114926"])
def test_a_customer_that_this_company_lacks_is_not_found(api: Client, named: str) -> None:
    """404 in the words of customers, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        response = api.call("POST", f"/groups/{GROUP}/customers/{named}")
    assert response.status == 404
    assert response.json["message"] == "The user doesn't have any customer registered with that specific id."


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/groups"), ("POST", "/groups"), ("GET", f"/groups/{GROUP}"), ("POST", f"/groups/{GROUP}/customers/1002")],
)
def test_without_a_token_there_are_no_groups(api: Client, method: str, path: str) -> None:
    """401, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        assert api.call(method, path, json={"name": "a"}, headers={"authorization": None}).status == 401
