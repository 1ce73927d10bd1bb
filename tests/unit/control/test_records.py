"""Records over HTTP: seen as JSON, written under the checks of a fixture file, removed where nothing refers to them."""

from types import SimpleNamespace
from typing import Any

import pytest

from paysandbox.control.operations.records import delete_record, put_record
from paysandbox.core.clock import Clock
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Call
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.kit.provider import find_providers
from paysandbox.store.namespaces import Namespaces
from paysandbox.store.state import Baseline, Record, State, table
from paysandbox.store.tables import FixtureRows
from tests.helpers.runtimes import Client, Response, dump, nothing_changes

BASE = "/_sandbox/namespaces/default"
STATE = f"{BASE}/state"
INVOICE = f"{STATE}/invoicexpress/invoices/1"
SCOPES = f"{STATE}/invoiless/scopes"
SCOPE = {"id": "62a85fa49b3e7d00418c2f23", "account": "62a85cc79b3e7d00418c2f0e", "name": "Market stall"}
OTHER_KEY = f"the record's key is '{'a' * 24}', but the path says '{SCOPE['id']}'"
UNKNOWN = "/a~0~1b: unknown property 'a~/b'; the properties are id, account, name"
THREE = "customers/61e550f29b3e7d00418c2f46, invoices/65770bee9b3e7d00418c2f85, invoices/652801a49b3e7d00418c2f93"
A_DOCUMENT = "/invoicexpress/documents/1/partial_payments.json"


def detail(response: Response, status: int) -> str:
    """Why a control call was refused, in a problem document."""
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json["status"] == status
    found: str = response.json["detail"]
    return found


def pay(client: Client, key: str = "ix-test-key") -> Response:
    """Pay a part of the document 1."""
    return client.post(A_DOCUMENT, {"partial_payment": {"amount": 1}}, query=f"api_key={key}")


@pytest.mark.parametrize("provider", [one.name for one in find_providers()])
def test_every_record_can_be_read_and_put_back(client: Client, provider: str) -> None:
    """The reply is what was sent, byte for byte, and nothing has changed: not a digit, not a zone."""
    before = dump(client.runtime, provider)
    tables = client.get(f"{STATE}/{provider}").json
    assert list(tables) == list(client.runtime.services[provider].provider.state.table_defs())
    assert any(tables.values())
    for name, records in tables.items():
        whole = client.get(f"{STATE}/{provider}/{name}")
        assert whole.json == records
        assert len(records) == len(before[name])
        for key, record in records.items():
            read = client.get(f"{STATE}/{provider}/{name}/{key}")
            assert (read.status, read.json) == (200, record)
            written = client.put(f"{STATE}/{provider}/{name}/{key}", read.json)
            assert (written.status, written.content) == (200, read.content)
        assert client.get(f"{STATE}/{provider}/{name}").content == whole.content
    assert dump(client.runtime, provider) == before
    assert client.get(f"{BASE}/snapshots/fixtures/diff").json == {}


def test_a_record_has_the_providers_own_names_and_exact_amounts(client: Client) -> None:
    """Camel case where the vendor has it, ISO dates, amounts digit by digit."""
    found = client.get(f"{STATE}/invoiless/payments/652673189b3e7d00418c30d5")
    assert found.content == (
        b'{"id":"652673189b3e7d00418c30d5","invoice":"651c156b9b3e7d00418c30b2","amount":349.95,"method":"Card",'
        b'"paidAt":"2023-10-11","notes":"Refunded on 2023-10-30, wrong stock",'
        b'"createdAt":"2023-10-11T10:04:08.091000Z","updatedAt":"2023-10-11T10:04:08.091000Z","paidTime":null}'
    )
    assert b'"total":1070.00,' in client.get(INVOICE).content


def test_secrets_are_shown(client: Client) -> None:
    """They are the test's own."""
    assert client.get(f"{STATE}/invoicexpress/accounts/104412").json["api_key"] == "ix-test-key"


def test_a_new_record_is_there_for_the_providers_calls(client: Client) -> None:
    """Found by its indexes too: an account that was written can call."""
    account = client.get(f"{STATE}/invoicexpress/accounts/104412").json
    made = account | {"id": 7, "api_key": "made-key"}
    assert pay(client, "made-key").status == 401
    written = client.put(f"{STATE}/invoicexpress/accounts/7", made)
    assert (written.status, written.json) == (201, made)
    assert client.get(f"{STATE}/invoicexpress/accounts/7").json == made
    assert list(client.get(f"{STATE}/invoicexpress/accounts").json)[-1] == "7"
    assert pay(client, "made-key").status == 404


