"""Clients: created, found, listed, read and changed, and their documents."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.helpers.runtimes import Client, Response, dump, nothing_changes
from tests.providers.invoicexpress.known import OTHER_ACCOUNT, PROVIDER, Make, is_empty

CLINIC = 1310190  # with every property
NAMED = 1310259  # with a name and a code
CAFE = 1310181
OTHER_CLIENT = 1287450  # the other account's
EVERYTHING: dict[str, Any] = {
    "name": "Ana Faria",
    "code": 77,
    "language": "en",
    "email": "ana@example.com",
    "address": "Rua 1",
    "city": "Lisboa",
    "postal_code": "1000-001",
    "fiscal_id": "999999990",
    "website": "example.com",
    "country": "Portugal",
    "phone": "210000000",
    "fax": "210000001",
    "preferred_contact": {"name": "Rui", "email": "rui@example.com", "phone": "210000002"},
    "observations": "o",
    "send_options": "2",
}
READ_ONLY = ("open_account_link", "payment_days", "tax_exemption_code")


def create(api: Client, **members: Any) -> Response:
    """Create a client."""
    return api.post("/clients.json", {"client": members})


def update(api: Client, client_id: int, **members: Any) -> Response:
    """Change a client."""
    return api.call("PUT", f"/clients/{client_id}.json", json={"client": members})


def find(api: Client, by: str, value: str) -> Response:
    """Find a client by its code or name."""
    return api.get(f"/clients/find-by-{by}.json", query=urlencode({"api_key": "ix-test-key", f"client_{by}": value}))


def listed(api: Client, **query: Any) -> Response:
    """Get a page of the clients."""
    return api.get("/clients.json", query=urlencode({"api_key": "ix-test-key", **query}))


def documents(api: Client, client_id: int, query: str = "", **asked: Any) -> Response:
    """Get a page of a client's documents."""
    path = f"/clients/{client_id}/invoices.json"
    return api.post(path, {"filter": asked}, query=f"api_key=ix-test-key{query}")


def test_a_client_is_created_with_everything(api: Client) -> None:
    """Numbers are kept as texts, and what is read by itself has three properties more."""
    made = create(api, **EVERYTHING)
    assert made.status == 201
    client = made.json["client"]
    assert list(client) == ["id", *EVERYTHING]
    contact = EVERYTHING["preferred_contact"] | {"mobile": None}
    expected = EVERYTHING | {"code": "77", "send_options": 2, "preferred_contact": contact}
    assert client == expected | {"id": 1310268}
    read = api.get(f"/clients/{client['id']}.json").json["client"]
    assert read == client | {name: read[name] for name in READ_ONLY}
    assert find(api, "code", "77").json == find(api, "name", "Ana Faria").json == {"client": read}


