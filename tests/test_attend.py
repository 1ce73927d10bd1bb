"""Failures on order: a status in the provider's words, or a reply that is late, cut or lost; done or not done."""

import asyncio
import contextlib
from typing import Any

import pytest
from msgspec.structs import replace

from sandbox.documents import write_json
from sandbox.edge import HANG_UP, Edge
from sandbox.exchange import PROBLEM_TYPE
from sandbox.faults import Effect, Fault, When
from sandbox.namespaces import DEFAULT
from sandbox.provider import installed
from sandbox.world import World
from tests.support import Client, dump
from tests.valid_calls import ValidCall, first_calls, operations, valid_call

PROVIDERS = [provider.name for provider in installed()]
WITH_WORDS = [provider.name for provider in installed() if provider.fail is not None]
CONTROL_CALLS = ["health", "providers", "namespaces", "namespaces/default", "namespaces/default/faults"]


def order(world: World, effect: Effect, when: When | None = None, **target: Any) -> Fault:
    """A fault in the default namespace."""
    faults = world.namespaces.get(DEFAULT).faults
    return faults.add(target.get("provider"), target.get("operation"), when or When(), effect)


def everything(world: World, namespace: str = DEFAULT) -> dict[str, Any]:
    """What all providers remember."""
    return {name: dump(world, name, namespace) for name in world.services}


def first_call(world: World, provider: str) -> ValidCall:
    """A valid call that creates something."""
    return next(call for call in first_calls(world) if call.service.provider.name == provider)


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
def test_a_status_comes_in_the_providers_words_and_nothing_is_done(world: World, provider: str, status: int) -> None:
    """Of every operation, with an explanation that names the fault; records and id counters stay."""
    fault = order(world, Effect(status=status))
    before = everything(world)
    service = world.services[provider]
    state = world.namespaces.get(DEFAULT).state(provider)
    assert service.provider.fail is not None
    expected = service.provider.fail(status, state)
    for operation in service.contract.operations:
        response = valid_call(world, provider, operation).send(Client(world))
        assert response.status == status
        assert response.headers.get("content-type") != PROBLEM_TYPE
        assert (response.json if response.content else ...) == (expected.body if response.content else ...)
        assert bool(response.content) == bool(expected.body)
        assert response.explain == f"fault-1 of this namespace answers {status}; nothing was done"
    assert everything(world) == before
    assert fault.fired == len(service.contract.operations)


@pytest.mark.parametrize("provider", WITH_WORDS)
def test_every_provider_has_words_for_every_status(world: World, provider: str) -> None:
    """400 to 599, which a fault may ask for; what its contract documents is as documented."""
    client, service = Client(world), world.services[provider]
    call = first_call(world, provider)
    for status in range(400, 600):
        fault = order(world, Effect(status=status), When(times=1))
        response = call.send(client)
        assert (response.status, fault.fired) == (status, 1)
        answerable = call.operation.replies.get(status)
        if answerable is not None:
            state = world.namespaces.get(DEFAULT).state(provider)
            assert service.provider.fail is not None
            call.operation.check_reply(service.provider.fail(status, state))