def test_a_record_in_the_place_of_another_is_what_calls_see(client: Client) -> None:
    """The same call is refused once the document is canceled, and works again once it is not."""
    invoice = client.get(INVOICE).json
    assert client.put(INVOICE, invoice | {"status": "canceled"}).status == 200
    assert pay(client).status == 422
    assert client.put(INVOICE, invoice).status == 200
    assert pay(client).status == 200


def test_a_key_that_was_replaced_is_found_by_its_new_members_only(client: Client) -> None:
    url = f"{STATE}/invoicexpress/accounts/104412"
    client.put(url, client.get(url).json | {"api_key": "new-key"})
    assert (pay(client).status, pay(client, "new-key").status) == (401, 200)


def test_members_with_defaults_may_be_left_out(client: Client) -> None:
    """As in a fixture file; the reply has them all."""
    invoice = client.get(INVOICE).json
    fewer = {name: value for name, value in invoice.items() if name not in {"currency", "paid", "observations"}}
    written = client.put(INVOICE, fewer)
    assert (written.status, written.json) == (200, invoice)


def test_a_key_may_have_any_characters(client: Client) -> None:
    url = f"{STATE}/invoicexpress/id_counters/a%2Fb%20%C3%A4"
    record = {"kind": "a/b ä", "last": 3}
    assert client.put(url, record).status == 201
    assert client.get(url).json == record
    assert client.get(f"{STATE}/invoicexpress/id_counters").json["a/b ä"] == record
    assert client.delete(url).status == 204


def test_namespaces_are_apart(client: Client) -> None:
    """What is written in one is not in another."""
    assert client.post("/_sandbox/namespaces", {"name": "mine"}).status == 201
    url = INVOICE.replace("default", "mine")
    changed = client.get(url).json | {"reference": "mine"}
    with nothing_changes(client, "invoicexpress"):
        assert client.put(url, changed).status == 200
    assert client.get(url).json == changed
    assert client.get(INVOICE).json != changed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ...}, "the property 'name' is missing"),
        ({"nam": "x"}, "/nam: unknown property 'nam'; the properties are id, account, name"),
        ({"name": 7}, "/name: it must be a string, not an integer"),
        ({"name": None}, "/name: it must be a string, not null"),
        ({"account": "x"}, "/account: it must be a string that matches '^[0-9a-f]{24}$'"),
        ({"account": "a" * 24}, f"/account: '{'a' * 24}' is not in accounts"),
        ({"id": "a" * 24}, OTHER_KEY),
        (
            {"id": "a" * 24, "account": "b" * 24},
            f"{OTHER_KEY}; /account: '{'b' * 24}' is not in accounts",
        ),
        (
            {"account": ..., "name": 7, "a~/b": 1},
            f"{UNKNOWN}; the property 'account' is missing; /name: it must be a string, not an integer",
        ),
    ],
)
def test_what_is_no_record_is_refused(client: Client, change: dict[str, Any], sentence: str) -> None:
    """All that is wrong is told at once, each with its JSON pointer, and nothing changes."""
    body = {name: value for name, value in {**SCOPE, **change}.items() if value is not ...}
    with nothing_changes(client, "invoiless"):
        response = client.put(f"{SCOPES}/{SCOPE['id']}", body)
        assert detail(response, 422) == f"the body is not a valid record of scopes: {sentence}"
        assert response.headers["x-sandbox-reason"] == "state"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": "sent"}, "/status: unknown value 'sent'"),
        ({"date": "26/10/2017"}, "/date: it must be a date, not '26/10/2017'"),
        ({"client": 9}, "/client: 9 is not in clients"),
        ({"id": 0}, "/id: it must be an integer of at least 1"),
        ({"items": []}, "/items: it must be an array of at least 1 item"),
        ({"items": [{}]}, "/items/0: the property 'name' is missing"),
        ({"taxes": 1}, "taxes is 1, but the amounts it is made of come to 70.00"),
        ({"paid": 1070.01}, "paid is 1070.01, but it must be between 0 and the total of 1070.00"),
        ({"paid": "1"}, "/paid: it must be a number, not a string"),
        ({"paid": "NaN"}, "/paid: it must be a number, not a string"),
        ({"paid": "sNaN"}, "/paid: it must be a number, not a string"),
        ({"paid": "a lot"}, "/paid: it must be a number, not a string"),
        ({"taxes": "1e999999999"}, "/taxes: it must be a number, not a string"),
        (
            {"taxes": "70.00", "paid": "0", "client": "x"},
            "/client: it must be an integer, not a string; /taxes: it must be a number, not a string; /paid: it",
        ),
    ],
)
def test_a_records_own_checks_hold(client: Client, change: dict[str, Any], sentence: str) -> None:
    """Types, bounds, references and sums; an amount is a number, as text it might be none."""
    invoice = client.get(INVOICE).json
    with nothing_changes(client, "invoicexpress"):
        found = detail(client.put(INVOICE, invoice | change), 422)
    assert found.startswith(f"the body is not a valid record of invoices: {sentence}")


