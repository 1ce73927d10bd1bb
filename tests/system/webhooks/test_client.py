"""Webhooks by the Python client: register, read the log, deliver again, remove."""

import pytest

from paysandbox import NamespaceClient, SandboxError
from tests.helpers.receiver import Receiver, status
from tests.system.webhooks.calls import bill, pay


def test_an_endpoint_gets_events_until_it_is_removed(namespace: NamespaceClient, receiver: Receiver) -> None:
    endpoint = namespace.webhook(receiver.url, events=["InvoicePaid"], provider="invoiless", secret="hush")
    pay(namespace)
    (delivery,) = namespace.webhooks()
    assert (delivery["endpoint"], delivery["progress"]) == (endpoint.id, "delivered")
    endpoint.remove()
    pay(namespace)
    assert (len(namespace.webhooks()), receiver.events) == (1, ["InvoicePaid"])


def test_the_log_is_filtered_and_a_delivery_made_again(namespace: NamespaceClient, receiver: Receiver) -> None:
    receiver.answers = [status(500)]
    namespace.webhook(receiver.url)
    pay(namespace)
    assert [delivery["event"] for delivery in namespace.webhooks(progress="failed")] == ["InvoiceCreated"]
    assert namespace.redeliver("delivery-1") == "delivery-4"
    assert receiver.events == ["InvoiceCreated", "TransactionCreated", "InvoicePaid", "InvoiceCreated"]
    assert [delivery["id"] for delivery in namespace.webhooks(event="InvoiceCreated")] == ["delivery-1", "delivery-4"]


def test_a_fault_of_deliveries_counts_them(namespace: NamespaceClient, receiver: Receiver) -> None:
    namespace.webhook(receiver.url)
    fault = namespace.fault(event="InvoiceCreated", then={"webhook": "drop"})
    bill(namespace)
    assert (fault.fired, receiver.events) == (1, [])
    fault.call_off()
    bill(namespace)
    assert [delivery["progress"] for delivery in namespace.webhooks()] == ["dropped", "delivered"]


def test_a_refusal_says_what_is_wrong(namespace: NamespaceClient) -> None:
    with pytest.raises(SandboxError, match="there is no event 'Paid'"):
        namespace.webhook("http://127.0.0.1:9/", events=["Paid"])
    with pytest.raises(SandboxError, match="the log has no delivery"):
        namespace.redeliver("delivery-1")