def test_a_provider_without_words_of_its_own_answers_an_empty_body(world: World) -> None:
    """The status says it; where a documented status needs a body, the sandbox says that its provider has none."""
    name = "invisible_collector"
    service = world.services[name]
    wordless = World(
        services={name: replace(service, provider=replace(service.provider, fail=None))},
        control=world.control,
        namespaces=world.namespaces,
        settings=world.settings,
        version=world.version,
        time=world.time,
    )
    call = first_call(world, name)
    asked = call.send(Client(wordless), prefer="code=404")
    assert (asked.status, asked.json["title"]) == (500, "The sandbox broke its own contract")
    assert "invisible_collector has no words for 404" in asked.json["detail"]
    order(world, Effect(status=404))
    response = call.send(Client(wordless))
    assert (response.status, response.content, "content-type" in response.headers) == (404, b"", False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_fault_for_one_operation_leaves_the_others(world: World, provider: str) -> None:
    """And the others of its provider, and all other providers."""
    service, client = world.services[provider], Client(world)
    target = service.contract.operations[0]
    order(world, Effect(status=503), provider=provider, operation=target.id)
    for name, operation in operations(world):
        response = valid_call(world, name, operation).send(client, f"/ns/{DEFAULT}")
        assert (response.status == 503) == (name == provider and operation.id == target.id), (name, operation.id)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_has_no_route_is_struck_by_faults_for_any_operation(world: World, provider: str) -> None:
    """A server that is down answers nobody; one operation's fault leaves it."""
    root, client = f"/{world.services[provider].provider.prefix}", Client(world)
    operation = world.services[provider].contract.operations[0]
    order(world, Effect(status=503), provider=provider, operation=operation.id)
    assert client.get(f"{root}/no/such/path").status == 404
    order(world, Effect(status=503), provider=provider)
    assert client.get(f"{root}/no/such/path").status == 503
    assert client.call("BREW", first_call(world, provider).path).status == 503


@pytest.mark.parametrize(
    "effect", [Effect(status=503), Effect(drop="before"), Effect(drop="after"), Effect(truncate=0)]
)
def test_health_and_the_control_plane_are_never_struck(world: World, client: Client, effect: Effect) -> None:
    """Or nobody could call the fault off."""
    fault = order(world, effect)
    for path in CONTROL_CALLS:
        assert client.get(f"/_sandbox/{path}").status == 200
    assert client.get("/nobody").status == 404
    assert fault.fired == 0
    assert client.delete(f"/_sandbox/namespaces/{DEFAULT}/faults").status == 204
    assert all(call.send(client).status < 300 for call in first_calls(world))


def test_another_namespace_is_never_struck(world: World, client: Client) -> None:
    """It is another test's."""
    fault = order(world, Effect(status=503))
    for call in first_calls(world):
        assert call.carried_out(call.send(client, "/ns/other"), world)
        assert call.send(client).status == 503
    assert fault.fired == len(world.services)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_lost_before_is_not_done_and_one_lost_after_is(world: World, provider: str) -> None:
    """Either way the connection is closed without a byte."""
    call, client = first_call(world, provider), Client(world)
    before = everything(world)
    for drop in ("before", "after"):
        order(world, Effect(drop=drop), When(times=1))
        with pytest.raises(ConnectionAbortedError):
            call.send(client)
        assert (everything(world) == before) == (drop == "before")
    assert call.carried_out(call.send(client, "/ns/twin"), world)
    counted = {name: len(rows) for name, rows in dump(world, provider).items()}
    assert counted == {name: len(rows) for name, rows in dump(world, provider, "twin").items()}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_reply_that_waits_is_whole_and_all_is_done_before(world: World, slept: list[Any], provider: str) -> None:
    """As long as the fault says, in seconds; the reply is that of a call without it."""
    call, client = first_call(world, provider), Client(world)
    plain = call.send(client)
    world.namespaces.get(DEFAULT).reset()
    order(world, Effect(delay_ms=250))
    late = call.send(client)
    assert slept == [0.25]
    assert (late.status, late.content) == (plain.status, plain.content)
    assert "x-sandbox-explain" not in late.headers


def test_only_the_delayed_call_waits(world: World, client: Client, slept: list[Any]) -> None:
    """No other fault, and no call without one."""
    for effect in (Effect(status=503), Effect(delay_ms=0), Effect(delay_ms=600_000)):
        order(world, effect, When(times=1))
    calls = [call.send(client) for call in [*first_calls(world), *first_calls(world)]]
    assert len(calls) == len(world.services) * 2
    assert slept == [0, 600]


@pytest.mark.parametrize("size", [0, 1, 10])
def test_a_cut_reply_says_how_long_it_would_be(world: World, size: int) -> None:
    """So many bytes of its body come, and all is done."""
    call = first_call(world, "invoiless")
    order(world, Effect(truncate=size))
    before = everything(world)
    sent = messages(world, call)
    (start, body), headers = sent, dict(sent[0]["headers"])
    assert start["status"] == 201
    assert len(body["body"]) == size < int(headers[b"content-length"])
    assert body["more_body"]
    assert everything(world) != before


def test_a_reply_shorter_than_the_cut_is_whole(world: World, client: Client) -> None:
    """Nothing is cut off, and the connection stays."""
    fault = order(world, Effect(truncate=1 << 20))
    response = first_call(world, "invoiless").send(client)
    assert (response.status, fault.fired) == (201, 1)
    assert len(response.content) == int(response.headers["content-length"])


def messages(world: World, call: ValidCall) -> list[Any]:
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
        Edge(world)(scope, receive, send).send(None)
    assert sent.pop() == "hung up"
    return sent


def test_a_struck_call_has_its_number_and_stands_in_the_journal(world: World, client: Client) -> None:
    """With the fault, and without a status where nothing was answered."""
    call = first_call(world, "invoicexpress")
    effects = [Effect(status=503), Effect(drop="before"), Effect(drop="after"), Effect(truncate=1)]
    for effect in effects:
        order(world, effect, When(times=1))
        with contextlib.suppress(ConnectionAbortedError):
            call.send(client)
    entries = list(world.namespaces.get(DEFAULT).journal)
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [(entry.struck_by, entry.status) for entry in entries] == [
        ("fault-1", 503),
        ("fault-2", None),
        ("fault-3", 200),
        ("fault-4", 200),
    ]
    assert [entry.effect for entry in entries] == effects
    assert {entry.operation for entry in entries} == {call.operation.id}
    assert call.send(client).headers["x-sandbox-request"] == "default-5"


def test_a_call_lost_before_has_exercised_nothing(world: World, client: Client) -> None:
    """One lost after has: it was answered."""
    call = first_call(world, "invoicexpress")
    namespace = world.namespaces.get(DEFAULT)
    for drop in ("before", "after"):
        order(world, Effect(drop=drop), When(times=1))
        with pytest.raises(ConnectionAbortedError):
            call.send(client)
        assert bool(namespace.counts) == (drop == "after")
