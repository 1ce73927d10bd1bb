"""Failures on order: a status in the provider's words, or a reply that is late, cut or lost; done or not done."""

import asyncio
import contextlib
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.app import Sandbox
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import PROBLEM_TYPE
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, Fault, When
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.effects import HANG_UP
from tests.helpers.runtimes import Client, dump
from tests.helpers.valid_calls import ValidCall, first_calls, operations, valid_call

PROVIDERS = [provider.name for provider in find_providers()]
WITH_WORDS = [provider.name for provider in find_providers() if provider.fail is not None]
CONTROL_CALLS = ["health", "providers", "namespaces", "namespaces/default", "namespaces/default/faults"]


def order(runtime: Runtime, effect: Effect, when: When | None = None, **target: Any) -> Fault:
    """A fault in the default namespace."""
    faults = runtime.namespaces.get(DEFAULT).faults
    return faults.add(target.get("provider"), target.get("operation"), when or When(), effect)


def everything(runtime: Runtime, namespace: str = DEFAULT) -> dict[str, Any]:
    return {name: dump(runtime, name, namespace) for name in runtime.services}


def first_call(runtime: Runtime, provider: str) -> ValidCall:
    """A valid call that creates something."""
    return next(call for call in first_calls(runtime) if call.service.provider.name == provider)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """How long the edge wanted to sleep; it does not."""
    asked: list[Any] = []

    async def sleep(seconds: Any) -> None:
        asked.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return asked


@pytest.mark.parametrize("provider", WITH_WORDS)
@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 599])
def test_a_status_comes_in_the_providers_words_and_nothing_is_done(
    runtime: Runtime, provider: str, status: int
) -> None:
    """Of every operation, with an explanation that names the fault; records and id counters stay."""
    fault = order(runtime, Effect(status=status))
    before = everything(runtime)
    service = runtime.services[provider]
    state = runtime.namespaces.get(DEFAULT).state(provider)
    assert service.provider.fail is not None
    expected = service.provider.fail(status, state)
    for operation in service.contract.operations:
        response = valid_call(runtime, provider, operation).send(Client(runtime))
        assert response.status == status
        assert response.headers.get("content-type") != PROBLEM_TYPE
        assert (response.json if response.content else ...) == (expected.body if response.content else ...)
        assert bool(response.content) == bool(expected.body)
        assert response.explain == f"fault-1 of this namespace answers {status}; the call was not processed"
    assert everything(runtime) == before
    assert fault.fired == len(service.contract.operations)


@pytest.mark.parametrize("provider", WITH_WORDS)
def test_every_provider_has_words_for_every_status(runtime: Runtime, provider: str) -> None:
    """400 to 599, which a fault may ask for; what its contract documents is as documented."""
    client, service = Client(runtime), runtime.services[provider]
    call = first_call(runtime, provider)
    for status in range(400, 600):
        fault = order(runtime, Effect(status=status), When(times=1))
        response = call.send(client)
        assert (response.status, fault.fired) == (status, 1)
        answerable = call.operation.replies.get(status)
        if answerable is not None:
            state = runtime.namespaces.get(DEFAULT).state(provider)
            assert service.provider.fail is not None
            call.operation.check_reply(service.provider.fail(status, state))


