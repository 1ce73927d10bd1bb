"""Customers: created, listed, read, replaced, changed and deleted."""

from typing import Any

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    INVOICES,
    MOLEN,
    MONDEGO,
    NEW,
    NOBODY,
    NOT_FOUND,
    PROVIDER,
    SHOP,
    UNACCEPTABLE,
    UNPAID,
    WORKSHOP,
    payments_of,
)
from tests.providers.known import Passed

CUSTOMERS = "/v1/customers"
POLYTECHNIC = "644908ec9b3e7d00418c2f69"  # of the workshop
PERSON = "64f0a1b29b3e7d00418c2f6b"  # of the workshop, Ines Okafor
LIVRARIA = "61e550f29b3e7d00418c2f46"  # of the shop
ZONNEHOF: dict[str, Any] = {"billTo": {"company": "Zonnehof"}}
INES: dict[str, Any] = {
    "billTo": {
        "firstName": "Ines",
        "lastName": "Okafor",
        "email": "Ines@Okafor.example",
        "phone": "+31 10 555 01 77",
        "address": "Westblaak 12",
        "legal": "KvK 24381177",
    },
    "shipTo": {"company": "Okafor Atelier", "address": "Delftseplein 30"},
    "cc": ["books@okafor.example"],
    "bcc": ["archive@okafor.example"],
    "currency": "GBP",
    "lang": "nl",
    "dateFormat": "DD-MM-YYYY",
    "attachPdf": True,
    "notes": "Prefers the morning",
    "tags": ["atelier"],
}


def customer_path(customer: str) -> str:
    """The path of a customer."""
    return f"{CUSTOMERS}/{customer}"


