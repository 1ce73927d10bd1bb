"""The variants: each choice by the control plane and by the fixture file, in answers and refusals."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invisible_collector.errors import fail
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.providers.invisible_collector.known import GROUP, PROVIDER, Body, fill_path

TOKEN: Final = {"authorization": "Bearer ic-test-token"}
JSON: Final = {"content-type": "application/json"}
CHOICES: Final = [
    ("currency_required", "true"),
    ("currency_required", "false"),
    ("code_type", "number"),
    ("code_type", "string"),
    ("debt_id_name", "id"),
    ("debt_id_name", "gid"),
    ("debt_attributes", "merge"),
    ("debt_attributes", "replace"),
    ("group_duplicate", "409"),
    ("group_duplicate", "422"),
    ("group_duplicate", "same"),
    ("unknown_members", "refuse"),
    ("unknown_members", "ignore"),
]
Chosen = Callable[..., Client]

NOTE: Final = {"number": "NC NC/001", "date": "2016-07-20"}

# A refusal of each kind, and its status.
REFUSALS: Final[list[tuple[int, Callable[[Client], Response]]]] = [
    (400, lambda api: api.call("POST", "/payments", content=b"{", headers=JSON)),
    (401, lambda api: api.get("/debts/find", headers={"authorization": "Bearer nobody"})),
    (404, lambda api: api.get("/nothing")),
    (404, lambda api: api.get("/payments/nobody")),
    (404, lambda api: api.get("/debts/1")),
    (405, lambda api: api.get("/payments")),
    (409, lambda api: api.post("/debts/e9b2a794-9959-4dc3-b07b-f440c1f8e994/credits", NOTE)),
    (422, lambda api: api.get("/debts/find", query="from_date=x")),
    (422, lambda api: api.post("/payments", {})),
]


@pytest.fixture(params=["control plane", "fixture file"])
def chosen(request: pytest.FixtureRequest, base_runtime: Runtime) -> Chosen:
    """Makes a client of a world in which a variant is chosen, in either of the two ways."""

    def client(**variants: str) -> Client:
        if request.param == "fixture file":
            return Client(fresh_runtime(base_runtime, None, **variants), root="/invisible-collector", headers=TOKEN)
        runtime = fresh_runtime(base_runtime)
        made = Client(runtime).post("/_sandbox/namespaces", {"name": "mine", "variants": {PROVIDER: variants}})
        assert made.status == 201, made.content
        return Client(runtime, root="/ns/mine/invisible-collector", headers=TOKEN)

    return client


def test_the_first_choice_is_what_the_fixtures_have(base_runtime: Runtime) -> None:
    """All of them are in the contract, and the defaults are in force."""
    variants = base_runtime.services[PROVIDER].base_contract.variants
    assert [(name, choice) for name, variant in variants.items() for choice in variant.choices] == CHOICES
    in_force = base_runtime.namespaces.get("default").state(PROVIDER).variants
    assert in_force == {
        "currency_required": "true",
        "code_type": "number",
        "debt_id_name": "id",
        "debt_attributes": "merge",
        "group_duplicate": "409",
        "unknown_members": "refuse",
    }


@pytest.mark.parametrize(("variant", "choice"), CHOICES)
def test_every_example_works_under_every_choice(
    base_runtime: Runtime, chosen: Chosen, variant: str, choice: str
) -> None:
    """Each on fresh fixtures, as without it."""
    for path, item in base_runtime.services[PROVIDER].contract.document["paths"].items():
        body = item.get("post", {}).get("requestBody")
        for example in body["content"]["application/json"]["examples"].values() if body else ():
            assert chosen(**{variant: choice}).post(fill_path(path), example["value"]).status in {200, 201}


@pytest.mark.parametrize("currency", [..., None], ids=["left out", "null"])
def test_a_currency_that_is_not_required(chosen: Chosen, payment: Body, currency: Any) -> None:
    """It is left out of answers; the same payment again, however it leaves the currency out, is a repeat."""
    api = chosen(currency_required="false")
    body = payment(currency=currency, externalId="x")
    response = api.post("/payments", body)
    assert (response.status, response.json) == (201, payment(currency=..., externalId="x", status="FINAL"))
    assert api.post("/payments", payment(externalId="x", currency=...)).status == 200
    assert api.post("/payments", payment(externalId="x", currency=None)).status == 200
    assert api.post("/payments", payment(externalId="x")).status == 409
    for answered in (api.get("/payments/x"), api.put("/payments/x/cancel"), api.delete("/payments/x")):
        assert answered.status == 200
        assert "currency" not in answered.json


@pytest.mark.parametrize("currency", ["EURO", "eur", "", 1])
def test_a_currency_that_is_given_is_still_one_of_the_standard(chosen: Chosen, payment: Body, currency: Any) -> None:
    """Whether it must be given or not."""
    for choice in ("true", "false"):
        assert chosen(currency_required=choice).post("/payments", payment(currency=currency)).status == 422


@pytest.mark.parametrize("currency", [..., None], ids=["left out", "null"])
def test_a_currency_that_is_required(chosen: Chosen, payment: Body, currency: Any) -> None:
    """As the table of the page says."""
    assert chosen(currency_required="true").post("/payments", payment(currency=currency)).status == 422


@pytest.mark.parametrize(("choice", "spelt"), [("number", int), ("string", str)])
@pytest.mark.parametrize(("status", "call"), REFUSALS, ids=[f"{n}-{one}" for n, (one, _) in enumerate(REFUSALS)])
def test_the_code_of_every_refusal(
    chosen: Chosen, choice: str, spelt: type, status: int, call: Callable[[Client], Response]
) -> None:
    """A number or a text, and nothing else differs; other values of an answer are as ever."""
    response = call(chosen(code_type=choice))
    assert response.status == status
    assert response.json["code"] == spelt(status)
    assert set(response.json) == {"code", "message"} | ({"gid"} if status == 409 else set())


@pytest.mark.parametrize("choice", ["number", "string"])
def test_every_failure_that_is_asked_for_keeps_the_contract(base_runtime: Runtime, choice: str) -> None:
    """Under each choice, of every operation."""
    runtime = fresh_runtime(base_runtime, code_type=choice)
    state = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(state, InvisibleCollectorState)
    for operation in runtime.services[PROVIDER].contract.operations:
        for status in operation.replies:
            if status >= 400:
                operation.check_reply(fail(status, state))


def test_unknown_members_are_passed_over_where_that_is_chosen(chosen: Chosen, payment: Body, debt: Body) -> None:
    """At the top and inside; they are not kept."""
    lines = [{"number": "FT 2016/101", "amount": 100, "colour": "red"}]
    strict, lenient = chosen(unknown_members="refuse"), chosen(unknown_members="ignore")
    for path, body in [("/payments", payment(colour="red", lines=lines)), ("/debts", debt(colour="red"))]:
        assert strict.post(path, body).status == 422
        response = lenient.post(path, body)
        assert response.status == 201
        assert b"colour" not in response.content


@pytest.mark.parametrize(("choice", "other"), [("id", "gid"), ("gid", "id")])
def test_the_id_of_a_debt_has_the_chosen_name(chosen: Chosen, debt: Body, choice: str, other: str) -> None:
    """In every answer, first of all properties; a debt that is sent back may have it, and not the other."""
    api = chosen(debt_id_name=choice)
    made = api.post("/debts", debt())
    assert made.status == 201
    read = api.get(f"/debts/{made.json[choice]}").json
    (found,) = api.get("/debts/find", query=f"number={quote(read['number'])}").json
    for answered in (made.json, read, found):
        assert next(iter(answered)) == choice
        assert other not in answered
    again = api.post("/debts", read | {"number": "D 2"})
    assert (again.status, again.json[choice] == read[choice]) == (201, False)
    refused = api.post("/debts", debt(number="D 3", **{other: read[choice]}))
    assert (refused.status, f"unknown property '{other}'" in refused.explain) == (422, True)


@pytest.mark.parametrize(("choice", "held"), [("merge", {"boat": "Ria"}), ("replace", {})])
def test_attributes_that_a_debt_has_are_kept_or_deleted(
    chosen: Chosen, debt: Body, choice: str, held: dict[str, str]
) -> None:
    """When others are set; an attribute of the same name changes in either case."""
    api = chosen(debt_attributes=choice)
    made = api.post("/debts", debt(attributes={"boat": "Ria", "berth": "6"})).json
    response = api.post(f"/debts/{made['id']}/attributes", {"berth": "7"})
    assert (response.status, response.json["attributes"]) == (200, held | {"berth": "7"})


@pytest.mark.parametrize(
    ("choice", "status", "answer"),
    [
        ("409", 409, {"code": 409, "message": "A group with the given name already exists", "gid": GROUP}),
        ("422", 422, {"code": 422, "message": "A group with the given name already exists"}),
        ("same", 200, {"id": GROUP, "name": "Good payers"}),
    ],
)
def test_a_group_whose_name_is_taken(chosen: Chosen, choice: str, status: int, answer: dict[str, Any]) -> None:
    """Each edition of the page in its way; no group is made, and other names are not concerned."""
    api = chosen(group_duplicate=choice)
    before = api.get("/groups").json
    response = api.post("/groups", {"name": "Good payers"})
    assert (response.status, response.json) == (status, answer)
    assert api.get("/groups").json == before
    assert api.post("/groups", {"name": "good payers"}).status == 201