def test_a_provider_without_words_of_its_own_answers_an_empty_body(runtime: Runtime) -> None:
    """The status says it; where a documented status needs a body, the sandbox says that its provider has none."""
    name = "invisible_collector"
    service = runtime.services[name]
    wordless = Runtime(
        services={name: service.replace(provider=replace(service.provider, fail=None))},
        control=runtime.control,
        namespaces=runtime.namespaces,
        settings=runtime.settings,
        version=runtime.version,
        time=runtime.time,
    )
    call = first_call(runtime, name)
    asked = call.send(Client(wordless), prefer="code=404")
    assert (asked.status, asked.json["title"]) == (500, "The sandbox broke its own contract")
    assert "invisible_collector has no reply for 404" in asked.json["detail"]
    order(runtime, Effect(status=404))
    response = call.send(Client(wordless))
    assert (response.status, response.content, "content-type" in response.headers) == (404, b"", False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_fault_for_one_operation_leaves_the_others(runtime: Runtime, provider: str) -> None:
    """And the others of its provider, and all other providers."""
    service, client = runtime.services[provider], Client(runtime)
    target = service.contract.operations[0]
    order(runtime, Effect(status=503), provider=provider, operation=target.id)
    for name, operation in operations(runtime):
        response = valid_call(runtime, name, operation).send(client, f"/ns/{DEFAULT}")
        assert (response.status == 503) == (name == provider and operation.id == target.id), (name, operation.id)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_has_no_route_is_struck_by_faults_for_any_operation(runtime: Runtime, provider: str) -> None:
    """A fault of all operations includes them; a fault of one operation does not."""
    root, client = f"/{runtime.services[provider].provider.prefix}", Client(runtime)
    operation = runtime.services[provider].contract.operations[0]
    order(runtime, Effect(status=503), provider=provider, operation=operation.id)
    assert client.get(f"{root}/no/such/path").status == 404
    order(runtime, Effect(status=503), provider=provider)
    assert client.get(f"{root}/no/such/path").status == 503
    assert client.call("BREW", first_call(runtime, provider).path).status == 503


@pytest.mark.parametrize(
    "effect", [Effect(status=503), Effect(drop="before"), Effect(drop="after"), Effect(truncate=0)]
)
def test_health_and_the_control_plane_are_never_struck(runtime: Runtime, client: Client, effect: Effect) -> None:
    """Otherwise the fault could not be deleted."""
    fault = order(runtime, effect)
    for path in CONTROL_CALLS:
        assert client.get(f"/_sandbox/{path}").status == 200
    assert client.get("/nobody").status == 404
    assert fault.fired == 0
    assert client.delete(f"/_sandbox/namespaces/{DEFAULT}/faults").status == 204
    assert all(call.send(client).status < 300 for call in first_calls(runtime))


def test_another_namespace_is_never_struck(runtime: Runtime, client: Client) -> None:
    fault = order(runtime, Effect(status=503))
    for call in first_calls(runtime):
        assert call.carried_out(call.send(client, "/ns/other"), runtime)
        assert call.send(client).status == 503
    assert fault.fired == len(runtime.services)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_lost_before_is_not_done_and_one_lost_after_is(runtime: Runtime, provider: str) -> None:
    """Either way the connection is closed without a byte."""
    call, client = first_call(runtime, provider), Client(runtime)
    before = everything(runtime)
    for drop in ("before", "after"):
        order(runtime, Effect(drop=drop), When(times=1))
        with pytest.raises(ConnectionAbortedError):
            call.send(client)
        assert (everything(runtime) == before) == (drop == "before")
    assert call.carried_out(call.send(client, "/ns/twin"), runtime)
    counted = {name: len(rows) for name, rows in dump(runtime, provider).items()}
    assert counted == {name: len(rows) for name, rows in dump(runtime, provider, "twin").items()}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_reply_that_waits_is_whole_and_all_is_done_before(runtime: Runtime, slept: list[Any], provider: str) -> None:
    """As long as the fault says, in seconds; the reply is that of a call without it."""
    call, client = first_call(runtime, provider), Client(runtime)
    plain = call.send(client)
    runtime.namespaces.get(DEFAULT).reset()
    order(runtime, Effect(delay_ms=250))
    late = call.send(client)
    assert slept == [0.25]
    assert (late.status, late.content) == (plain.status, plain.content)
    assert "x-sandbox-explain" not in late.headers


def test_only_the_delayed_call_waits(runtime: Runtime, client: Client, slept: list[Any]) -> None:
    """No other fault, and no call without one."""
    for effect in (Effect(status=503), Effect(delay_ms=0), Effect(delay_ms=600_000)):
        order(runtime, effect, When(times=1))
    calls = [call.send(client) for call in [*first_calls(runtime), *first_calls(runtime)]]
    assert len(calls) == len(runtime.services) * 2
    assert slept == [0, 600]


@pytest.mark.parametrize("size", [0, 1, 10])
def test_a_cut_reply_says_how_long_it_would_be(runtime: Runtime, size: int) -> None:
    """So many bytes of its body come, and all is done."""
    call = first_call(runtime, "invoiless")
    order(runtime, Effect(truncate=size))
    before = everything(runtime)
    sent = messages(runtime, call)
    (start, body), headers = sent, dict(sent[0]["headers"])
    assert start["status"] == 201
    assert len(body["body"]) == size < int(headers[b"content-length"])
    assert body["more_body"]
    assert everything(runtime) != before


def test_a_reply_shorter_than_the_cut_is_whole(runtime: Runtime, client: Client) -> None:
    """Nothing is cut off, and the connection stays."""
    fault = order(runtime, Effect(truncate=1 << 20))
    response = first_call(runtime, "invoiless").send(client)
    assert (response.status, fault.fired) == (201, 1)
    assert len(response.content) == int(response.headers["content-length"])


def messages(runtime: Runtime, call: ValidCall) -> list[Any]:
    """What the application sends before it gives the connection up."""
    sent: list[Any] = []
    content = write_json(call.body)
    pairs = {"content-type": "application/json", **call.headers}

    async def receive() -> Any:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": call.operation.method,
        "scheme": "http",
        "path": call.path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        HANG_UP: lambda: sent.append("hung up"),
    }
    with pytest.raises(StopIteration):
        Sandbox(runtime)(scope, receive, send).send(None)
    assert sent.pop() == "hung up"
    return sent


def test_a_struck_call_has_its_number_and_stands_in_the_journal(runtime: Runtime, client: Client) -> None:
    """With the fault, and without a status where nothing was answered."""
    call = first_call(runtime, "invoicexpress")
    effects = [Effect(status=503), Effect(drop="before"), Effect(drop="after"), Effect(truncate=1)]
    for effect in effects:
        order(runtime, effect, When(times=1))
        with contextlib.suppress(ConnectionAbortedError):
            call.send(client)
    entries = list(runtime.namespaces.get(DEFAULT).journal)
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [(entry.fault_id, entry.status) for entry in entries] == [
        ("fault-1", 503),
        ("fault-2", None),
        ("fault-3", 200),
        ("fault-4", 200),
    ]
    assert [entry.effect for entry in entries] == effects
    assert {entry.operation for entry in entries} == {call.operation.id}
    assert call.send(client).headers["x-sandbox-request"] == "default-5"


def test_a_call_lost_before_has_exercised_nothing(runtime: Runtime, client: Client) -> None:
    """One lost after has: it was answered."""
    call = first_call(runtime, "invoicexpress")
    namespace = runtime.namespaces.get(DEFAULT)
    for drop in ("before", "after"):
        order(runtime, Effect(drop=drop), When(times=1))
        with pytest.raises(ConnectionAbortedError):
            call.send(client)
        assert bool(namespace.counts) == (drop == "after")