@pytest.mark.parametrize("given", [{}, dict.fromkeys(EVERYTHING, None), dict.fromkeys(EVERYTHING, "")])
def test_a_name_is_enough(api: Client, given: dict[str, Any]) -> None:
    """Null and an empty string count as not given; the country is left out then."""
    client = create(api, **given | {"name": "Rui"}).json["client"]
    assert "country" not in client
    assert (client["language"], client["send_options"], client["preferred_contact"]) == ("pt", 1, {})
    assert {client[name] for name in ("code", "email", "fiscal_id", "phone", "observations")} == {None}


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"name": "Café Mondego"}, "client-name-unique"),
        ({"name": "Ana", "code": "CLINICA"}, "client-code-unique"),
        ({"name": "Ana", "code": 104}, "client-code-unique"),
        ({"name": "Ana", "fiscal_id": "123456788"}, "fiscal-id-of-portugal"),
    ],
)
def test_what_another_client_has_is_refused(api: Client, members: dict[str, Any], rule: str) -> None:
    """When a client is created and when it is changed."""
    for method, path in (("POST", "/clients.json"), ("PUT", f"/clients/{NAMED}.json")):
        with nothing_changes(api, PROVIDER):
            refused = api.call(method, path, json={"client": members})
        assert refused.status == 422
        assert is_empty(refused)
        assert refused.headers["x-sandbox-reason"] == "state"
        assert rule in refused.explain


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"name": 5}, "/client/name"),
        ({"name": "a", "country": "PT"}, "/client/country"),
        ({"name": "a", "email": "none"}, "Email must be an email address"),
        ({"name": "a", "send_options": "4"}, "/client/send_options"),
        ({"name": "a", "send_options": 0}, "Send options must be within 1 and 3"),
        ({"name": "a", "language": "de"}, "/client/language"),
        ({"name": "a", "preferred_contact": {"nome": "x"}}, "did you mean 'name'?"),
        ({"name": "a", "preferred_contact": "x"}, "/client/preferred_contact"),
        ({"name": "a", "nif": "x"}, "unknown property 'nif'"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(api: Client, members: dict[str, Any], says: str) -> None:
    """When a client is created and when it is changed."""
    for method, path in (("POST", "/clients.json"), ("PUT", f"/clients/{NAMED}.json")):
        with nothing_changes(api, PROVIDER):
            refused = api.call(method, path, json={"client": members})
        assert refused.status == 422
        assert is_empty(refused)
        assert "x-sandbox-reason" not in refused.headers
        assert says in refused.explain


@pytest.mark.parametrize("body", [{}, {"client": {}}, {"client": None}, {"name": "Ana"}, [], {"client": {"code": "1"}}])
def test_a_client_needs_a_name_in_its_wrapper(api: Client, body: Any) -> None:
    """422 without a body."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/clients.json", body)
    assert response.status == 422
    assert is_empty(response)


def test_other_accounts_may_have_the_same_names(api: Client) -> None:
    """Names and codes are of an account."""
    response = api.post("/clients.json", {"client": {"name": "Café Mondego", "code": "CLINICA"}}, query=OTHER_ACCOUNT)
    assert response.status == 201


def test_only_what_is_given_changes(api: Client) -> None:
    """The reply has no body; null and an empty string change nothing."""
    before = api.get(f"/clients/{CLINIC}.json").json["client"]
    reply = update(api, CLINIC, city="Lousã", email="", phone=None)
    assert (reply.status, reply.content) == (200, b"")
    assert api.get(f"/clients/{CLINIC}.json").json["client"] == before | {"city": "Lousã"}


def test_a_client_can_be_written_back_as_it_was_read(api: Client) -> None:
    """What cannot be changed is passed over."""
    read = api.get(f"/clients/{CLINIC}.json").json
    with nothing_changes(api, PROVIDER):
        assert api.call("PUT", f"/clients/{CLINIC}.json", json=read).status == 200


def test_a_changed_name_is_found_at_once(api: Client) -> None:
    """And the old one no more."""
    update(api, NAMED, name="Xavier Pinto", code="XP")
    assert find(api, "name", "Xavier Pinto").json["client"]["id"] == NAMED
    assert find(api, "code", "XP").json["client"]["id"] == NAMED
    assert find(api, "name", "Xavier").status == find(api, "code", "X").status == 404


@pytest.mark.parametrize(
    ("by", "value"), [("code", "clinica"), ("code", "CLIN"), ("name", "xavier"), ("name", "Termas do Agroal")]
)
def test_only_the_exact_text_is_found(api: Client, by: str, value: str) -> None:
    """404 without a body otherwise; the last is the other account's."""
    response = find(api, by, value)
    assert response.status == 404
    assert is_empty(response)
    assert "unknown-client-is-404" in response.explain


def test_a_search_needs_its_parameter(api: Client) -> None:
    """422, because it would find any."""
    for by, query in (("code", ""), ("name", "&client_name="), ("name", "&client_code=X")):
        assert api.get(f"/clients/find-by-{by}.json", query=f"api_key=ix-test-key{query}").status == 422


@pytest.mark.parametrize("client_id", [OTHER_CLIENT, 2, 2147483647])
def test_a_client_that_the_account_lacks_is_not_found(api: Client, client_id: int) -> None:
    """404 without a body, of every operation."""
    with nothing_changes(api, PROVIDER):
        replies = [
            api.get(f"/clients/{client_id}.json"),
            update(api, client_id, city="x"),
            documents(api, client_id),
        ]
    for reply in replies:
        assert reply.status == 404
        assert is_empty(reply)
        assert "unknown-client-is-404" in reply.explain


def test_clients_are_listed_by_name(api: Client) -> None:
    """In pages, without the link to their accounts."""
    pages = [listed(api, page=page, per_page=5).json for page in (1, 2, 3, 4)]
    names = [client["name"] for page in pages for client in page["clients"]]
    assert names == sorted(names)
    assert len(names) == 14
    assert [len(page["clients"]) for page in pages] == [5, 5, 4, 0]
    assert pages[0]["pagination"] == {"total_entries": 14, "current_page": 1, "total_pages": 3, "per_page": 5}
    assert "open_account_link" not in pages[0]["clients"][0]
    assert listed(api, per_page=100).json["pagination"]["per_page"] == 30


def test_a_text_is_found_in_names_and_codes(api: Client) -> None:
    """In any case; an app sends it."""
    assert [client["id"] for client in listed(api, text="CAFÉ").json["clients"]] == [CAFE]
    assert [client["id"] for client in listed(api, text="clinica").json["clients"]] == [CLINIC]
    assert listed(api, text="no such").json["clients"] == []


def test_the_documents_of_a_client_are_listed(api: Client, make: Make) -> None:
    """As the list of all has them, and new ones too."""
    every = [document["id"] for document in documents(api, CAFE, "&per_page=30").json["invoices"]]
    listed_ids = []
    for page in range(1, 5):
        found = api.get("/invoices.json", query=f"api_key=ix-test-key&per_page=30&page={page}").json["invoices"]
        listed_ids += [document["id"] for document in found if document["client"]["id"] == CAFE]
    assert every == listed_ids != []
    made = make("simplified_invoices", client={"name": "Café Mondego"})
    drafts = documents(api, CAFE, status=["draft"], by_type=["SimplifiedInvoice"]).json["invoices"]
    assert made["id"] in [document["id"] for document in drafts]


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"by_type": ["Receipt"]}, {("Invoice", "final")}),
        ({"by_type": ["SimplifiedInvoice"], "status": ["sent", "canceled"]}, {("SimplifiedInvoice", "final")}),
        ({"by_type": ["DebitNote"]}, set()),
        ({"status": ["second_copy"]}, set()),
        ({"archived": ["archived"]}, set()),
        ({"archived": ["archived", "non_archived"], "by_type": ["Receipt"]}, {("Invoice", "final")}),
    ],
)
def test_documents_of_a_client_are_filtered(api: Client, asked: dict[str, Any], seen: set[tuple[str, str]]) -> None:
    """Empty lists filter nothing."""
    found = documents(api, CAFE, **asked).json
    assert {(document["type"], document["status"]) for document in found["invoices"]} == seen
    whole = documents(api, CAFE).json
    assert documents(api, CAFE, status=[], by_type=[], archived=[]).json == whole
    beyond = documents(api, CAFE, "&page=99&per_page=100").json
    assert (beyond["invoices"], beyond["pagination"]["per_page"]) == ([], 30)


@pytest.mark.parametrize("body", [{}, {"filter": None}, {"filter": {"status": ["paid"]}}, {"filter": {"type": []}}])
def test_a_filter_that_the_contract_does_not_know_is_refused(api: Client, body: Any) -> None:
    """422 without a body."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/clients/{CAFE}/invoices.json", body)
    assert response.status == 422
    assert is_empty(response)


def test_a_code_that_another_client_has_is_not_taken_over(api: Client, make: Make) -> None:
    """A document names one client by id, and the code of another."""
    make("invoices", client={"id": CAFE, "name": "Café Mondego", "code": "CLINICA"})
    codes = [client["code"] for client in dump(api.runtime, PROVIDER)["clients"] if client["account"] == 104412]
    assert codes.count("CLINICA") == 1