def create(api: Client, body: dict[str, Any] = ZONNEHOF, **headers: str) -> dict[str, Any]:
    made = api.post(CUSTOMERS, body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert made.status == 201
    found: dict[str, Any] = made.json
    return found


def listed(api: Client, query: str = "", **headers: str) -> list[str]:
    """The ids of a page."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return [customer["id"] for customer in api.get(CUSTOMERS, query=query, headers=sent).json["docs"]]


def test_the_shortest_customer(api: Client) -> None:
    """What was not given is left out."""
    made = create(api)
    assert made == {
        "id": made["id"],
        "_id": made["id"],
        "__v": 0,
        "billTo": {"company": "Zonnehof", "email": None, "name": "Zonnehof", "shortName": "Z"},
        "email": None,
        "attachPdf": False,
        "isArchived": False,
        "notes": "",
        "createdAt": "2026-03-31T12:00:00.000Z",
    }
    assert api.get(customer_path(made["id"])).json == made


def test_everything_that_was_given_is_answered(api: Client) -> None:
    """The address of a customer is in lower case, a person's name is in two parts."""
    made = create(api, INES)
    bill_to = {**INES["billTo"], "email": "ines@okafor.example", "name": "Ines Okafor", "shortName": "IO"}
    own = ("id", "_id", "__v", "isArchived", "createdAt")
    assert {name: value for name, value in made.items() if name not in own} == {
        **INES,
        "billTo": bill_to,
        "email": "ines@okafor.example",
    }
    assert api.get(customer_path(made["id"])).json == made


def test_a_customer_of_the_fixtures_is_read(api: Client) -> None:
    """Created when its id says, and a company, as it has one name."""
    read = api.get(customer_path(MONDEGO)).json
    assert read["createdAt"] == "2021-03-09T11:20:15.000Z"
    assert read["billTo"]["company"] == read["billTo"]["name"] == "Café Mondego"


def test_a_customer_is_billed_by_its_id(api: Client) -> None:
    """And gets its notifications."""
    made = create(api, INES)
    invoice = api.post(INVOICES, {**UNPAID, "customer": made["id"]}).json
    assert invoice["customer"]["id"] == made["id"]
    assert invoice["customer"]["shipTo"] == INES["shipTo"]
    assert api.post(payments_of(invoice["id"]), {"method": "Card", "sendNotification": True}).status == 201


def test_customers_are_listed_in_pages(api: Client) -> None:
    """As they were created, with those that invoices have created."""
    before = listed(api)
    assert before[0] == MONDEGO
    made = [create(api)["id"] for _ in range(12)]
    assert listed(api) == before + made
    page = api.get(CUSTOMERS, query="limit=10&page=2").json
    assert [customer["id"] for customer in page["docs"]] == (before + made)[10:20]
    assert (page["page"], page["pages"], page["total"], page["limit"]) == (2, 3, len(before) + 12, 10)
    billed = api.post(INVOICES, {**NEW, "customer": {"billTo": {"company": "De Hoek"}}}).json["customer"]["id"]
    assert listed(api, "limit=100")[-1] == billed


@pytest.mark.parametrize("search", ["ABDI", "amal%20a", "@abdi", "555%209"])
def test_a_search_finds_name_address_and_phone(api: Client, search: str) -> None:
    """In any case, a part is enough; no other customer is found."""
    amal = {"firstName": "Amal", "lastName": "Abdi", "email": "amal@abdi.example", "phone": "+31 10 555 91 77"}
    made = create(api, {"billTo": amal})["id"]
    create(api)
    assert listed(api, f"search={search}") == [made]
    assert listed(api, "search=nobody") == []
    assert listed(api, "search=") == listed(api)


def test_a_scope_sees_its_own_customers(api: Client) -> None:
    """A customer that is created with a scope belongs to it; one of another scope is not found."""
    made = create(api, scope_id=WORKSHOP)["id"]
    assert listed(api, scope_id=WORKSHOP) == [POLYTECHNIC, PERSON, made]
    assert listed(api, "search=zonnehof", scope_id=WORKSHOP) == [made]
    assert listed(api, scope_id=SHOP) == [LIVRARIA]
    assert made in listed(api)
    for scope, status in ((WORKSHOP, 200), (SHOP, 404), (NOBODY, 404)):
        assert api.get(customer_path(made), headers={"scope-id": scope}).status == status
    assert api.get(customer_path(MONDEGO), headers={"scope-id": WORKSHOP}).status == 404
    with nothing_changes(api, PROVIDER):
        assert api.post(CUSTOMERS, ZONNEHOF, headers={"scope-id": NOBODY}).status == 404
        assert api.get(CUSTOMERS, headers={"scope-id": NOBODY}).status == 404


def test_put_replaces(api: Client) -> None:
    """What is left out is none; ids and time stay."""
    made = create(api, INES)
    replaced = api.put(customer_path(made["id"]), ZONNEHOF)
    assert replaced.status == 200
    assert replaced.json == create(api) | {name: made[name] for name in ("id", "_id", "createdAt")}
    assert api.get(customer_path(made["id"])).json == replaced.json


def test_patch_merges(api: Client) -> None:
    """Within the billing address too; an empty string or null clears."""
    made = create(api, INES)
    path = customer_path(made["id"])
    assert api.patch(path, {}).json == made
    changed = api.patch(
        path, {"billTo": {"phone": "1", "legal": ""}, "notes": "", "tags": None, "attachPdf": None}
    ).json
    bill_to = {name: value for name, value in made["billTo"].items() if name != "legal"}
    expected = {**made, "billTo": {**bill_to, "phone": "1"}, "notes": "", "attachPdf": False}
    del expected["tags"]
    assert changed == expected
    named = api.patch(path, {"billTo": {"lastName": "de Vries"}}).json["billTo"]
    assert (named["name"], named["shortName"]) == ("Ines de Vries", "Id")


def test_a_whole_name_stays_until_it_is_cleared(api: Client) -> None:
    """One that was given beside company or first and last name."""
    made = create(api, {"billTo": {"company": "Zonnehof", "name": "Brasserie Zonnehof"}})
    path = customer_path(made["id"])
    assert made["billTo"]["name"] == "Brasserie Zonnehof"
    assert api.patch(path, {"billTo": {"company": "De Zonnehof"}}).json["billTo"]["name"] == "Brasserie Zonnehof"
    assert api.patch(path, {"billTo": {"name": ""}}).json["billTo"]["name"] == "De Zonnehof"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_every_customer_that_was_read_can_be_sent_back(api: Client, state: InvoilessState, method: str) -> None:
    """Of the fixtures, and with all properties; nothing changes."""
    create(api, INES)
    own = [customer.id for customer in state.customers.records() if customer.id != MOLEN]
    for customer in own:
        read = api.get(customer_path(customer)).json
        written = api.call(method, customer_path(customer), json=read)
        assert (written.status, written.json) == (200, read)
    copy = api.post(CUSTOMERS, read)
    assert copy.status == 201
    assert {**copy.json, **{name: read[name] for name in ("id", "_id", "createdAt")}} == read


def test_a_deleted_customer_is_gone(api: Client) -> None:
    """For every call; its invoices still show it, and its internal id is free."""
    customer = {"internalId": "C-1", **ZONNEHOF}
    invoice = api.post(INVOICES, {**NEW, "customer": customer}).json
    key = invoice["customer"]["id"]
    deleted = api.delete(customer_path(key))
    assert (deleted.status, deleted.json) == (200, {"message": "The customer has been deleted."})
    with nothing_changes(api, PROVIDER):
        calls = [
            api.get(customer_path(key)),
            api.delete(customer_path(key)),
            api.put(customer_path(key), ZONNEHOF),
            api.patch(customer_path(key), {}),
            api.post(INVOICES, {**NEW, "customer": key}),
            api.post(INVOICES, {**NEW, "customer": {"id": key}}),
        ]
    assert [(call.status, call.content) for call in calls] == [(404, NOT_FOUND)] * 6
    assert key not in listed(api)
    assert listed(api, "search=zonnehof") == []
    assert api.get(f"{INVOICES}/{invoice['id']}").json == invoice
    assert api.post(INVOICES, {**NEW, "customer": customer}).json["customer"]["id"] != key


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("key", [NOBODY, MOLEN, "x"], ids=["unknown", "another's", "no id"])
def test_an_unknown_customer_is_not_found(api: Client, method: str, key: str) -> None:
    """404 with the vendor's message."""
    with nothing_changes(api, PROVIDER):
        response = api.call(method, customer_path(key), json=None if method in {"GET", "DELETE"} else ZONNEHOF)
    assert (response.status, response.content) == (404, NOT_FOUND)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"billTo": {"company": "x", "email": "nobody"}}, "/billTo/email"),
    ({"billTo": {"company": "x" * 101}}, "/billTo/company"),
    ({"billTo": {"company": "x", "vat": "1"}}, "unknown property 'vat'"),
    ({"billTo": None}, "/billTo"),
    ({"shipTo": {"address": "y"}}, "/shipTo"),
    ({"cc": ["a@b.example"] * 2}, "/cc"),
    ({"cc": ["a@b.example", "c@b.example", "d@b.example", "e@b.example"]}, "/cc"),
    ({"bcc": ["nobody"]}, "/bcc/0"),
    ({"bcc": "a@b.example"}, "/bcc"),
    ({"currency": "euro"}, "/currency"),
    ({"lang": "se"}, "/lang"),
    ({"dateFormat": "YYYY MM DD"}, "/dateFormat"),
    ({"dateFormat": "dd/mm/yyyy"}, "/dateFormat"),
    ({"attachPdf": "yes"}, "/attachPdf"),
    ({"notes": "x" * 1001}, "/notes"),
    ({"tags": ["x"] * 11}, "/tags"),
    ({"tags": ["x" * 51]}, "/tags/0"),
    ({"name": "x"}, "unknown property 'name'"),
    ({"internalId": "x"}, "unknown property 'internalId'"),
]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(("changes", "says"), WRONG, ids=[str(changes)[:40] for changes, _ in WRONG])
def test_what_the_contract_does_not_allow_is_unacceptable(
    api: Client, method: str, changes: dict[str, Any], says: str
) -> None:
    """400 with the vendor's message; the explanation names the property."""
    with nothing_changes(api, PROVIDER):
        response = api.call(
            method, CUSTOMERS if method == "POST" else customer_path(MONDEGO), json={**ZONNEHOF, **changes}
        )
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert says in response.explain


