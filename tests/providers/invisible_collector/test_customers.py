"""Customers: registered, found, read, changed; their debts and attributes."""

from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import CUSTOMER, PROVIDER, Body

OTHER: Final = "74bc38c1-ecd1-4f6d-8c28-3156737a6ec2"  # João Matos, 1003
OF_THE_BAKERY: Final = "f9b99470-eaf8-4db4-a395-e4a594e79a90"
BAKERY: Final = {"authorization": "Bearer ic-other-token"}
JOAO: Final = {
    "name": "João Matos",
    "vatNumber": "PT214553087",
    "externalId": "1003",
    "city": "Ílhavo",
    "country": "PT",
    "email": "joao.matos@correio.example",
}
INVALID: Final = b'{"code":422,"message":"The request is syntactically correct but not a valid customer JSON object"}'
NOT_FOUND: Final = {
    "code": 404,
    "message": "The user doesn't have any customer registered with that specific id.",
}
EVERYTHING: Final[dict[str, Any]] = {
    "externalId": "C-1",
    "address": "Rua A 1",
    "zipCode": "1000-001",
    "city": "Lisboa",
    "email": "a@example.com",
    "phone": "210000000",
    "mobile": "910000000",
    "locale": "pt",
    "attributes": {"segment": "fishing"},
}
ENDPOINTS: Final = [
    ("GET", "", None),
    ("PUT", "", {"name": "x", "vatNumber": "x", "country": "PT"}),
    ("GET", "/debts", None),
    ("GET", "/attributes", None),
    ("POST", "/attributes", {"a": "b"}),
    ("GET", "/contacts", None),
    ("POST", "/contacts", [{"name": "a"}]),
    ("DELETE", "/contacts/6f1b7c7e-0a43-4b0e-9a53-2c8a6f1f9d10", None),
]


def found(api: Client, query: str = "") -> list[str]:
    """The names of the customers that a search finds."""
    response = api.get("/customers/find", query=query)
    assert response.status == 200, response.explain
    return [each["name"] for each in response.json]


def test_a_customer_is_registered_and_read(api: Client, customer: Body) -> None:
    """201 with the gid; read by gid and by external id, under both forms of the path; found last."""
    made = api.post("/customers", customer(**EVERYTHING))
    assert made.status == 201, made.content
    assert made.json == customer(**EVERYTHING) | {"gid": made.json["gid"], "contacts": []}
    for path in (f"/customers/{made.json['gid']}", "/customers/C-1", "/v1/customers/C-1"):
        assert (api.get(path).status, api.get(path).json) == (200, made.json)
    assert api.get("/customers/find").json[-1] == made.json


def test_what_is_not_given_is_left_out(api: Client, customer: Body) -> None:
    """A null is not given; contacts are always shown."""
    nulls = dict.fromkeys([*EVERYTHING, "contacts", "gid"])
    made = api.post("/customers", customer(**nulls))
    assert (made.status, made.json) == (201, customer(gid=made.json["gid"], contacts=[]))


@pytest.mark.parametrize(
    "changes",
    [{}, {"phone": None}, {"contacts": [], "attributes": {}}, {"gid": "another"}],
    ids=str,
)
def test_the_same_customer_again_changes_nothing(api: Client, changes: dict[str, Any]) -> None:
    """200 with the customer who is there."""
    with nothing_changes(api, PROVIDER):
        again = api.post("/customers", JOAO | changes)
    assert (again.status, again.json) == (200, JOAO | {"gid": OTHER, "contacts": []})


def test_contacts_and_attributes_are_compared_if_given(api: Client, customer: Body) -> None:
    """The ids of contacts are not the client's, and the order of attributes says nothing."""
    body = customer(contacts=[{"name": "Ana"}], attributes={"a": "1", "b": "2"})
    made = api.post("/customers", body)
    for same in (body, customer(), customer(attributes={"b": "2", "a": "1"}), made.json):
        assert (api.post("/customers", same).status, api.post("/customers", same).json) == (200, made.json)
    for name, other in (
        ("contacts", customer(contacts=[{"name": "Eva"}])),
        ("attributes", customer(attributes={"a": "1"})),
        ("zipCode, contacts", customer(contacts=[{"name": "Eva"}], zipCode="1")),
    ):
        refused = api.post("/customers", other)
        assert refused.status == 409
        assert f"who differs in {name} [" in refused.explain


