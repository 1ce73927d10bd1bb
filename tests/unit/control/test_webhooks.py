"""Webhooks over the control plane, in memory: nothing is delivered without a server, so deliveries wait in the log."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.endpoints import ENDPOINTS
from paysandbox.store.webhooks import Attempt, Delivery, Webhooks
from tests.helpers.runtimes import NOON, Client
from tests.unit.control.asking import ROOT, check_problem, everything

HOOKS = f"{ROOT}/default/webhooks"
URL = "http://127.0.0.1:9/hook"
EVENTS = ["InvoiceCreated", "InvoicePaid"]
NEW = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label design", "price": 480}]}
NOTHING = {"endpoints": [], "deliveries": [], "evicted": 0}


def create(client: Client, root: str = "") -> None:
    made = client.post(f"{root}/invoiless/v1/invoices", NEW, headers={"api-key": "invoiless-test-key"})
    assert made.status == 201


def open_webhooks(runtime: Runtime, name: str = "default") -> Webhooks:
    return runtime.namespaces.get(name).open_webhooks()


def finish(webhooks: Webhooks, **attempt: Any) -> Delivery:
    delivery = webhooks.take_due("endpoint-1")
    assert delivery is not None
    webhooks.finish(delivery, Attempt(at=NOON, headers={"content-type": "application/json"}, **attempt), ())
    return delivery


def test_at_first_there_are_none(client: Client) -> None:
    assert client.get(HOOKS).json == NOTHING
    create(client)
    assert client.get(HOOKS).json == NOTHING


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {}),
        ({"provider": "invoiless", "events": EVENTS}, {"provider": "invoiless", "events": EVENTS}),
        ({"secret": "hush"}, {"secret": "***"}),
        ({"retry_seconds": [10, 60.0]}, {"retry_seconds": [10, 60]}),
        ({"retry_seconds": []}, {"retry_seconds": []}),
        ({"url": f"{URL}?a=1&token=hush&b"}, {"url": f"{URL}?a=1&token=***&b"}),
    ],
    ids=str,
)
def test_an_endpoint_is_listed_as_it_was_registered(
    client: Client, asked: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Its secret is masked."""
    made = client.post(HOOKS, {"url": URL, **asked})
    assert (made.status, made.json) == (201, {"id": "endpoint-1", "url": URL, **shown})
    assert client.get(HOOKS).json == {**NOTHING, "endpoints": [made.json]}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"url": "ftp://127.0.0.1/"}, "the scheme is 'ftp'"),
        ({"url": "http://me:hush@127.0.0.1/"}, "credentials"),
        ({"url": "http://169.254.169.254/"}, "metadata"),
        ({"url": "http://192.0.2.1/"}, "--webhook-allow"),
        ({"url": URL, "provider": "crm_com"}, "'crm_com' has no webhooks; with webhooks there are invoiless"),
        ({"url": URL, "provider": "stripe"}, "'stripe' does not exist"),
        ({"url": URL, "events": ["InvoiceCreated", "Nonsense"]}, "there is no event 'Nonsense'"),
    ],
    ids=str,
)
def test_what_can_never_be_delivered_is_refused(
    runtime: Runtime, client: Client, asked: dict[str, Any], says: str
) -> None:
    """The refusal repeats no credential, and changes nothing."""
    before = everything(runtime)
    refused = client.post(HOOKS, asked)
    check_problem(refused, 422, says)
    assert b"hush" not in refused.content
    assert everything(runtime) == before
    assert client.get(HOOKS).json == NOTHING


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"url": 1},
        {"url": ""},
        {"url": URL, "events": []},
        {"url": URL, "secret": ""},
        {"url": URL, "retry_seconds": [-1]},
        {"url": URL, "retry_seconds": [0.5]},
        {"url": URL, "more": 1},
    ],
    ids=str,
)
def test_another_form_is_refused(client: Client, asked: dict[str, Any]) -> None:
    check_problem(client.post(HOOKS, asked), 400)


def test_a_namespace_has_so_many_endpoints(client: Client) -> None:
    for _ in range(ENDPOINTS):
        assert client.post(HOOKS, {"url": URL}).status == 201
    check_problem(client.post(HOOKS, {"url": URL}), 409, f"at most {ENDPOINTS}")