@pytest.mark.parametrize("body", [{}, {"billTo": {}}, {"billTo": {"name": "x"}}, {"billTo": {"firstName": "x"}}, []])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_customer_has_a_name(api: Client, method: str, body: Any) -> None:
    """A company, or a first name with a last name."""
    with nothing_changes(api, PROVIDER):
        response = api.call(method, CUSTOMERS if method == "POST" else customer_path(MONDEGO), json=body)
    assert (response.status, response.content) == (400, UNACCEPTABLE)


def test_a_changed_customer_keeps_a_name(api: Client) -> None:
    """The company may go once there is a first name with a last name."""
    path = customer_path(MONDEGO)
    for wrong in ({"company": ""}, {"company": None, "firstName": "Ines"}):
        with nothing_changes(api, PROVIDER):
            response = api.patch(path, {"billTo": wrong})
        assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
        assert "[rule customer-keeps-a-name, documented" in response.explain
    person = {"company": "", "firstName": "Ines", "lastName": "Okafor"}
    assert api.patch(path, {"billTo": person}).json["billTo"]["name"] == "Ines Okafor"


@pytest.mark.parametrize(
    "copies",
    [
        {"cc": ["a@b.example"]},
        {"bcc": ["A@b.Example"]},
        {"cc": ["c@b.example"], "bcc": ["C@b.example"]},
        {"cc": ["c@b.example", "C@B.example"]},
    ],
)
def test_no_address_gets_an_invoice_twice(api: Client, copies: dict[str, Any]) -> None:
    """Case does not matter."""
    body = {"billTo": {"company": "x", "email": "a@b.example"}, **copies}
    for method, path in (("POST", CUSTOMERS), ("PUT", customer_path(MONDEGO)), ("PATCH", customer_path(MONDEGO))):
        with nothing_changes(api, PROVIDER):
            response = api.call(method, path, json=body)
        assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
        assert "[rule copies-go-to-others, documented" in response.explain
        assert response.json["message"].endswith("would get the customer's invoices twice.")


