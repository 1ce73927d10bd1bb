"""Failures on order over a live server: what a client sees on its connection, and what was done."""

import socket
import threading
from collections.abc import Iterator
from typing import Final

import pytest

from paysandbox.server.live import Server
from paysandbox.store.faults import Effect, When
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import dump

PATIENCE: Final = 30  # seconds; a server that is silent for so long hangs
PROVIDER: Final = "invoicexpress"
BODY: Final = b'{"partial_payment":{"amount":1}}'
HEALTH: Final = b"GET /_sandbox/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def live() -> Iterator[Server]:
    """A sandbox for all tests here."""
    with Server() as server:
        yield server


@pytest.fixture
def server(live: Server) -> Server:
    """The same with its default namespace as at the start."""
    live.runtime.namespaces.drop(DEFAULT)
    return live


def payment(number: int = 1) -> bytes:
    """A request that pays a cent of a document; `number` tells it from others."""
    head = (
        b"POST /invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key HTTP/1.1\r\n"
        b"host: 127.0.0.1\r\ncontent-type: application/json\r\nx-number: %d\r\ncontent-length: %d\r\n\r\n"
    )
    return head % (number, len(BODY)) + BODY


def connected(server: Server) -> socket.socket:
    host, _, port = server.url().removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def rest(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    received = b""
    while some := connection.recv(1 << 16):
        received += some
    return received


def reply(connection: socket.socket) -> tuple[bytes, bytes]:
    """One whole reply, head and body; the connection stays."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += some if (some := connection.recv(1 << 16)) else pytest.fail("closed before a whole head came")
    head, _, body = received.partition(b"\r\n\r\n")
    length = announced(head)
    while len(body) < length:
        body += some if (some := connection.recv(1 << 16)) else pytest.fail("closed before a whole body came")
    return head, body


def announced(head: bytes) -> int:
    (length,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
    return int(length.partition(b": ")[2])


def order(server: Server, effect: Effect, *, times: int | None = 1, after: int = 0) -> None:
    """A fault in the default namespace."""
    when = When(times=times, after=after)
    server.runtime.namespaces.get(DEFAULT).faults.add(PROVIDER, None, when, effect)


def receipts(server: Server) -> int:
    return len(dump(server.runtime, PROVIDER)["receipts"])


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_a_lost_reply_is_a_closed_connection(
    server: Server, caplog: pytest.LogCaptureFixture, drop: str, made: int
) -> None:
    """Without a byte; lost before, nothing is done, lost after, all is, and the next call sees it. No log complains."""
    before = receipts(server)
    order(server, Effect(drop="before" if drop == "before" else "after"))
    with connected(server) as connection:
        connection.sendall(payment())
        assert rest(connection) == b""
    assert receipts(server) == before + made
    with connected(server) as connection:
        connection.sendall(payment())
        head, body = reply(connection)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b'"sequence_number":"%d/A"' % (28 + made) in body
    assert caplog.records == []


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_cut_reply_ends_in_the_middle_of_its_body(
    server: Server, caplog: pytest.LogCaptureFixture, size: int
) -> None:
    """Fewer bytes than its Content-Length says, and then the connection is closed; all is done. No log complains."""
    before = receipts(server)
    order(server, Effect(truncate=size))
    with connected(server) as connection:
        connection.sendall(payment())
        head, _, body = rest(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert len(body) == size < announced(head)
    assert receipts(server) == before + 1
    assert caplog.records == []


@pytest.mark.parametrize("effect", [Effect(drop="before"), Effect(drop="after"), Effect(truncate=5)], ids=str)
def test_what_waits_behind_a_lost_reply_gets_nothing(server: Server, effect: Effect) -> None:
    """And is not done: the connection is gone. What came before it on the same connection was answered."""
    order(server, effect, after=1)
    before = receipts(server)
    with connected(server) as connection:
        connection.sendall(b"".join(payment(number) for number in range(4)))
        received = rest(connection)
    assert received.count(b"HTTP/1.1 ") == (2 if effect.truncate else 1)
    assert receipts(server) == before + (1 if effect.drop == "before" else 2)


@pytest.mark.parametrize("effect", [Effect(drop="before"), Effect(drop="after"), Effect(truncate=0)], ids=str)
def test_other_connections_go_on(server: Server, effect: Effect) -> None:
    """One that was there before, with calls before and after, and one that comes later."""
    with connected(server) as other:
        other.sendall(HEALTH)
        assert b" 200 " in reply(other)[0]
        order(server, effect)
        with connected(server) as connection:
            connection.sendall(payment())
            rest(connection)
        other.sendall(payment())
        assert b" 200 " in reply(other)[0]
        other.sendall(HEALTH)
        assert b" 200 " in reply(other)[0]
    with connected(server) as later:
        later.sendall(HEALTH)
        assert b" 200 " in reply(later)[0]


def test_a_late_reply_comes_and_nobody_waits_for_it(server: Server) -> None:
    """It is done at once; calls on other connections are answered meanwhile, and its own connection stays."""
    order(server, Effect(delay_ms=300))
    before = receipts(server)
    with connected(server) as late, connected(server) as other:
        late.sendall(payment())
        arrived = threading.Event()
        answered: list[tuple[bytes, bytes]] = []

        def wait() -> None:
            answered.append(reply(late))
            arrived.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        other.sendall(HEALTH)
        assert b" 200 " in reply(other)[0]
        waiting.join(PATIENCE)
        assert arrived.is_set()
        assert b" 200 " in answered[0][0]
        assert receipts(server) == before + 1
        late.sendall(payment())
        assert b" 200 " in reply(late)[0]


def test_a_client_that_leaves_before_a_late_reply_harms_nobody(server: Server) -> None:
    """The call is done, and the server goes on."""
    order(server, Effect(delay_ms=50))
    before = receipts(server)
    with connected(server) as connection:
        connection.sendall(payment())
    with connected(server) as later:
        while receipts(server) == before:
            later.sendall(HEALTH)
            reply(later)
        for _ in range(2):
            later.sendall(payment())
            assert b" 200 " in reply(later)[0]
    assert receipts(server) == before + 3


def test_a_server_stops_while_a_reply_waits(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Ten minutes are not waited for; the client's connection is closed, and the log shows no exception."""
    monkeypatch.setattr("paysandbox.server.live.STOP_SECONDS", 1)
    with Server() as server:
        before = receipts(server)
        order(server, Effect(delay_ms=600_000))
        connection = connected(server)
        connection.sendall(payment())
        with connected(server) as other:
            while receipts(server) == before:
                other.sendall(HEALTH)
                reply(other)
    with connection:
        assert rest(connection) == b""
    assert not any(record.exc_info for record in caplog.records)
