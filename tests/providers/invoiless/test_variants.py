"""Every choice of every variant: its effects, and that nothing else differs."""

from typing import Any

import pytest

from paysandbox.check.subject import Subject
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime, nothing_changes
from tests.providers.invoiless.known import (
    FORBIDDEN,
    INVOICES,
    NEW,
    NOBODY,
    NOT_FOUND,
    PROVIDER,
    THREE,
    UNPAID,
    UNTOUCHED,
    invoice_path,
    path_of,
    payments_of,
)
from tests.providers.invoiless.test_access import EVERY_CALL, ON_ALL_INVOICES, every_call, sent

UNAUTHORIZED = b'{"message":"Unauthorized"}'
KEY = {"api-key": "invoiless-test-key"}
EVERY_CHOICE = [
    ("invoice_write_reply", "object"),
    ("invoice_write_reply", "id_and_url"),
    ("send_publishes", "true"),
    ("send_publishes", "false"),
    ("default_status", "Draft"),
    ("default_status", "Unpaid"),
    ("list_envelope", "docs"),
    ("list_envelope", "array"),
    ("unauthenticated_status", "403"),
    ("unauthenticated_status", "401"),
]


def under(base_runtime: Runtime, **choices: str) -> Client:
    """A client of a sandbox whose fixtures have these choices."""
    return Client(fresh_runtime(base_runtime, None, **choices), root="/invoiless", headers=KEY)


def in_a_namespace(runtime: Runtime, **choices: str) -> Client:
    """A client of a namespace created with these choices."""
    body = {"name": "chosen", "variants": {PROVIDER: choices}}
    assert Client(runtime).post("/_sandbox/namespaces", body).status == 201
    return Client(runtime, root="/ns/chosen/invoiless", headers=KEY)


def test_the_choices_are_those_of_the_sheet(base_runtime: Runtime) -> None:
    """The first is the default, and every choice has a source."""
    variants = base_runtime.services[PROVIDER].base_contract.variants
    named = {name: list(variant.choices) for name, variant in variants.items()}
    assert named == {
        "list_envelope": ["docs", "array"],
        "invoice_write_reply": ["object", "id_and_url"],
        "send_publishes": ["true", "false"],
        "default_status": ["Draft", "Unpaid"],
        "unauthenticated_status": ["403", "401"],
        "unknown_members": ["refuse", "ignore"],
    }
    assert base_runtime.namespaces.get("default").state(PROVIDER).variants == {
        "list_envelope": "docs",
        "invoice_write_reply": "object",
        "send_publishes": "true",
        "default_status": "Draft",
        "unauthenticated_status": "403",
        "unknown_members": "refuse",
    }


@pytest.mark.parametrize(("name", "choice"), EVERY_CHOICE)
def test_every_operation_s_examples_work_under_each_choice(base_runtime: Runtime, name: str, choice: str) -> None:
    """On fresh fixtures; the reply is validated under that choice."""
    subject = Subject(PROVIDER, fresh_runtime(base_runtime, None, **{name: choice}))
    for operation in subject.operations:
        for body in subject.examples(operation).values() or [...]:
            subject.reset()
            response = subject.call(operation, body)
            assert response.status in {200, 201}, (operation.id, body)


@pytest.mark.parametrize("path", [INVOICES, payments_of(THREE)])
def test_a_list_is_the_array_alone(base_runtime: Runtime, runtime: Runtime, path: str) -> None:
    """The same as in `docs`, page by page; a page after the last is empty."""
    docs = Client(runtime, root="/invoiless", headers=KEY).get(path, query="limit=10").json["docs"]
    for api in (under(base_runtime, list_envelope="array"), in_a_namespace(runtime, list_envelope="array")):
        assert api.get(path, query="limit=10").json == docs
        beyond = api.get(path, query="page=100&limit=10")
        assert (beyond.status, beyond.content) == (200, b"[]")
        assert api.get(path, query="limit=9").status == 400
        assert api.get(path, headers={"scope-id": NOBODY}).content == NOT_FOUND


