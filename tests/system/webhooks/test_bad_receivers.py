"""Receivers and hosts that must not be trusted: nothing hangs, nothing else is called, and the log says why."""

import socket
import threading
import time

import httpx
import pytest
from msgspec.structs import replace

from paysandbox import NamespaceClient, SandboxClient, Server
from paysandbox.delivery import deliverer
from paysandbox.kit.settings import Settings
from tests.helpers.receiver import Receiver, endless, hang_up, receiving, status, wait_for
from tests.system.webhooks.calls import bill, log, only_attempt, register

FAR = "192.0.2.1"  # of a network that is kept for examples


def test_a_redirect_is_not_followed(namespace: NamespaceClient, receiver: Receiver) -> None:
    with receiving() as target:
        receiver.answers = [status(302, headers={"Location": target.url})]
        register(namespace, receiver.url)
        bill(namespace)
        attempt = only_attempt(namespace)
        assert (attempt["status"], attempt["progress"]) == (302, "failed")
        assert attempt["error"].endswith("redirects are not followed")
        assert target.requests == []


def test_an_endless_reply_is_cut(namespace: NamespaceClient, receiver: Receiver) -> None:
    """The status decides; the connection is closed."""
    receiver.answers = [endless]
    register(namespace, receiver.url)
    started = time.perf_counter()
    bill(namespace)
    attempt = only_attempt(namespace)
    assert time.perf_counter() - started < 8
    assert (attempt["progress"], attempt["is_cut"], len(attempt["reply"])) == ("delivered", True, 4096)


def test_a_connection_that_is_closed_is_a_failure(namespace: NamespaceClient, receiver: Receiver) -> None:
    receiver.answers = [hang_up]
    register(namespace, receiver.url)
    bill(namespace)
    attempt = only_attempt(namespace)
    assert (attempt["status"], attempt["progress"]) == (None, "failed")
    assert "without sending a response" in attempt["error"]


def test_a_port_without_a_receiver_is_a_failure(namespace: NamespaceClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        register(namespace, f"http://127.0.0.1:{unused.getsockname()[1]}/")
        bill(namespace)
        assert only_attempt(namespace)["progress"] == "failed"


def test_a_silent_receiver_is_given_up(
    server: Server, namespace: NamespaceClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten seconds, of which the test waits for one: the call that waits for it is held no longer than that."""
    service = server.runtime.services["invoiless"]
    form = service.provider.webhooks
    assert form is not None
    assert form.seconds == 10
    provider = replace(service.provider, webhooks=replace(form, seconds=1))
    monkeypatch.setitem(server.runtime.services, "invoiless", service.replace(provider=provider))
    slow = threading.Event()
    receiver.answers = [wait_for(slow)]
    register(namespace, receiver.url)
    bill(namespace)
    started = time.perf_counter()
    attempt = only_attempt(namespace)
    assert 0.8 < time.perf_counter() - started < 8
    assert (attempt["progress"], attempt["error"]) == ("failed", "there was no whole reply within 1 seconds")
    slow.set()


def test_a_control_call_waits_only_so_long(
    server: Server, namespace: NamespaceClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not done by then stands in the log as waiting."""
    monkeypatch.setattr(deliverer, "WAIT_SECONDS", 1)
    slow = threading.Event()
    receiver.answers = [wait_for(slow)]
    register(namespace, receiver.url)
    bill(namespace)
    started = time.perf_counter()
    assert log(namespace)[0]["progress"] == "waiting"
    assert time.perf_counter() - started < 5
    assert SandboxClient(server.url()).health()["status"] == "ok"
    slow.set()


def test_the_log_says_why_nothing_was_delivered(server: Server, namespace: NamespaceClient) -> None:
    """Of an endpoint that was registered for a host that is not allowed any more."""
    webhooks = server.runtime.namespaces.get(namespace.namespace).open_webhooks()
    webhooks.add_endpoint(f"http://{FAR}/")
    bill(namespace)
    attempt = only_attempt(namespace)
    assert (attempt["progress"], attempt["status"]) == ("failed", None)
    assert "--webhook-allow" in attempt["error"]


def test_an_endpoint_that_is_the_sandbox_itself_changes_nothing(server: Server, namespace: NamespaceClient) -> None:
    """Its control plane refuses deliveries, and a provider finds no credential in one."""
    for path in (f"/_sandbox/namespaces/{namespace.namespace}/reset", "/invoiless/v1/invoices"):
        register(namespace, server.url() + path)
    invoice = bill(namespace)
    assert [delivery["attempts"][0]["status"] for delivery in log(namespace)] == [403, 403]
    assert invoice in namespace.state("invoiless", "invoices")


def test_an_allowed_host_can_be_registered() -> None:
    with Server(settings=Settings(webhook_hosts=("10.1.2.3",))) as server:
        namespace = SandboxClient(server.url()).namespace()
        assert register(namespace, "http://10.1.2.3/") == "endpoint-1"


def test_proxies_of_the_environment_are_not_used(
    namespace: NamespaceClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{FAR}:9")
    register(namespace, receiver.url)
    with httpx.Client(trust_env=False) as client:
        headers = {"api-key": namespace.credentials("invoiless")["api_key"]}
        body = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label design", "price": 480}]}
        assert client.post(f"{namespace.url('invoiless')}/v1/invoices", json=body, headers=headers).status_code == 201
    assert only_attempt(namespace)["progress"] == "delivered"
