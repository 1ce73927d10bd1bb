"""Events are delivered: signed, after the call, in order, again when asked; time is the namespace's."""

import base64
import hashlib
import hmac
import json
import threading
import time
from datetime import timedelta

import httpx
import pytest

from paysandbox import NamespaceClient, SandboxClient, Server
from paysandbox.kit.settings import Settings
from tests.helpers.receiver import Receiver, receiving, status, wait_for
from tests.system.webhooks.calls import bill, log, pay, register

SECRET = b"invoiless-webhook-secret"
EVENTS = ["InvoiceCreated", "TransactionCreated", "InvoicePaid"]


def signature(secret: bytes, content: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("secret", [None, "my own"])
def test_an_event_is_signed(namespace: NamespaceClient, receiver: Receiver, secret: str | None) -> None:
    """With the test secret, or the endpoint's own; over the very bytes that arrive."""
    register(namespace, receiver.url, **({} if secret is None else {"secret": secret}))
    invoice = bill(namespace)
    (delivery,) = log(namespace)
    (request,) = receiver.requests
    expected = signature(SECRET if secret is None else secret.encode(), request.content)
    assert request.headers["invoiless-signature"] == expected
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-sandbox-namespace"] == namespace.namespace
    assert request.headers["x-sandbox-delivery"] == delivery["id"] == "delivery-1"
    body = json.loads(request.content)
    assert (body["type"], body["data"]["id"]) == ("InvoiceCreated", invoice)
    assert delivery["request"]["headers"]["invoiless-signature"] == expected
    assert delivery["progress"] == "delivered"


def test_events_arrive_in_order(namespace: NamespaceClient, receiver: Receiver) -> None:
    """Also while the receiver is slow with the first."""
    register(namespace, receiver.url)
    slow = threading.Event()
    receiver.answers = [wait_for(slow)]
    for _ in range(5):
        pay(namespace)
    slow.set()
    assert [delivery["progress"] for delivery in log(namespace)] == ["delivered"] * 15
    assert receiver.events == EVENTS * 5


def test_a_slow_receiver_holds_up_no_call_and_no_other_endpoint(namespace: NamespaceClient, receiver: Receiver) -> None:
    slow = threading.Event()
    receiver.answers = [wait_for(slow)]
    register(namespace, receiver.url)
    with receiving() as other:
        register(namespace, other.url)
        started = time.perf_counter()
        pay(namespace)
        pay(namespace)
        assert time.perf_counter() - started < 5
        while len(other.requests) < 6:
            time.sleep(0.01)
        assert len(receiver.requests) == 1
        slow.set()
        log(namespace)
        assert receiver.events == other.events == EVENTS * 2


def test_only_the_events_of_the_list_arrive(namespace: NamespaceClient, receiver: Receiver) -> None:
    register(namespace, receiver.url, events=["InvoicePaid"])
    pay(namespace)
    log(namespace)
    assert receiver.events == ["InvoicePaid"]


def test_a_redelivery_has_the_same_body_and_is_made_before_the_reply(
    namespace: NamespaceClient, receiver: Receiver
) -> None:
    register(namespace, receiver.url)
    bill(namespace)
    log(namespace)
    again = namespace.call("POST", "/webhooks/delivery-1/redeliver")
    first, second = receiver.requests
    assert first.content == second.content
    assert second.headers["x-sandbox-delivery"] == again["id"] == "delivery-2"
    assert [delivery["repeats"] for delivery in log(namespace)] == [None, "delivery-1"]


def test_by_default_a_failure_is_final_as_the_vendor_documents_no_retries(
    namespace: NamespaceClient, receiver: Receiver
) -> None:
    receiver.answers = [status(201)]
    register(namespace, receiver.url)
    bill(namespace)
    namespace.clock.advance(timedelta(days=1))
    (delivery,) = log(namespace)
    assert (delivery["progress"], len(receiver.requests)) == ("failed", 1)
    assert delivery["attempts"][0]["error"] == "the reply has the status 201; delivered is what 200 answers"


def test_advancing_the_clock_delivers_what_is_due_before_it_returns(
    namespace: NamespaceClient, receiver: Receiver
) -> None:
    receiver.answers = [status(500), status(503, b"busy")]
    register(namespace, receiver.url, retry_seconds=[10, 60])
    bill(namespace)
    log(namespace)
    namespace.clock.advance(9)
    assert len(receiver.requests) == 1
    namespace.clock.advance(1)
    assert len(receiver.requests) == 2
    namespace.clock.advance(60)
    assert len(receiver.requests) == 3
    (delivery,) = log(namespace)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 503, 200]
    assert [attempt["at"] for attempt in delivery["attempts"]] == [
        "2026-03-31T12:00:00Z",
        "2026-03-31T12:00:10Z",
        "2026-03-31T12:01:10Z",
    ]
    assert delivery["attempts"][1]["reply"] == "busy"
    assert all(attempt["duration_ms"] > 0 for attempt in delivery["attempts"])


