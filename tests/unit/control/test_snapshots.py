"""Snapshots over HTTP: made, listed, compared with, gone back to, forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import UNSET

from paysandbox.control.operations.snapshots import LIMIT
from tests.helpers.runtimes import NOON, Client, Response, dump

BASE = "/_sandbox/namespaces/default"
SNAPSHOTS = f"{BASE}/snapshots"
NO_NAMES: list[Any] = ["", "-a", ".a", "a b", "a/b", "ä", "x" * 101, "a\n", "a~b", 7, None, ["a"]]


def pay(client: Client, amount: int = 100, path: str = "") -> Response:
    """Pay a part of an InvoiceXpress document: one receipt, and less is owed."""
    url = f"{path}/invoicexpress/documents/1/partial_payments.json"
    return client.post(url, {"partial_payment": {"amount": amount}}, query="api_key=ix-test-key")


def register(client: Client, number: str = "RG 1") -> Response:
    """Register a payment with Invisible Collector."""
    body = {
        "number": number,
        "type": "RG",
        "date": "2016-07-20",
        "currency": "EUR",
        "lines": [{"number": "FT 2016/101", "amount": 1}],
    }
    return client.post("/invisible-collector/payments", body, headers={"authorization": "Bearer ic-test-token"})


def capture(client: Client, name: str, namespace: str = "default") -> Response:
    """Keep the records under a name."""
    return client.post(f"/_sandbox/namespaces/{namespace}/snapshots", {"name": name})


def names(client: Client, namespace: str = "default") -> list[str]:
    response = client.get(f"/_sandbox/namespaces/{namespace}/snapshots")
    assert response.status == 200
    return [one["name"] for one in response.json["snapshots"]]


def diff(client: Client, name: str, namespace: str = "default") -> Any:
    response = client.get(f"/_sandbox/namespaces/{namespace}/snapshots/{name}/diff")
    assert response.status == 200
    return response.json


def restore(client: Client, name: str) -> None:
    response = client.post(f"{SNAPSHOTS}/{name}/restore")
    assert (response.status, response.content) == (204, b"")


def detail(response: Response, status: int) -> str:
    """Why a control call was refused, in a problem document."""
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json["status"] == status
    found: str = response.json["detail"]
    return found


@contextmanager
def all_stays(client: Client) -> Iterator[None]:
    """Check that neither records nor snapshots change."""
    before = {name: dump(client.runtime, name) for name in client.runtime.services}
    snapshots = {name: diff(client, name) for name in names(client)}
    yield
    assert {name: dump(client.runtime, name) for name in client.runtime.services} == before
    assert {name: diff(client, name) for name in names(client)} == snapshots


def test_fixtures_are_always_there(client: Client) -> None:
    """Then come the others, in the order of their making."""
    assert names(client) == ["fixtures"]
    for name in ("z", "a", "M.1_x-2"):
        response = capture(client, name)
        assert (response.status, response.json) == (201, {"name": name})
    assert names(client) == ["fixtures", "z", "a", "M.1_x-2"]


def test_snapshots_outlive_a_reset(client: Client) -> None:
    """And lead back to what was before it."""
    pay(client)
    capture(client, "paid")
    before = dump(client.runtime, "invoicexpress")
    client.post("/_sandbox/reset")
    assert names(client) == ["fixtures", "paid"]
    assert dump(client.runtime, "invoicexpress") != before
    restore(client, "paid")
    assert dump(client.runtime, "invoicexpress") == before


def test_after_a_restore_the_same_calls_get_the_same_bytes(client: Client) -> None:
    """Ids and numbers go on as at the snapshot, in every provider."""
    pay(client)
    register(client, "RG 0")
    capture(client, "here")
    first = [pay(client).content, register(client).content, pay(client, 5).content]
    restore(client, "here")
    assert [pay(client).content, register(client).content, pay(client, 5).content] == first
    assert len(set(first)) == 3


def test_restoring_the_fixtures_is_a_reset(client: Client) -> None:
    """All records are as at the start."""
    before = {name: dump(client.runtime, name) for name in client.runtime.services}
    pay(client)
    register(client)
    restore(client, "fixtures")
    assert {name: dump(client.runtime, name) for name in client.runtime.services} == before


def test_a_restore_leaves_journal_clock_faults_and_snapshots(client: Client) -> None:
    capture(client, "here")
    namespace = client.runtime.namespaces.get("default")
    pay(client)
    namespace.clock.advance(60)
    fault = {"when": {"after": 9}, "then": {"status": 503}}
    assert client.post(f"{BASE}/faults", fault).status == 201
    capture(client, "later")
    restore(client, "here")
    assert namespace.clock.now() == NOON + timedelta(seconds=60)
    assert [one["then"] for one in client.get(f"{BASE}/faults").json["faults"]] == [{"status": 503}]
    assert namespace.requests == len(namespace.journal) == 1
    assert names(client) == ["fixtures", "here", "later"]
    assert set(diff(client, "later")) == {"invoicexpress"}


def test_a_payment_makes_one_receipt_and_lowers_one_balance(client: Client) -> None:
    """The difference names records and members, and is fit for an assertion: nothing else has changed."""
    capture(client, "before")
    receipt = pay(client).json["receipt"]
    found = diff(client, "before")
    made = found["invoicexpress"]["receipts"]["added"]
    assert found == {
        "invoicexpress": {
            "sequences": {
                "added": {},
                "changed": {
                    "12345": {"before": {"current_receipt_number": 27}, "after": {"current_receipt_number": 28}}
                },
                "removed": {},
            },
            "invoices": {
                "added": {},
                "changed": {"1": {"before": {"paid": 0}, "after": {"paid": 100}}},
                "removed": {},
            },
            "receipts": {"added": made, "changed": {}, "removed": {}},
            "id_counters": {
                "added": {},
                "changed": {"document": {"before": {"last": 541792}, "after": {"last": 541793}}},
                "removed": {},
            },
        }
    }
    assert list(made) == [str(receipt["id"])] == ["541793"]
    assert made["541793"] == client.get(f"{BASE}/state/invoicexpress/receipts/541793").json


def test_without_a_change_there_is_no_difference(client: Client) -> None:
    """Neither looking nor being refused is one, nor is putting back what was there."""
    capture(client, "here")
    client.get(f"{BASE}/state/invoicexpress")
    assert pay(client, 999999).status == 422
    url = f"{BASE}/state/invoicexpress/accounts/104412"
    assert client.put(url, client.get(url).json).status == 200
    assert diff(client, "here") == diff(client, "fixtures") == {}


def test_the_difference_is_from_the_snapshot_not_from_the_fixtures(client: Client) -> None:
    """What was there at the snapshot is not told as new."""
    pay(client)
    capture(client, "paid")
    pay(client, 50)
    invoice = diff(client, "paid")["invoicexpress"]["invoices"]["changed"]["1"]
    assert invoice == {"before": {"paid": 100}, "after": {"paid": 150}}
    assert list(diff(client, "paid")["invoicexpress"]["receipts"]["added"]) == ["541794"]
    assert list(diff(client, "fixtures")["invoicexpress"]["receipts"]["added"]) == ["541793", "541794"]


def test_what_is_gone_is_told_whole(client: Client) -> None:
    """Deleted, or not there since a reset, even if its table was not used again."""
    pay(client)
    capture(client, "paid")
    receipt = client.get(f"{BASE}/state/invoicexpress/receipts/541793").json
    gone = {"added": {}, "changed": {}, "removed": {"541793": receipt}}
    assert client.delete(f"{BASE}/state/invoicexpress/receipts/541793").status == 204
    assert diff(client, "paid") == {"invoicexpress": {"receipts": gone}}
    client.post("/_sandbox/reset")
    assert diff(client, "paid")["invoicexpress"]["receipts"] == gone
    assert diff(client, "paid")["invoicexpress"]["invoices"]["changed"]["1"] == {
        "before": {"paid": 100},
        "after": {"paid": 0},
    }


def test_members_that_hold_others_are_told_whole(client: Client) -> None:
    """Only the member that differs, but all of it."""
    url = f"{BASE}/state/invoicexpress/invoices/1"
    invoice = client.get(url).json
    changed = [invoice["items"][0] | {"name": "Other"}, *invoice["items"][1:]]
    assert client.put(url, invoice | {"items": changed}).status == 200
    assert diff(client, "fixtures")["invoicexpress"]["invoices"]["changed"] == {
        "1": {"before": {"items": invoice["items"]}, "after": {"items": changed}}
    }


def test_the_order_is_that_of_the_declarations(client: Client) -> None:
    """Providers by name, tables as declared, records as they came: the same calls give the same bytes."""
    register(client)
    pay(client)
    pay(client, 1)
    url = f"{SNAPSHOTS}/fixtures/diff"
    first = client.get(url)
    declared = list(client.runtime.services["invoicexpress"].provider.state.table_defs())
    found = first.json
    assert list(found) == ["invisible_collector", "invoicexpress"]
    tables = list(found["invoicexpress"])
    assert tables == [name for name in declared if name in tables]
    assert len(tables) > 2
    assert list(found["invoicexpress"]["receipts"]["added"]) == ["541793", "541794"]
    client.post("/_sandbox/reset")
    client.get(f"{BASE}/state/invoicexpress/receipts")
    pay(client)
    register(client)
    pay(client, 1)
    assert client.get(url).content == first.content


def test_namespaces_have_snapshots_of_their_own(client: Client) -> None:
    """A name here says nothing there."""
    pay(client, path="/ns/mine")
    assert capture(client, "paid", "mine").status == 201
    assert (names(client, "mine"), names(client)) == (["fixtures", "paid"], ["fixtures"])
    assert capture(client, "paid").status == 201
    pay(client)
    assert diff(client, "paid", "mine") == {}
    assert set(diff(client, "paid")) == {"invoicexpress"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("taken", "there is a snapshot 'taken' already; delete it first, or choose another name"),
        (
            "fixtures",
            "the snapshot 'fixtures' always exists, because every namespace starts from it; choose another name",
        ),
    ],
)
def test_a_name_that_is_taken_is_refused(client: Client, name: str, sentence: str) -> None:
    """The one that has it stays as it is."""
    capture(client, "taken")
    pay(client)
    with all_stays(client):
        response = capture(client, name)
        assert detail(response, 409) == sentence
        assert response.headers["x-sandbox-reason"] == "state"


def test_there_is_a_limit(client: Client) -> None:
    """A hundred beside the fixtures; one that is deleted makes room."""
    assert LIMIT == 100
    for number in range(LIMIT):
        assert capture(client, f"s{number}").status == 201
    with all_stays(client):
        assert detail(capture(client, "more"), 409) == ("a namespace holds at most 100 snapshots; delete one first")
    client.delete(f"{SNAPSHOTS}/s0")
    assert capture(client, "more").status == 201


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_refused(client: Client, name: Any) -> None:
    with all_stays(client):
        response = client.post(SNAPSHOTS, {"name": name})
        assert detail(response, 400).startswith("/name: ")
        assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("body", [{}, {"name": "a", "note": "x"}, [], "a"])
def test_a_snapshot_has_a_name_and_nothing_else(client: Client, body: Any) -> None:
    """Whatever else stands in the body is a mistake."""
    with all_stays(client):
        detail(client.post(SNAPSHOTS, body), 400)


def test_a_snapshot_can_be_forgotten(client: Client) -> None:
    """From then on its name is free again."""
    capture(client, "a")
    capture(client, "b")
    response = client.delete(f"{SNAPSHOTS}/a")
    assert (response.status, response.content) == (204, b"")
    assert names(client) == ["fixtures", "b"]
    assert capture(client, "a").status == 201
    assert names(client) == ["fixtures", "b", "a"]


def test_the_fixtures_cannot_be_forgotten(client: Client) -> None:
    """Every namespace starts from them."""
    with all_stays(client):
        assert detail(client.delete(f"{SNAPSHOTS}/fixtures"), 409) == (
            "the snapshot 'fixtures' cannot be deleted, because every namespace starts from it"
        )


@pytest.mark.parametrize(("method", "rest"), [("DELETE", ""), ("POST", "/restore"), ("GET", "/diff")])
def test_an_unknown_snapshot_is_not_found(client: Client, method: str, rest: str) -> None:
    """The refusal names those that there are."""
    capture(client, "a")
    pay(client)
    with all_stays(client):
        response = client.call(method, f"{SNAPSHOTS}/b{rest}")
        assert detail(response, 404) == "there is no snapshot 'b'; there are fixtures, a"


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("POST", ""), ("DELETE", "/a"), ("POST", "/a/restore"), ("GET", "/fixtures/diff")],
)
def test_an_unknown_namespace_is_not_made(client: Client, method: str, rest: str) -> None:
    """Only a provider's call or a POST to the namespaces makes one."""
    body = {"name": "a"} if (method, rest) == ("POST", "") else UNSET
    response = client.call(method, f"/_sandbox/namespaces/nobody/snapshots{rest}", json=body)
    assert detail(response, 404).startswith("there is no namespace 'nobody'; ")
    assert client.runtime.namespaces.find("nobody") is None