def test_an_event_waits_in_the_log(client: Client) -> None:
    """With the request that is going to be made."""
    client.post(HOOKS, {"url": URL})
    create(client)
    (delivery,) = client.get(HOOKS).json["deliveries"]
    request = delivery.pop("request")
    assert delivery == {
        "id": "delivery-1",
        "endpoint": "endpoint-1",
        "provider": "invoiless",
        "event": "InvoiceCreated",
        "at": "2026-03-31T12:00:00Z",
        "progress": "waiting",
        "reason": None,
        "due": None,
        "fault": None,
        "repeats": None,
        "attempts": [],
    }
    assert (request["method"], request["url"], request["headers"]) == ("POST", URL, {})
    assert request["body"]["type"] == "InvoiceCreated"
    assert request["body"]["data"]["items"][0]["name"] == "Label design"


def test_an_attempt_is_listed_with_reply_and_duration(runtime: Runtime, client: Client) -> None:
    """A secret that the receiver repeats is masked."""
    client.post(HOOKS, {"url": URL, "secret": "hush-hush"})
    create(client)
    webhooks = open_webhooks(runtime)
    finish(webhooks, status=500, content=b"no: hush-hush", error="the reply has the status 500", duration=1_500_000)
    (delivery,) = client.get(HOOKS).json["deliveries"]
    assert delivery["progress"] == "failed"
    assert [{**attempt, "duration_ms": str(attempt["duration_ms"])} for attempt in delivery["attempts"]] == [
        {
            "at": "2026-03-31T12:00:00Z",
            "status": 500,
            "error": "the reply has the status 500",
            "reply": "no: ***",
            "is_cut": False,
            "duration_ms": "1.500",
        }
    ]


def test_the_log_can_be_filtered(runtime: Runtime, client: Client) -> None:
    """By event, progress, and the number of the latest."""
    client.post(HOOKS, {"url": URL})
    for _ in range(3):
        create(client)
    finish(open_webhooks(runtime), status=200)

    def ids(query: str) -> list[str]:
        found = client.get(HOOKS, query=query)
        assert found.status == 200
        return [delivery["id"] for delivery in found.json["deliveries"]]

    assert ids("") == ["delivery-1", "delivery-2", "delivery-3"]
    assert ids("limit=2") == ["delivery-2", "delivery-3"]
    assert ids("progress=delivered") == ["delivery-1"]
    assert ids("event=InvoicePaid") == []
    check_problem(client.get(HOOKS, query="progress=lost"), 400)


def test_a_redelivery_is_a_delivery_of_its_own(runtime: Runtime, client: Client) -> None:
    """With the same content."""
    client.post(HOOKS, {"url": URL})
    create(client)
    finish(open_webhooks(runtime), status=200)
    again = client.post(f"{HOOKS}/delivery-1/redeliver")
    assert (again.status, again.json["id"], again.json["repeats"]) == (202, "delivery-2", "delivery-1")
    first, second = client.get(HOOKS).json["deliveries"]
    assert first["request"]["body"] == second["request"]["body"]
    check_problem(client.post(f"{HOOKS}/delivery-9/redeliver"), 404, "it holds delivery-1 to delivery-2")


def test_a_removed_endpoint_gets_nothing_again(client: Client) -> None:
    """What waited is dropped, and its log stays."""
    client.post(HOOKS, {"url": URL})
    create(client)
    assert client.delete(f"{HOOKS}/endpoint-1").status == 204
    assert client.get(HOOKS).json["deliveries"][0]["reason"] == "the endpoint was removed"
    check_problem(client.post(f"{HOOKS}/delivery-1/redeliver"), 409, "was removed")
    check_problem(client.delete(f"{HOOKS}/endpoint-1"), 404, "there are none")
    check_problem(client.post(f"{ROOT}/default/webhooks/x/redeliver"), 404)


