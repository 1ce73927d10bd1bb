"""A connection is held for a while, and for as much as the limits say; a client that goes beyond is told why."""

import logging
import re
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.raw_http import PATIENCE, Address, Message, replies
from tests.helpers.runtimes import Response

SECONDS = 1
CONNECTIONS = 20
NOBODY = Message("GET", "/invoiless/v1/payments/nobody", (("host", "127.0.0.1"),))
KEPT = NOBODY.having("connection", "keep-alive")
REFUSED = 403  # as Invoiless does without a key
HEALTH = Message("GET", "/_sandbox/health", (("host", "127.0.0.1"),))
BODY = (
    b'{"number":"RG 1","type":"RG","date":"2016-07-20","currency":"EUR","lines":[{"number":"FT 2016/101","amount":1}]}'
)
PAYMENT = Message(
    "POST",
    "/invisible-collector/payments",
    (("host", "127.0.0.1"), ("authorization", "Bearer ic-test-token"), ("content-type", "application/json")),
    BODY,
).having("connection", "keep-alive")
MUCH = Message("GET", "/_sandbox/openapi/control.json", KEPT.headers).wire * 200_000  # more than all buffers hold
IN_CHUNKS = PAYMENT.having("transfer-encoding", "chunked").but(body=b"")
INCOMPLETE = {"a letter": b"G", "all but a byte": PAYMENT.wire[:-1], "half a chunk": IN_CHUNKS.wire + b"5\r\nhe"}
# Clients that let the server wait: what they send, and for how long they pause between its parts.
WAITING: dict[str, tuple[list[bytes], float]] = {
    **{f"{name} with another": ([KEPT.wire + part], 0) for name, part in INCOMPLETE.items()},
    **{f"{name} later": ([KEPT.wire, part], 0.1) for name, part in INCOMPLETE.items()},
    "unused": ([b""], 0),
    "used": ([KEPT.wire, b"\r\n"], SECONDS),  # the line comes after the answer, also from a busy machine
    "kept": ([KEPT.wire, NOBODY.wire], 4 * SECONDS),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that does not wait for long, and takes few connections."""
    with Server(settings=Settings(request_seconds=SECONDS, connection_limit=CONNECTIONS)) as running:
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> Address:
    host, _, port = server.url().removeprefix("http://").partition(":")
    return host, int(port)


def problem_document(reply: Response, status: int, why: str) -> None:
    """Check that the sandbox itself answers, and says why."""
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert re.search(why, reply.json["detail"])
    assert reply.explain == reply.json["detail"]
    assert reply.headers["connection"] == "close"


@pytest.fixture(scope="module")
def waited(address: Address) -> dict[str, Future[list[Response]]]:
    """What has become of the clients that let the server wait, by their names: all of them wait at once."""
    with ThreadPoolExecutor(len(WAITING)) as pool:
        return {name: pool.submit(replies, address, parts, pause=pause) for name, (parts, pause) in WAITING.items()}


@pytest.mark.parametrize("name", INCOMPLETE)
@pytest.mark.parametrize("when", ["later", "with another"])
def test_a_request_that_does_not_arrive_is_answered_408(
    waited: dict[str, Future[list[Response]]], name: str, when: str
) -> None:
    """However much of it is there; what came before it has its answer."""
    first, late = waited[f"{name} {when}"].result()
    assert first.status == REFUSED
    problem_document(late, 408, "not complete after 1 seconds")


@pytest.mark.parametrize(("name", "answers"), [("unused", []), ("used", [REFUSED])])
def test_a_connection_on_which_nothing_comes_is_closed(
    waited: dict[str, Future[list[Response]]], name: str, answers: list[int]
) -> None:
    """Without a word, as nothing was asked; a blank line is no request."""
    assert [reply.status for reply in waited[name].result()] == answers


def test_a_connection_is_kept_between_requests(waited: dict[str, Future[list[Response]]]) -> None:
    """For longer than a request may take, as clients do not look before they use one again."""
    assert [reply.status for reply in waited["kept"].result()] == [REFUSED, REFUSED]


def test_a_client_that_reads_nothing_is_given_up(address: Address) -> None:
    """No answer waits for ever."""
    with socket.create_connection(address, timeout=PATIENCE) as connection, pytest.raises(ConnectionError):
        connection.sendall(MUCH)  # of which the server reads some; then it resets the connection
    assert replies(address, [HEALTH.wire])[0].status == 200


def test_beyond_the_limit_of_connections_one_is_turned_away(address: Address) -> None:
    """503, in nobody's words but the sandbox's; and let in again once another has gone."""
    held = [socket.create_connection(address, timeout=PATIENCE) for _ in range(CONNECTIONS)]
    try:
        (reply,) = replies(address, [b""])
        problem_document(reply, 503, f"the limit of {CONNECTIONS} open connections is reached")
    finally:
        for one in held:
            one.close()
    deadline = time.monotonic() + PATIENCE
    while replies(address, [HEALTH.wire])[0].status != 200:
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"GET / HTTP/1.1\r\nx: " + b"y" * (129 << 10), 431, "the request head does not end"),
        (b"GET /" + b"y" * (129 << 10), 431, "the request head does not end"),
        (b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 2000, 431, "does not end|more than 1000 headers"),
        (b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 1001 + b"\r\n", 431, "more than 1000 headers"),
        (IN_CHUNKS.wire + b"5;" + b"x" * (300 << 10), 400, "the framing of the body does not end"),
        (IN_CHUNKS.wire + b"0\r\nx: " + b"y" * (300 << 10), 400, "the framing of the body does not end"),
        (IN_CHUNKS.wire + b"0\r\n" + b"a: b\r\n" * 30_000, 400, "the framing of the body does not end"),
    ],
    ids=["header", "path", "headers", "many headers", "extension", "trailer", "trailers"],
)
def test_what_does_not_end_is_refused_before_it_is_kept(
    address: Address, content: bytes, status: int, why: str
) -> None:
    """Long before its time is up."""
    (reply,) = replies(address, [content])
    problem_document(reply, status, why)


@pytest.mark.parametrize("size", [0, 1, 100, 511, 3000])
def test_hundreds_of_requests_in_one_packet_are_answered_in_order(address: Address, size: int) -> None:
    """Wherever the server stops reading until those before are answered, in a head or in a body."""
    name = f"order-{size}"
    one = PAYMENT.having("x-sandbox-namespace", name).but(body=BODY + b" " * size).wire
    last = NOBODY.having("x-sandbox-namespace", name).wire
    got = replies(address, [one * 300 + last])
    assert [reply.headers["x-sandbox-request"] for reply in got] == [f"{name}-{number}" for number in range(1, 302)]
    assert [reply.status for reply in got] == [201, *[200] * 299, REFUSED]


@pytest.mark.parametrize("before", [1, 2, 30])
def test_a_body_that_cannot_be_read_is_refused_after_those_before_it(address: Address, before: int) -> None:
    """Each answer belongs to its request."""
    *paid, refused = replies(address, [PAYMENT.wire * before + IN_CHUNKS.wire + b"no size\r\n"])
    assert [reply.status // 100 for reply in paid] == [2] * before
    problem_document(refused, 400, "not valid HTTP/1.1")


def test_whoever_asks_whether_to_send_a_body_and_sends_none_is_refused_once(
    address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        (refused,) = replies(address, [IN_CHUNKS.having("expect", "100-continue").wire + b"no size\r\n"])
        assert replies(address, [HEALTH.wire])[0].status == 200  # what the server had to do with the other is done
    problem_document(refused, 400, "not valid HTTP/1.1")
    assert caplog.text == ""


def test_a_client_that_leaves_before_its_answers_is_no_error(
    address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    """Also while one answer waits to be read and others for their turn."""
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            with socket.create_connection(address, timeout=PATIENCE) as connection:
                connection.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    connection.sendall(MUCH)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert replies(address, [HEALTH.wire])[0].status == 200
    assert caplog.text == ""


def test_the_limits_are_a_thousand_connections_and_a_minute() -> None:
    assert (Settings().connection_limit, Settings().request_seconds) == (1000, 60)