@pytest.mark.parametrize(
    ("changes", "held", "says"),
    [
        ({"vatNumber": "PT214553087"}, OTHER, "vat-number-unique-per-company"),
        ({"vatNumber": "PT214553087", "name": "João Matos"}, OTHER, "vat-number-unique-per-company"),
        ({"externalId": "1002"}, CUSTOMER, "external-id-unique-per-company"),
    ],
)
def test_a_vat_number_or_external_id_that_is_taken_conflicts(
    api: Client, customer: Body, changes: dict[str, Any], held: str, says: str
) -> None:
    """409 with the gid of the customer who has it, when registered and when changed."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/customers", customer(**changes))
    assert response.json == {"code": 409, "message": "Customer already registered", "gid": held}
    assert (response.status, response.headers["x-sandbox-reason"]) == (409, "state")
    assert says in response.explain
    made = api.post("/customers", customer())
    with nothing_changes(api, PROVIDER):
        assert api.put(f"/customers/{made.json['gid']}", customer(**changes)).json["gid"] == held


def test_another_company_may_have_the_same(api: Client, customer: Body) -> None:
    """The fixtures have one VAT number in both companies; external ids are each company's own too."""
    assert found(api, "vat=PT508114926") == ["Ria Viva Passeios, Lda."]
    assert api.post("/customers", customer(vatNumber="PT192884310", externalId="20")).status == 201
    assert api.post("/customers", JOAO, headers=BAKERY).status == 201