def test_a_running_clock_delivers_by_itself(namespace: NamespaceClient, receiver: Receiver) -> None:
    receiver.answers = [status(500)]
    namespace.clock.release()
    register(namespace, receiver.url, retry_seconds=[1])
    bill(namespace)
    until = time.monotonic() + 20
    while len(receiver.requests) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert [attempt["status"] for attempt in log(namespace)[0]["attempts"]] == [500, 200]


def test_an_invoice_becomes_overdue_as_the_clock_passes(namespace: NamespaceClient, receiver: Receiver) -> None:
    register(namespace, receiver.url, events=["InvoiceOverdue"])
    bill(namespace)
    namespace.clock.advance(timedelta(days=31))
    assert receiver.events == ["InvoiceOverdue"]


def test_faults_of_deliveries(namespace: NamespaceClient, receiver: Receiver) -> None:
    """Twice, after the next, never, later."""
    register(namespace, receiver.url)
    for event, effect in (
        ("InvoiceCreated", {"webhook": "reorder"}),
        ("TransactionCreated", {"webhook": "duplicate"}),
        ("InvoicePaid", {"webhook_delay": 30}),
    ):
        namespace.call("POST", "/faults", {"event": event, "when": {"times": 1}, "then": effect})
    pay(namespace)
    log(namespace)
    assert receiver.events == ["TransactionCreated", "TransactionCreated", "InvoiceCreated"]
    namespace.clock.advance(30)
    assert receiver.events[3:] == ["InvoicePaid"]
    namespace.call("POST", "/faults", {"event": "InvoicePaid", "then": {"webhook": "drop"}})
    pay(namespace)
    assert log(namespace)[-1]["progress"] == "dropped"
    assert receiver.events[4:] == EVENTS[:2]


def test_an_endpoint_for_all_namespaces(receiver: Receiver) -> None:
    """`serve --webhook URL`."""
    with Server(settings=Settings(webhook_urls=(receiver.url,))) as server:
        for name in ("one", "two"):
            with SandboxClient(server.url()).namespace(name) as namespace:
                bill(namespace)
                assert [delivery["progress"] for delivery in log(namespace)] == ["delivered"]
    assert [request.headers["x-sandbox-namespace"] for request in receiver.requests] == ["one", "two"]


def test_a_receiver_may_call_the_sandbox_while_it_gets_an_event(namespace: NamespaceClient, receiver: Receiver) -> None:
    """As real ones do, to read what the event is about."""
    found = []

    def read_invoice(handler: object) -> None:
        invoice = json.loads(receiver.requests[-1].content)["data"]["id"]
        headers = {"api-key": namespace.credentials("invoiless")["api_key"]}
        url = f"{namespace.url('invoiless')}/v1/invoices/{invoice}"
        found.append(httpx.get(url, headers=headers, timeout=30).json()["id"])
        status(200)(handler)  # type: ignore[arg-type] # the handler of the receiver

    receiver.answers = [read_invoice]
    register(namespace, receiver.url)
    assert [bill(namespace)] == (log(namespace) and found)


def test_a_stopping_server_waits_for_no_receiver(receiver: Receiver) -> None:
    slow = threading.Event()
    receiver.answers = [wait_for(slow)]
    with Server() as server:
        namespace = SandboxClient(server.url()).namespace()
        register(namespace, receiver.url)
        bill(namespace)
        while not receiver.requests:
            time.sleep(0.01)
        started = time.perf_counter()
    assert time.perf_counter() - started < 5
    slow.set()
