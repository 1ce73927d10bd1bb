"""A request answered directly, or by its known head, gets byte for byte what the way through the parser and ASGI gives.

`play` takes two servers through the same steps and compares them after each.
"""

from unittest import mock

import pytest

from paysandbox.server.uvicorn_protocol import WireProtocol
from tests.helpers.raw_http import Message
from tools.fuzz.heads_door import HeadsDoor, Steps, play
from tools.fuzz.heads_side import EchoSide
from tools.fuzz.running import run

KEPT = Message("POST", "/payments", (("host", "a"), ("connection", "keep-alive")), b'{"a":1}')
HEAD, BODY, WIRE = KEPT.head, KEPT.body, KEPT.wire
GET = KEPT.but(method="GET", body=b"").wire
BLANK = b"\r\n"


@pytest.fixture
def sides() -> tuple[EchoSide, EchoSide]:
    return EchoSide(is_direct=True), EchoSide(is_direct=False)


def packets(*parts: bytes) -> Steps:
    return [("data", part) for part in parts]


@pytest.mark.parametrize("parts", [[WIRE], [HEAD, BODY], [GET]], ids=["at once", "body apart", "no body"])
def test_a_known_head_is_not_parsed(sides: tuple[EchoSide, EchoSide], parts: list[bytes]) -> None:
    """Whether its body comes with it or in a packet of its own; a new head is parsed."""
    direct, _ = sides
    direct.restart()
    counts = []
    for _ in range(3):
        with mock.patch.object(
            WireProtocol, "_read", autospec=True, side_effect=WireProtocol.__dict__["_read"]
        ) as read:
            for part in parts:
                direct.receive(part)
        counts.append(read.call_count)
    assert counts == [len(parts), 0, 0]


@pytest.mark.parametrize("message", [KEPT, KEPT.but(method="GET", body=b"")], ids=["body", "no body"])
def test_a_known_request_may_be_cut_at_every_byte(sides: tuple[EchoSide, EchoSide], message: Message) -> None:
    """In two packets or in three, with another one behind it."""
    wire = message.wire
    for at in range(1, len(wire)):
        for parts in (
            (wire[:at], wire[at:]),
            (wire[:at], wire[at : at + 1], wire[at + 1 :]),
            (wire[:at], wire[at:] + wire),
        ):
            play(sides, packets(wire, *filter(None, parts), wire))


def test_a_known_head_may_change_in_every_byte(sides: tuple[EchoSide, EchoSide]) -> None:
    for at in range(len(HEAD)):
        for byte in (b"", b"0", b"9", b" ", b"\r", b"\n", b"\x00", b"\xff", bytes([HEAD[at] ^ 0x20])):
            play(sides, packets(WIRE, WIRE[:at] + byte + WIRE[at + 1 :], WIRE))


@pytest.mark.parametrize("count", [2, 3, 40])
def test_many_known_requests_may_come_in_one_packet(sides: tuple[EchoSide, EchoSide], count: int) -> None:
    play(sides, packets(WIRE, WIRE * count, WIRE))


SCRIPTS: dict[str, Steps] = {
    "a longer body": packets(WIRE, WIRE + b"x", WIRE),
    "a longer body apart": packets(WIRE, HEAD, BODY + b"x", WIRE),
    "a body with the next head": packets(WIRE, HEAD, BODY + HEAD, BODY),
    "a shorter body": packets(WIRE, WIRE[:-1], b"}", WIRE),
    "a body in two parts": packets(WIRE, HEAD, BODY[:2], BODY[2:], WIRE),
    "another length": packets(WIRE, KEPT.having("content-length", "8").wire, b"}", WIRE),
    "no body": [*packets(WIRE, HEAD), ("pass", 7)],
    "no body, and a stop": [*packets(WIRE, HEAD), ("stop", 0), *packets(BODY, WIRE)],
    "no body, and a forced stop": [*packets(WIRE, HEAD), ("stop", 0), ("cancel", 0)],
    "no body, and the client leaves": [*packets(WIRE, HEAD), ("lose", 0)],
    "blank lines before it": packets(BLANK * 2 + WIRE, BLANK * 2 + GET, BLANK * 2, WIRE),
    "a blank line behind it": [*packets(WIRE), ("connect", 0), *packets(WIRE, BLANK), ("pass", 7)],
    "an idle connection": [*packets(WIRE), ("pass", 19), *packets(WIRE), ("pass", 19), *packets(WIRE), ("pass", 21)],
    "a head just before an idle connection is closed": [*packets(WIRE), ("pass", 19), *packets(HEAD), ("pass", 2)],
    "a connection that closes": [*packets(KEPT.having("connection", "close").wire), ("connect", 0)] * 2,
    "a version that closes": [*packets(KEPT.but(version="HTTP/1.0").wire), ("connect", 0)] * 2,
    "a client that reads nothing": [*packets(WIRE), ("pause", 0), *packets(WIRE, WIRE), ("resume", 0), *packets(WIRE)],
    "an offer in a body": packets(*[KEPT.but(body=b"\r\nUpgrade: h2c\r\n").wire] * 2),
    "a body beyond the limit": packets(*[KEPT.but(body=b"x" * 3001).wire] * 2),
    "a bad request behind it": packets(WIRE, WIRE + b"no request\r\n", WIRE),
    "a bad request behind a large one": packets(KEPT.but(body=b"x" * 5000).wire + b"G\x00", WIRE),
    **{
        f"{path}, {'apart' if apart else 'at once'}": packets(*([kept.head, kept.body] if apart else [kept.wire]) * 3)
        for path in ("/held", "/listening", "/late", "/dropped", "/short", "/split", "/wrong", "/bare")
        for apart in (False, True)
        for kept in [KEPT.but(target=path)]
    },
}


@pytest.mark.parametrize("steps", SCRIPTS.values(), ids=SCRIPTS)
def test_what_is_not_plain_is_as_without_known_heads(sides: tuple[EchoSide, EchoSide], steps: Steps) -> None:
    """Replies, and when the connection is closed."""
    play(sides, steps)


def test_whatever_comes_between_known_heads_is_as_without_them() -> None:
    """A few cases of `make fuzz ARGS="--door heads"`."""
    tally = run(HeadsDoor(), 1, cases=200)
    assert min(tally.answers[kind] for kind in ("1xx", "2xx", "4xx", "5xx")) > 0