@pytest.mark.parametrize(
    ("change", "says"),
    [
        *(({name: ...}, f"missing property '{name}'") for name in ("name", "vatNumber", "country")),
        *(({name: None}, f"/{name}") for name in ("name", "vatNumber", "country")),
        *(({name: ""}, f"/{name}") for name in ("name", "vatNumber", "country", "externalId")),
        *(({name: "x" * 256}, f"/{name}") for name in ("name", "vatNumber", "externalId", "address", "email")),
        ({"country": "Portugal"}, "/country"),
        ({"country": "pt"}, "/country"),
        ({"vatNumber": 231004598}, "/vatNumber"),
        ({"phone": 910000000}, "/phone"),
        ({"vat_number": "1"}, "did you mean 'vatNumber'?"),
        ({"contacts": {}}, "/contacts"),
        ({"contacts": [{"email": "a@example.com"}]}, "/contacts/0"),
        ({"contacts": [{"name": ""}]}, "/contacts/0/name"),
        ({"contacts": [{"name": "a"}] * 101}, "/contacts"),
        ({"attributes": {"": "a"}}, "/attributes"),
        ({"attributes": {"a": ""}}, "/attributes"),
        ({"attributes": {"a": 1}}, "/attributes"),
        ({"attributes": []}, "/attributes"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_contract_does_not_allow_is_unprocessable(
    api: Client, customer: Body, change: dict[str, Any], says: str
) -> None:
    """422, when registered and when changed."""
    for method, path in (("POST", "/customers"), ("PUT", f"/customers/{CUSTOMER}")):
        with nothing_changes(api, PROVIDER):
            response = api.call(method, path, json=customer(**change))
        assert (response.status, response.content) == (422, INVALID)
        assert says in response.explain
        assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("vat=PT214553087", ["João Matos"]),
        ("externalId=1003", ["João Matos"]),
        ("email=joao.matos@correio.example", ["João Matos"]),
        ("phone=234000111", ["Ria Viva Passeios, Lda."]),
        ("vat=PT214553087&externalId=1003&email=joao.matos@correio.example&phone=", ["João Matos"]),
        ("vat=PT214553087&externalId=1002", []),
        ("vat=PT214553087&phone=234000111", []),
        ("vat=214553087", []),
        ("vat=PT505918822", []),
        ("email=JOAO.MATOS@correio.example", []),
    ],
)
def test_every_parameter_narrows(api: Client, query: str, names: list[str]) -> None:
    """Exactly, and within the company alone."""
    with nothing_changes(api, PROVIDER):
        assert found(api, query) == names


@pytest.mark.parametrize("query", ["", "vat=&email=&phone=&externalId="])
def test_without_parameters_all_customers_of_the_company_are_found(api: Client, query: str) -> None:
    """An empty parameter is not given."""
    assert len(found(api, query)) == 14
    assert "Hotel Beira-Rio, Lda." not in found(api, query)


@pytest.mark.parametrize("query", ["vatNumber=1", "vat=1&vat=2", f"email={'x' * 256}"])
def test_an_unknown_parameter_is_refused(api: Client, query: str) -> None:
    """422, as is one that is given twice or too long."""
    response = api.get("/customers/find", query=query)
    message = "The request is syntactically correct but not a valid search for customers"
    assert (response.status, response.json) == (422, {"code": 422, "message": message})


@pytest.mark.parametrize(("method", "rest", "body"), ENDPOINTS)
@pytest.mark.parametrize("named", [OF_THE_BAKERY, "20", "PT508114926", "00000000-0000-4000-8000-000000000000"])
def test_a_customer_that_this_company_lacks_is_not_found(
    api: Client, method: str, rest: str, body: Any, named: str
) -> None:
    """404 in the vendor's words; nothing changes."""
    path = f"/customers/{named}{rest}"
    with nothing_changes(api, PROVIDER):
        response = api.call(method, path, json=body)
    assert (response.status, response.json) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    with nothing_changes(api, PROVIDER):
        assert api.call(method, path, json=body, headers={"authorization": None}).status == 401


def test_the_external_id_find_is_not_read_by_its_path(api: Client, customer: Body) -> None:
    """The path without a variable goes first; longer paths, and the gid, still lead to the customer."""
    made = api.post("/customers", customer(externalId="find")).json
    searched = api.get("/customers/find")
    assert isinstance(searched.json, list)
    assert found(api, "externalId=find") == [made["name"]]
    assert api.get(f"/customers/{made['gid']}").json == made
    assert api.get("/customers/find/debts").json == []
    assert api.put("/customers/find", customer(city="Aveiro")).status == 405
    assert api.put(f"/customers/{made['gid']}", customer(city="Aveiro")).json["city"] == "Aveiro"


def test_a_customer_is_changed(api: Client) -> None:
    """What is left out or null is kept, contacts and attributes too; what is given takes its place."""
    before = api.get("/customers/1002").json
    named = {name: before[name] for name in ("name", "vatNumber", "country")}
    for _ in range(2):
        response = api.put("/customers/1002", named | {"city": "Porto", "phone": None})
        assert (response.status, response.json) == (200, before | {"city": "Porto"})
    changes = {"vatNumber": "PT1", "externalId": "X", "contacts": [{"name": "Marta Pinho"}], "attributes": {"a": "b"}}
    after = api.put(f"/customers/{CUSTOMER}", named | changes).json
    (contact,) = after.pop("contacts")
    assert contact == {"id": before["contacts"][0]["id"], "name": "Marta Pinho"}
    assert after | {"contacts": []} == before | {"city": "Porto"} | changes | {"contacts": []}
    assert api.get("/customers/1002").status == 404
    assert found(api, "vat=PT1") == ["Ria Viva Passeios, Lda."]


def test_what_was_read_can_be_sent_back(api: Client) -> None:
    """All customers of the fixtures, and nothing changes."""
    for each in api.get("/customers/find").json:
        with nothing_changes(api, PROVIDER):
            response = api.put(f"/customers/{each['gid']}", each)
            assert (response.status, response.json) == (200, each)


def test_the_debts_of_a_customer(api: Client, customer: Body, debt: Body) -> None:
    """Those that the search shows, in its order; a new customer has none before the first."""
    everything = api.get("/debts/find").json
    for named in (CUSTOMER, "1002"):
        debts = api.get(f"/customers/{named}/debts").json
        assert debts == [each for each in everything if each["customerId"] == CUSTOMER]
        assert debts
    made = api.post("/customers", customer(externalId="new"))
    assert (made.status, api.get("/customers/new/debts").json) == (201, [])
    owed = api.post("/debts", debt(customerId="new"))
    assert owed.json["customerId"] == made.json["gid"]
    assert api.get("/customers/new/debts").json == [owed.json]


def test_attributes_are_merged(api: Client) -> None:
    """All are answered; a repeat changes nothing; the customer shows them."""
    before = api.get("/customers/1002/attributes").json
    assert before == {"segment": "tourism", "boats": "14"}
    for _ in range(2):
        response = api.post("/customers/1002/attributes", {"boats": "15", "manager": "Luís"})
        assert (response.status, response.json) == (200, {"segment": "tourism", "boats": "15", "manager": "Luís"})
    assert api.get(f"/customers/{CUSTOMER}").json["attributes"] == response.json
    with nothing_changes(api, PROVIDER):
        assert api.post("/customers/1002/attributes", {}).json == response.json
    assert api.get("/customers/1003/attributes").json == {}
    assert "attributes" not in api.get("/customers/1003").json


@pytest.mark.parametrize("body", [{"": "a"}, {"a": ""}, {"a": None}, {"a": 1}, {"a": {}}, [], "a", {"x" * 256: "a"}])
def test_an_empty_name_or_value_of_an_attribute_fails(api: Client, body: Any) -> None:
    """422, as the vendor's page says, as does what is no text."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/customers/1002/attributes", body)
    message = "The request is syntactically correct but not a valid attributes JSON object"
    assert (response.status, response.json) == (422, {"code": 422, "message": message})