def test_text_inside_a_list_is_no_amount_either(client: Client) -> None:
    """The pointer leads to the member."""
    invoice = client.get(INVOICE).json
    items = [invoice["items"][0] | {"quantity": "1"}]
    with nothing_changes(client, "invoicexpress"):
        found = detail(client.put(INVOICE, invoice | {"items": items}), 422)
    assert found == "the body is not a valid record of invoices: /items/0/quantity: it must be a number, not a string"


def test_a_refusal_has_an_end(client: Client) -> None:
    """Fifty findings are told and the others counted, and a long one is cut."""
    body = {**SCOPE, **{f"m{number}": 1 for number in range(58)}, "x" * 5000: 1}
    with nothing_changes(client, "invoiless"):
        found = detail(client.put(f"{SCOPES}/{SCOPE['id']}", body), 422)
    assert found.endswith("; and 9 more")
    assert found.count("unknown property") == 50
    with nothing_changes(client, "invoiless"):
        response = client.put(f"{SCOPES}/{SCOPE['id']}", {**SCOPE, "x" * 5000: 1})
    assert len(detail(response, 422)) < 500
    assert [one["pointer"] for one in response.json["violations"]] == [""]


@pytest.mark.parametrize("body", [[], "x", 1, None, [{}]])
def test_a_body_that_is_no_object_breaks_the_contract(client: Client, body: Any) -> None:
    with nothing_changes(client, "invoiless"):
        response = client.put(f"{SCOPES}/{SCOPE['id']}", body)
        detail(response, 400)
        assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"name":"%s"}' % (b"x" * (1 << 20)), "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: Client, content: bytes, kind: str, status: int) -> None:
    url = f"{SCOPES}/{SCOPE['id']}"
    with nothing_changes(client, "invoiless"):
        detail(client.call("PUT", url, content=content, headers={"content-type": kind}), status)


@pytest.mark.parametrize("key", ["01", "+1", "1.0", "-1", "%201", "1%20", "%D9%A1", "1_0", "9" * 200, "invoice"])
def test_a_number_names_a_record_in_one_form_only(client: Client, key: str) -> None:
    """`1` is there; what merely reads like it is not."""
    url = f"{STATE}/invoicexpress/invoices/{key}"
    invoice = client.get(INVOICE).json
    with nothing_changes(client, "invoicexpress"):
        for method in ("GET", "DELETE"):
            found = detail(client.call(method, url), 404)
            assert found.startswith("invoices has no record with the key ")
        assert "the record's key is '1', but the path says" in detail(client.put(url, invoice), 422)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nobody/state/invoiless/scopes/x", "there is no namespace 'nobody'; "),
        ("default/state/stripe/scopes/x", "there is no provider 'stripe'; there are crm_com, "),
        (
            "default/state/invoiless/scope/x",
            "invoiless has no table 'scope'; there are accounts, scopes, customers, invoices, payments, outbox",
        ),
        ("default/state/invoiless/table/x", "invoiless has no table 'table'; there are "),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_the_path_names_must_be_there(client: Client, method: str, path: str, sentence: str) -> None:
    """The refusal names what there is."""
    with nothing_changes(client, "invoiless"):
        response = client.call(method, f"/_sandbox/namespaces/{path}", json=SCOPE)
        assert detail(response, 404).startswith(sentence)


@pytest.mark.parametrize(
    "path",
    [
        "nobody/state/invoiless",
        "default/state/stripe",
        "nobody/state/invoiless/scopes",
        "default/state/invoiless/scope",
    ],
)
def test_tables_that_are_not_there_cannot_be_seen(client: Client, path: str) -> None:
    """Nor can the state of a provider or a namespace that is not."""
    assert detail(client.get(f"/_sandbox/namespaces/{path}"), 404)
    assert client.runtime.namespaces.find("nobody") is None


