"""The contacts of customers, which are known by their names and deleted by their ids."""

from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import CUSTOMER, PROVIDER

PATH: Final = f"/customers/{CUSTOMER}/contacts"
MARTA: Final = {
    "id": "6f1b7c7e-0a43-4b0e-9a53-2c8a6f1f9d10",
    "name": "Marta Pinho",
    "email": "marta.pinho@riaviva.example",
    "phone": "234000112",
}
TIAGO: Final = {"id": "2b9b9f2c-3c55-4a8b-8f0d-51c7a2c8e6a4", "name": "Tiago Lemos", "mobile": "910000112"}


def test_the_contacts_are_listed(api: Client) -> None:
    """By gid and by external id; the customer shows them as well."""
    for path in (PATH, "/customers/1002/contacts", f"/v1{PATH}"):
        assert (api.get(path).status, api.get(path).json) == (200, [MARTA, TIAGO])
    assert api.get("/customers/1002").json["contacts"] == [MARTA, TIAGO]
    assert api.get("/customers/1003/contacts").json == []


def test_a_contact_is_known_by_its_name(api: Client) -> None:
    """The known one keeps its id and its place, and has what was sent; the other is added."""
    response = api.post(PATH, [{"name": "Eva", "id": "mine"}, {"name": "Marta Pinho", "mobile": "1", "phone": None}])
    assert response.status == 200
    assert response.json == api.get("/customers/1002").json
    contacts = api.get(PATH).json
    assert contacts == [{"id": MARTA["id"], "name": "Marta Pinho", "mobile": "1"}, TIAGO, contacts[2]]
    assert (contacts[2]["name"], contacts[2]["id"] == "mine") == ("Eva", False)


def test_of_several_with_one_name_the_last_counts(api: Client) -> None:
    """There is one of each name afterwards, and a repeat changes nothing."""
    sent = [{"name": "Eva", "phone": "1"}, {"name": "Eva", "phone": "2"}]
    api.post(PATH, sent)
    assert [each.get("phone") for each in api.get(PATH).json] == ["234000112", None, "2"]
    with nothing_changes(api, PROVIDER):
        for again in (sent, [], api.get(PATH).json):
            assert api.post("/customers/1002/contacts", again).status == 200


@pytest.mark.parametrize(
    "body", [{}, {"name": "a"}, [{}], [{"name": None}], [{"name": ""}], [{"name": "a", "e-mail": "b"}], ["a"], None]
)
def test_what_is_no_contact_is_unprocessable(api: Client, body: Any) -> None:
    """422, one object without its array too."""
    with nothing_changes(api, PROVIDER):
        response = api.post(PATH, body)
    message = "The request is syntactically correct but not a valid contacts JSON array"
    assert (response.status, response.json) == (422, {"code": 422, "message": message})


def test_a_contact_is_deleted(api: Client) -> None:
    """It is answered once more, as the vendor's client reads it; then it is not found."""
    assert api.delete(f"{PATH}/{MARTA['id']}").json == MARTA
    assert api.get(PATH).json == [TIAGO]
    with nothing_changes(api, PROVIDER):
        response = api.delete(f"{PATH}/{MARTA['id']}")
    assert (response.status, response.content) == (404, b'{"code":404,"message":"The contact was not found"}')
    assert "contact-is-of-this-customer" in response.explain


def test_a_contact_of_another_customer_is_not_found(api: Client) -> None:
    """Nor one by its name, which is no id."""
    with nothing_changes(api, PROVIDER):
        assert api.delete(f"/customers/1003/contacts/{MARTA['id']}").status == 404
        assert api.delete(f"{PATH}/Marta%20Pinho").status == 404