def test_without_webhooks_there_is_nothing_to_remove_or_redeliver(client: Client) -> None:
    check_problem(client.delete(f"{HOOKS}/endpoint-1"), 404, "there are none")
    check_problem(client.post(f"{HOOKS}/delivery-1/redeliver"), 404, "it is empty")


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        ("POST", f"{ROOT}/default/reset", None, "the namespace was reset"),
        ("POST", "/_sandbox/reset", None, "the namespace was reset"),
        ("POST", f"{ROOT}/default/snapshots/fixtures/restore", None, "the snapshot fixtures was restored"),
        (
            "POST",
            f"{ROOT}/default/import",
            {"invoiless": {"extends": "default", "tables": {}}},
            "other records were imported",
        ),
    ],
    ids=str,
)
def test_with_other_records_nothing_of_before_is_delivered(
    client: Client, method: str, path: str, body: Any, reason: str
) -> None:
    """The endpoint stays, and gets the events of later calls."""
    client.post(HOOKS, {"url": URL})
    create(client)
    done = client.call(method, path, **({} if body is None else {"json": body}))
    assert done.status in {200, 204}
    create(client)
    first, second = client.get(HOOKS).json["deliveries"]
    assert (first["reason"], second["progress"]) == (reason, "waiting")


def test_a_fork_and_another_namespace_have_endpoints_of_their_own(client: Client) -> None:
    """As they have faults of their own: two namespaces at one receiver would mix two tests."""
    client.post(HOOKS, {"url": URL})
    assert client.post(f"{ROOT}/default/fork", {"name": "copy"}).status == 201
    assert client.get(f"{ROOT}/copy/webhooks").json == NOTHING
    create(client, "/ns/copy")
    assert client.get(HOOKS).json["deliveries"] == []


def test_a_deleted_namespace_delivers_nothing(runtime: Runtime, client: Client) -> None:
    client.post(HOOKS, {"url": URL})
    create(client)
    webhooks = open_webhooks(runtime)
    assert client.delete(f"{ROOT}/default").status == 204
    assert [delivery.progress for delivery in webhooks.deliveries] == ["dropped"]
    assert client.get(HOOKS).json == NOTHING


@pytest.mark.parametrize(
    "asked",
    [
        {"then": {"webhook": "duplicate"}},
        {"provider": "invoiless", "event": "InvoicePaid", "when": {"times": 1}, "then": {"webhook": "reorder"}},
        {"event": "InvoicePaid", "then": {"webhook": "drop"}},
        {"then": {"webhook_delay": 60}},
    ],
    ids=str,
)
def test_a_fault_of_deliveries_is_listed_as_it_was_ordered(client: Client, asked: dict[str, Any]) -> None:
    made = client.post(f"{ROOT}/default/faults", asked)
    assert (made.status, made.json) == (201, {"id": "fault-1", **asked, "fired": 0})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"event": "InvoicePaid", "then": {"status": 503}}, "names the other"),
        ({"operation": "createPayment", "then": {"webhook": "drop"}}, "names the other"),
        ({"event": "Nonsense", "then": {"webhook": "drop"}}, "no event 'Nonsense'"),
        ({"provider": "crm_com", "then": {"webhook": "drop"}}, "has no webhooks"),
    ],
    ids=str,
)
def test_a_fault_of_the_other_kind_is_refused(client: Client, asked: dict[str, Any], says: str) -> None:
    check_problem(client.post(f"{ROOT}/default/faults", asked), 422, says)
    assert client.get(f"{ROOT}/default/faults").json == {"faults": []}


def test_faults_strike_deliveries_and_count_them(client: Client) -> None:
    client.post(HOOKS, {"url": URL})
    client.post(f"{ROOT}/default/faults", {"when": {"times": 1}, "then": {"webhook": "drop"}})
    create(client)
    create(client)
    deliveries = client.get(HOOKS).json["deliveries"]
    assert [(one["progress"], one["fault"]) for one in deliveries] == [("dropped", "fault-1"), ("waiting", None)]
    assert client.get(f"{ROOT}/default/faults").json["faults"][0]["fired"] == 1


def test_a_delivery_does_not_drive_the_control_plane(client: Client) -> None:
    """An endpoint may be the sandbox itself."""
    for method, path in (("POST", "/_sandbox/reset"), ("POST", f"{ROOT}/default/reset"), ("GET", HOOKS)):
        refused = client.call(method, path, headers={"x-sandbox-delivery": "delivery-1"})
        check_problem(refused, 403, "the delivery of a webhook")