def test_an_array_follows_what_is_recorded(runtime: Runtime) -> None:
    """A payment is created, listed, deleted and gone."""
    api = in_a_namespace(runtime, list_envelope="array")
    made = api.post(payments_of(UNTOUCHED), {"method": "Card", "amount": 1}).json
    assert api.get(payments_of(UNTOUCHED)).json == [made]
    api.delete(path_of(made["id"]))
    assert api.get(payments_of(UNTOUCHED)).json == []
    invoice = api.post(INVOICES, NEW).json
    assert api.get(INVOICES, query="limit=100").json[-1] == invoice
    assert api.get(invoice_path(invoice["id"])).json == invoice


@every_call
@pytest.mark.parametrize("key", [None, "", "unknown", "Bearer invoiless-test-key"])
def test_without_a_known_key_every_call_is_unauthorized(
    base_runtime: Runtime, method: str, path: str, body: Any, key: str | None
) -> None:
    """401, with nothing changed; the explanation still names the header."""
    api = under(base_runtime, unauthenticated_status="401")
    with nothing_changes(api, PROVIDER):
        response = sent(api, method, path, body, api_key=key)
    assert (response.status, response.content) == (401, UNAUTHORIZED)
    assert "api-key" in response.explain
    assert "x-sandbox-reason" not in response.headers


def test_a_namespace_has_its_own_status_for_strangers(runtime: Runtime) -> None:
    """401 in the namespace that chose it, 403 in another."""
    chosen = in_a_namespace(runtime, unauthenticated_status="401")
    for method, path, body in [*EVERY_CALL, *ON_ALL_INVOICES]:
        beside = Client(runtime, root="/invoiless")
        assert sent(chosen, method, path, body, api_key=None).content == UNAUTHORIZED
        assert sent(beside, method, path, body).content == FORBIDDEN


@pytest.mark.parametrize(
    ("choice", "answered"), [("403", {403: 403, 401: 400}), ("401", {403: 403, 401: 401})], ids=["403", "401"]
)
def test_a_status_can_be_asked_for_where_the_contract_has_it(
    base_runtime: Runtime, choice: str, answered: dict[int, int]
) -> None:
    """403 is documented under both choices, 401 under one."""
    api = under(base_runtime, unauthenticated_status=choice)
    for asked, status in answered.items():
        response = api.get(invoice_path(THREE), headers={"prefer": f"code={asked}"})
        assert response.status == status, asked
        if status in {401, 403}:
            assert response.content == {401: UNAUTHORIZED, 403: FORBIDDEN}[status]


def test_an_invoice_without_a_status_may_be_unpaid(base_runtime: Runtime, runtime: Runtime) -> None:
    """It takes payments at once; a status that is named is kept."""
    for api in (under(base_runtime, default_status="Unpaid"), in_a_namespace(runtime, default_status="Unpaid")):
        made = api.post(INVOICES, NEW).json
        assert made["status"] == "Unpaid"
        assert api.post(payments_of(made["id"]), {"method": "Card"}).status == 201
        assert api.post(INVOICES, {**NEW, "status": "Draft"}).json["status"] == "Draft"


def test_unknown_members_may_be_passed_over(base_runtime: Runtime) -> None:
    """An unknown property is ignored; known ones are validated as before."""
    api = under(base_runtime, unknown_members="ignore")
    made = api.post(INVOICES, {**UNPAID, "vat": [{"value": 21}], "items": [{"name": "x", "price": 5, "vat": 1}]})
    assert (made.status, made.json["total"]) == (201, 5)
    paid = api.post(payments_of(made.json["id"]), {"method": "Card", "ammount": 1})
    assert (paid.status, paid.json["amount"]) == (201, 5)
    assert api.post(INVOICES, {**NEW, "vat": [], "number": 7}).status == 400