@pytest.mark.parametrize(
    ("call", "body", "rules"),
    [
        (f"POST {CUSTOMERS}", ZONNEHOF, set()),
        (f"POST {CUSTOMERS}", INES, {"email-is-lower-cased", "copies-go-to-others"}),
        (f"PUT {CUSTOMERS}/{MONDEGO}", ZONNEHOF, {"put-replaces"}),
        (f"PATCH {CUSTOMERS}/{MONDEGO}", {}, {"patch-merges"}),
        (f"PATCH {CUSTOMERS}/{MONDEGO}", {"billTo": {"company": ""}}, {"patch-merges", "customer-keeps-a-name"}),
        (f"DELETE {CUSTOMERS}/{MONDEGO}", None, {"deleted-customer-is-gone"}),
        (f"GET {CUSTOMERS}", None, set()),
    ],
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, call: str, body: Any, rules: set[str]) -> None:
    """Exactly these rules."""
    assert passed(PROVIDER, call, body, api_key="invoiless-test-key") == rules


@pytest.mark.parametrize(
    ("call", "body", "query", "rules"),
    [
        (f"GET {CUSTOMERS}", None, "limit=101", {"limit-is-at-most-100"}),
        (f"PUT {CUSTOMERS}/{POLYTECHNIC}", ZONNEHOF, "", {"put-replaces"}),
        (
            f"PATCH {CUSTOMERS}/{POLYTECHNIC}",
            {"billTo": {"email": "A@b.example"}},
            "",
            {"patch-merges", "email-is-lower-cased"},
        ),
        (f"DELETE {CUSTOMERS}/{POLYTECHNIC}", None, "", {"deleted-customer-is-gone"}),
    ],
)
def test_a_call_within_a_scope_passes_through_that_rule_too(
    passed: Passed, call: str, body: Any, query: str, rules: set[str]
) -> None:
    """With the header `scope-id`."""
    found = passed(PROVIDER, call, body, query=query, api_key="invoiless-test-key", scope_id=WORKSHOP)
    assert found == rules | {"scope-limits-what-is-seen"}
