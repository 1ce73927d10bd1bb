"""What a client is answered directly is byte for byte what ASGI answers: every operation, and hostile requests."""

import asyncio
from random import Random

import pytest

from paysandbox.app import Sandbox
from paysandbox.kit.runtime import Runtime
from tests.helpers.raw_http import Message
from tests.helpers.runtimes import fresh_runtime
from tests.helpers.stores import MemoryLog, create_worker
from tests.helpers.valid_calls import operations, valid_call
from tools.fuzz.heads_side import Side
from tools.fuzz.http_cases import hostile_request, message_of, packets

RESET = Message("POST", "/_sandbox/reset", (("host", "127.0.0.1"), ("connection", "keep-alive")))
FAULTS = RESET.but(target="/_sandbox/namespaces/default/faults")
EFFECTS = ('{"status":503}', '{"delay_ms":1500}', '{"drop":"before"}', '{"drop":"after"}', '{"truncate":5}')


class WaitingLog(MemoryLog):
    """A log that waits for a turn of the event loop."""

    waits = True

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        await asyncio.sleep(0)
        return await super().append(namespace, version, content, keep_from=keep_from)


@pytest.fixture(params=["memory", "store", "store that waits"])
def sides(runtime: Runtime, request: pytest.FixtureRequest) -> tuple[Side, Side]:
    """The same sandbox twice, one behind each protocol; in memory, and over a store, where replies wait."""
    logs = {"memory": None, "store": MemoryLog(), "store that waits": WaitingLog()}
    log = logs[request.param]
    direct_runtime = fresh_runtime(runtime) if log is None else create_worker(runtime, log)
    apps = [Sandbox(direct_runtime), Sandbox(fresh_runtime(runtime))]
    direct, by_asgi = (Side(app, app.door, runtime.settings, is_direct=number == 0) for number, app in enumerate(apps))
    return direct, by_asgi


def exchange(sides: tuple[Side, Side], *parts: bytes) -> bytes:
    """Send packets to both, on connections of their own; return what both answer."""
    for side in sides:
        side.connect()
        for part in filter(None, parts):
            side.receive(part)
        side.pass_time(2)
    states = [side.state() for side in sides]
    assert states[0] == states[1]
    (said, *_) = states[0]
    assert isinstance(said, bytearray)
    for side in sides:
        side.lose()
    return bytes(said)


@pytest.mark.slow
def test_every_operation_is_answered_the_same(sides: tuple[Side, Side], runtime: Runtime) -> None:
    """Carried out and refused, with a new head and with a known one, at once and with the body apart."""
    for provider, operation in operations(runtime):
        message = message_of(valid_call(runtime, provider, operation)).having("connection", "keep-alive")
        said = exchange(sides, message.wire, message.wire, message.head, message.body, RESET.wire)
        assert said.count(b"HTTP/1.1 ") == 4, (provider, operation.id)


@pytest.mark.parametrize("effect", EFFECTS)
def test_faults_are_the_same(sides: tuple[Side, Side], runtime: Runtime, effect: str) -> None:
    """Of a request with a known head, too."""
    provider, operation = next(operations(runtime))
    call = message_of(valid_call(runtime, provider, operation)).having("connection", "keep-alive").wire
    fault = FAULTS.having("content-type", "application/json").but(
        body=b'{"when":{"times":1},"then":%b}' % effect.encode()
    )
    assert b"201 Created" in exchange(sides, call, call, fault.wire)
    exchange(sides, call, call, call)


@pytest.mark.parametrize(
    "path", ["/", "/_sandbox/", "/_sandbox/docs/invoiless", "/_sandbox/nothing", "/nothing", "/_sandbox"]
)
def test_pages_are_the_same(sides: tuple[Side, Side], path: str) -> None:
    page = Message("GET", path, (("host", "127.0.0.1"), ("accept", "text/html"), ("connection", "keep-alive")))
    assert exchange(sides, page.wire, page.wire, page.but(method="HEAD").wire).count(b"HTTP/1.1 ") == 3


@pytest.mark.slow
def test_hostile_requests_are_answered_the_same(sides: tuple[Side, Side], runtime: Runtime) -> None:
    dice = Random(1)  # noqa: S311 - it has to be predictable
    calls = [valid_call(runtime, provider, operation) for provider, operation in operations(runtime)]
    for _ in range(300):
        message = message_of(dice.choice(calls)).having("connection", "keep-alive")
        exchange(sides, message.wire, *packets(dice, hostile_request(dice, message)), message.wire, RESET.wire)
