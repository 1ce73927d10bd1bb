"""A server that is told to stop answers what was asked before, takes nothing new, and says nothing of it."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from paysandbox.server import live
from paysandbox.server.live import Live
from paysandbox.store.faults import Effect, When
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.raw_http import PATIENCE, Address, Message
from tests.helpers.runtimes import Response
from tools.soak.served import Served, served

UNKNOWN = Message("GET", "/invoiless/v1/payments/x", (("api-key", "invoiless-test-key"), ("connection", "keep-alive")))
HALF = Message("POST", "/invoiless/v1/invoices", (("content-length", "100"),)).head + b"{"
DELAY_MS = 1500
STOPS = [signal.SIGTERM, signal.SIGINT]


def rest(connection: socket.socket) -> list[Response]:
    """All replies that come until the server closes the connection."""
    received = b""
    while some := connection.recv(1 << 16):
        received += some
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"])
        assert len(received) >= length, "half a body"
        found.append(Response(int(first.split(" ")[1]), headers, received[:length]))
        received = received[length:]
    return found


def control(address: Address, method: str, path: str, body: bytes = b"") -> Any:
    headers = (("content-type", "application/json"),) if body else ()
    with connected(address) as connection:
        connection.sendall(Message(method, f"/_sandbox{path}", headers, body).wire)
        (reply,) = rest(connection)
    return json.loads(reply.content)


def connected(address: Address) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE)


def held_back(address: Address, requests: Sequence[bytes], delay_ms: int = DELAY_MS) -> list[socket.socket]:
    """Connections with calls that are done, and whose replies a fault holds back."""
    control(address, "POST", "/namespaces/default/faults", b'{"then":{"delay_ms":%d}}' % delay_ms)
    connections = [connected(address) for _ in requests]
    for connection, sent in zip(connections, requests, strict=True):
        connection.sendall(sent)
    while control(address, "GET", "/namespaces/default/faults")["faults"][0]["fired"] < len(requests):
        pass
    return connections


def idle(address: Address) -> socket.socket:
    """A connection that was used, and is kept."""
    connection = connected(address)
    connection.sendall(UNKNOWN.wire)
    while not connection.recv(1 << 16).endswith(b"}"):
        pass
    return connection


@contextmanager
def stopping(number: signal.Signals) -> Iterator[Served]:
    """A server that is sent a signal after the block, and then ends with 0, without a word, and listens no more."""
    with served() as running:
        yield running
        running.signal(number)
        assert running.ended() == 0
        assert running.log() == []
        with pytest.raises(ConnectionRefusedError):
            connected(running.address)


@pytest.mark.parametrize("number", STOPS)
def test_replies_that_a_fault_holds_back_come_whole(number: signal.Signals) -> None:
    """Whatever idles beside them is closed: waiting for it to the end would be logged."""
    with stopping(number) as running:
        kept = idle(running.address)
        late = held_back(running.address, [UNKNOWN.wire] * 3)
    for connection in late:
        (reply,) = rest(connection)
        assert (reply.status, reply.headers["connection"]) == (404, "close")
        assert reply.json
        connection.close()
    with kept:
        assert rest(kept) == []


@pytest.mark.parametrize("number", STOPS)
def test_signals_that_go_on_until_the_end_break_nothing_off(number: signal.Signals) -> None:
    """Calls on their way or not, the process ends with 0 and without a traceback."""
    with stopping(number) as running:
        late = held_back(running.address, [UNKNOWN.wire] * 3, delay_ms=100)
        deadline = time.monotonic() + PATIENCE
        while running.process.poll() is None and time.monotonic() < deadline:
            running.signal(number)
            time.sleep(0.001)
    for connection in late:
        connection.close()


def test_a_second_sigint_ends_the_waiting_in_silence() -> None:
    """Once the server has begun to stop: replies on their way are given up."""
    with stopping(signal.SIGINT) as running:
        kept = idle(running.address)
        late = held_back(running.address, [UNKNOWN.wire] * 3, delay_ms=4500)
        running.signal(signal.SIGINT)
        with kept:
            assert rest(kept) == []
    for connection in late:
        connection.close()


class Halted:
    """A server in a thread whose loop stands still at the moment when it is told to stop."""

    def __init__(self, loop: str) -> None:
        self.live = Live()
        self._up, self._reached, self._released = threading.Event(), threading.Event(), threading.Event()
        self._server = self.live.server(self._up.set, log_config=None, access_log=False, loop=loop)
        self._server.on_tick = self._on_tick  # type: ignore[method-assign] # the moment that is meant
        self._halts = False
        self._signals: tuple[signal.Signals, ...] = ()
        self._thread = threading.Thread(target=self.live.run, args=[self._server], daemon=True)
        self._thread.start()
        assert self._up.wait(PATIENCE)
        self.address = ("127.0.0.1", int(self.live.url.rpartition(":")[2]))

    async def _on_tick(self, counter: int) -> bool:  # noqa: ARG002 - its name is uvicorn's
        if not self._halts:
            return False
        self._reached.set()
        assert self._released.wait(PATIENCE)
        for number in self._signals:
            self._server.handle_exit(number, None)
        return True

    @contextmanager
    def halt(self, *signals: signal.Signals) -> Iterator[None]:
        """For the block its loop stands still; then it is told to stop, and has stopped."""
        self._signals, self._halts = signals, True
        assert self._reached.wait(PATIENCE)
        yield
        self._released.set()

    def ended(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def hold_back(self, delay_ms: int, times: int | None = None) -> None:
        """Let replies in the default namespace be late."""
        faults = self.live.runtime.namespaces.get(DEFAULT).faults
        faults.add(None, None, When(times=times), Effect(delay_ms=delay_ms))

    def fired(self) -> int:
        (fault,) = self.live.runtime.namespaces.get(DEFAULT).faults
        return fault.fired


@pytest.fixture(params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> str:
    """Each that it may run on."""
    name: str = request.param
    if name == "uvloop":
        pytest.importorskip(name)
    return name


@pytest.fixture
def halted(loop: str) -> Halted:
    return Halted(loop)


def test_what_the_kernel_holds_at_the_signal_is_answered(halted: Halted, caplog: pytest.LogCaptureFixture) -> None:
    """Requests on kept connections, and connections that were not even accepted; no log complains."""
    kept = idle(halted.address)
    with halted.halt():
        kept.sendall(UNKNOWN.wire)
        waiting = [connected(halted.address) for _ in range(40)]
        for connection in waiting:
            connection.sendall(UNKNOWN.wire)
    for connection in (kept, *waiting):
        assert [reply.status for reply in rest(connection)] == [404]
        connection.close()
    halted.ended()
    assert caplog.records == []


def test_all_requests_of_a_pipeline_are_answered(halted: Halted) -> None:
    """Those too that wait unread behind a reply that is late."""
    halted.hold_back(DELAY_MS, times=1)
    with connected(halted.address) as connection:
        connection.sendall(UNKNOWN.wire)
        while not halted.fired():
            pass
        connection.sendall(UNKNOWN.wire)
        assert control(halted.address, "GET", "/health")["status"] == "ok"  # the second was read by then
        with halted.halt():
            connection.sendall(UNKNOWN.wire)
        assert [reply.status for reply in rest(connection)] == [404, 404, 404]
    halted.ended()


def test_two_sigints_at_once_are_one(halted: Halted) -> None:
    """A wrapper passes on what the terminal has sent to the sandbox as well: what is on its way is still answered."""
    halted.hold_back(300)
    with connected(halted.address) as connection:
        with halted.halt(signal.SIGINT, signal.SIGINT):
            connection.sendall(UNKNOWN.wire)
        assert [reply.status for reply in rest(connection)] == [404]
    halted.ended()


def test_half_a_request_is_given_up_without_a_traceback(
    loop: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its body may still come for a while; then one line says that the server waits no longer."""
    monkeypatch.setattr(live, "STOP_SECONDS", 1)
    halted = Halted(loop)
    with connected(halted.address) as connection:
        connection.sendall(HALF)
        assert control(halted.address, "GET", "/health")["status"] == "ok"  # the half was read by then
        with halted.halt():
            pass
        assert rest(connection) == []
    halted.ended()
    assert [record.getMessage() for record in caplog.records] == [
        "Cancel 1 running task(s), timeout graceful shutdown exceeded"
    ]
