"""The company of the token: read, changed, and its notifications switched."""

from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import COMPANY, PROVIDER

HELD: Final[dict[str, Any]] = {
    "gid": COMPANY,
    "name": "Oficina do Lago, Lda.",
    "vatNumber": "PT504611870",
    "address": "Rua do Lago 12",
    "zipCode": "3000-142",
    "city": "Coimbra",
    "country": "PT",
    "notificationsEnabled": True,
}
NAMED: Final = {"name": HELD["name"], "vatNumber": HELD["vatNumber"]}
INVALID: Final = b'{"code":422,"message":"The request is syntactically correct but not a valid company JSON object"}'
BAKERY: Final = {"authorization": "Bearer ic-other-token"}


def test_the_company_of_the_token_is_read(api: Client) -> None:
    """Each token reads its own; under the version of the vendor's pages as well."""
    with nothing_changes(api, PROVIDER):
        assert (api.get("/companies").status, api.get("/companies").json) == (200, HELD)
        other = api.get("/v1/companies", headers=BAKERY).json
    assert (other["name"], other["notificationsEnabled"]) == ("Padaria Central de Tavira, Lda.", False)


@pytest.mark.parametrize("path", ["/companies", "/companies/enableNotifications"])
def test_without_a_token_there_is_no_company(api: Client, path: str) -> None:
    """401, and nothing changes."""
    method = "GET" if path == "/companies" else "PUT"
    with nothing_changes(api, PROVIDER):
        for token in (None, "Bearer nobody"):
            assert api.call(method, path, headers={"authorization": token}).status == 401


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, {}),
        ({"address": "Rua 1", "city": "Ílhavo"}, {"address": "Rua 1", "city": "Ílhavo"}),
        ({"zipCode": None, "country": "ES"}, {"country": "ES"}),
        ({"address": ""}, {"address": ""}),
        ({"gid": "1", "notificationsEnabled": False}, {}),
    ],
    ids=str,
)
def test_the_address_changes(api: Client, changes: dict[str, Any], after: dict[str, Any]) -> None:
    """What is left out or null is kept; what the vendor assigns is passed over. Repeating it changes nothing."""
    for _ in range(2):
        response = api.put("/companies", NAMED | changes)
        assert (response.status, response.json) == (200, HELD | after)
    assert api.get("/companies").json == HELD | after


@pytest.mark.parametrize("wrong", [{"name": "Oficina"}, {"vatNumber": "504611870"}, {"vatNumber": "PT502774316"}])
def test_another_name_or_vat_number_is_refused(api: Client, wrong: dict[str, Any]) -> None:
    """422, which is what the two are sent for; the explanation names the difference."""
    with nothing_changes(api, PROVIDER):
        response = api.put("/companies", NAMED | {"city": "Porto"} | wrong)
    assert (response.status, response.content) == (422, INVALID)
    assert response.headers["x-sandbox-reason"] == "state"
    assert "name-and-vat-number-are-the-companys" in response.explain


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ...}, "missing property 'name'"),
        ({"vatNumber": ...}, "missing property 'vatNumber'"),
        ({"name": None}, "/name"),
        ({"country": "pt"}, "/country"),
        ({"country": "PRT"}, "/country"),
        ({"country": ""}, "/country"),
        ({"city": 5}, "/city"),
        ({"zip_code": "1"}, "did you mean 'zipCode'?"),
        ({"address": "x" * 256}, "/address"),
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow_is_unprocessable(api: Client, changes: dict[str, Any], says: str) -> None:
    """422 by the schema alone."""
    body = {name: value for name, value in (NAMED | changes).items() if value is not ...}
    with nothing_changes(api, PROVIDER):
        response = api.put("/companies", body)
    assert (response.status, response.content) == (422, INVALID)
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


def test_notifications_are_switched(api: Client) -> None:
    """Off and on, as often as asked; with a body or without, as clients differ. The other company keeps its own."""
    for call, enabled in (("disable", False), ("disable", False), ("enable", True), ("enable", True)):
        for content in (b"", b"{}"):
            response = api.call("PUT", f"/companies/{call}Notifications", content=content)
            assert (response.status, response.json) == (200, HELD | {"notificationsEnabled": enabled})
    assert api.get("/companies", headers=BAKERY).json["notificationsEnabled"] is False


@pytest.mark.parametrize("path", ["/companies/enableNotifications", "/companies/disableNotifications"])
def test_notifications_take_no_parameters(api: Client, path: str) -> None:
    """422, and nothing changes."""
    with nothing_changes(api, PROVIDER):
        response = api.call("PUT", path, query="force=1")
    assert response.status == 422
    assert response.json["message"].endswith("not a valid set of query parameters")