@pytest.mark.breaks_invariants
def test_a_record_can_be_removed(client: Client) -> None:
    """For the provider's calls too, and it is not there any more."""
    payment = "652673189b3e7d00418c30d5"
    headers = {"api-key": "invoiless-test-key"}
    assert client.get(f"/invoiless/v1/payments/{payment}", headers=headers).status == 200
    response = client.delete(f"{STATE}/invoiless/payments/{payment}")
    assert (response.status, response.content) == (204, b"")
    assert client.get(f"/invoiless/v1/payments/{payment}", headers=headers).status == 404
    assert payment not in client.get(f"{STATE}/invoiless/payments").json
    assert detail(client.delete(f"{STATE}/invoiless/payments/{payment}"), 404) == (
        f"payments has no record with the key '{payment}'; GET the table to list its keys"
    )


@pytest.mark.parametrize(
    ("record", "referrers"),
    [
        ("invoiless/scopes/62a85fa49b3e7d00418c2f23", "invoices/659805989b3e7d00418c30c7"),
        ("invoiless/scopes/614887129b3e7d00418c2f1c", f"{THREE} and 15 more"),
    ],
)
def test_what_others_refer_to_stays(client: Client, record: str, referrers: str) -> None:
    """The refusal names the first three of those that do, and nothing changes."""
    with nothing_changes(client, "invoiless"):
        response = client.delete(f"{STATE}/{record}")
        assert detail(response, 409) == (
            f"{record.removeprefix('invoiless/')} is referred to by {referrers}; "
            "delete those first, or change what they refer to"
        )
        assert response.headers["x-sandbox-reason"] == "state"


def test_what_nothing_refers_to_any_more_can_be_removed(client: Client) -> None:
    """Whether the others are gone or refer to another."""
    invoice = f"{STATE}/invoiless/invoices/659805989b3e7d00418c30c7"
    assert client.delete(f"{SCOPES}/{SCOPE['id']}").status == 409
    client.put(invoice, client.get(invoice).json | {"scope": None})
    assert client.delete(f"{SCOPES}/{SCOPE['id']}").status == 204


class Part(Record, frozen=True):
    """Something that may be part of another one, or of itself."""

    id: str
    whole: str | None = None


class PartsState(State):
    """One table that refers to itself."""

    parts = table(Part, key="id", refers={"whole": "parts"})


def on(runtime: Any, operation: Any, key: str, body: Any = None) -> int:
    """Call an operation for a part."""
    path = {"ns": "default", "provider": "toy", "table": "parts", "key": key}
    call = Call(operation="", path=path, query={}, headers={}, body=body, principal=None, origin="")
    status: int = operation(call, runtime).status
    return status


def test_a_record_may_refer_to_itself() -> None:
    """It is there as soon as it is written, and does not keep itself from being removed."""
    origin = Baseline("toy", PartsState, {"parts": FixtureRows(PartsState.parts, {})}, {})
    service = SimpleNamespace(provider=SimpleNamespace(name="toy"))
    runtime = SimpleNamespace(
        namespaces=Namespaces({"toy": origin}, seed="s", time=Clock().now), services={"toy": service}
    )
    assert on(runtime, put_record, "a", {"id": "a", "whole": "a"}) == 201
    with pytest.raises(NotAllowed, match=r"/whole: 'c' is not in parts"):
        on(runtime, put_record, "b", {"id": "b", "whole": "c"})
    assert on(runtime, put_record, "b", {"id": "b", "whole": "a"}) == 201
    with pytest.raises(Conflict, match=r"parts/a is referred to by parts/b; "):
        on(runtime, delete_record, "a")
    assert [on(runtime, delete_record, key) for key in ("b", "a")] == [204, 204]


@pytest.mark.breaks_invariants
def test_numbers_are_exact_on_the_way_in_and_out(client: Client) -> None:
    """Not a digit is lost, and none is made up."""
    url = f"{STATE}/invoiless/payments/652673189b3e7d00418c30d5"
    content = client.get(url).content
    for amount in (b"0.1", b"0.10", b"12345678901234567890.123456789", b"7", b"-0.5"):
        sent = content.replace(b"349.95", amount)
        assert sent != content
        written = client.call("PUT", url, content=sent, headers={"content-type": "application/json"})
        assert (written.status, written.content) == (200, sent)
        assert client.get(url).content == sent
    assert write_json(client.get(url).json["amount"]) == b"-0.5"
