"""The door of known heads: one connection to two servers, of which one knows heads, byte for byte the same."""

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Final

from tests.helpers.raw_http import Message
from tools.fuzz.heads_side import EchoSide
from tools.fuzz.http_cases import ODD_LINES
from tools.fuzz.http_door import STATUS
from tools.fuzz.mutations import changed_bytes
from tools.fuzz.tally import MIB, Finding, Tally

Steps = list[tuple[str, bytes | int]]

TOLD: Final = 2000
TARGETS: Final = (
    "/",
    "/",
    "/payments",
    "/payments?a=b",
    "/held",
    "/listening",
    "/late",
    "/dropped",
    "/short",
    "/split",
    "/wrong",
    "/bare",
)
BODIES: Final = (
    b"",
    b"",
    b"{}",
    b'{"a":1}',
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"x" * 600,
    b"x" * 3001,
    b"\r\nUpgrade: h2c\r\n",
)
HEADERS: Final = (("x", "y"), ("authorization", "Bearer a"), ("connection", "keep-alive"), ("content-type", "a/b"))
WAITS: Final = (1, 1, 6, 19, 21)  # seconds; requests have 5, idle connections 20


class HeadsDoor:
    """Plain requests again and again on one connection, with everything between them that is not plain."""

    name = "heads"
    pid = "self"
    growth = 32 * MIB

    def __init__(self) -> None:
        self._sides = EchoSide(is_direct=True), EchoSide(is_direct=False)

    def case(self, dice: Random, tally: Tally) -> None:
        """One connection.

        Raises:
            Finding: the two servers differ after a step.
        """
        steps = draw_steps(dice)
        with tally.timed():
            said = play(self._sides, steps)
        for status in STATUS.findall(said):
            tally.status(int(status))

    def check(self, tally: Tally) -> None:
        """Each step is checked at once."""


def play(sides: tuple[EchoSide, EchoSide], steps: Steps) -> bytes:
    """Take both servers through the steps; return what was answered.

    Raises:
        Finding: they differ after a step.
    """
    for side in sides:
        side.restart()
    states: list[tuple[object, ...]] = []
    for number, (name, argument) in enumerate([*steps, ("release", 0), ("pass", 2), ("lose", 0), ("pass", 2)]):
        for side in sides:
            take(side, name, argument)
        states = [side.state() for side in sides]
        if states[0] != states[1]:
            told = [repr(steps[: number + 1]), *(repr(state)[-TOLD:] for state in states)]
            raise Finding(shorten("\n".join(told)))
    if any(side.count_tasks() for side in sides):
        raise Finding(shorten(f"a task never ends after {steps!r}"))
    said = states[0][0]
    assert isinstance(said, bytearray)
    return bytes(said)


def shorten(text: str) -> str:
    """The text without what fills bodies."""
    return re.sub("x{9,}", "x...", text)


def take(side: EchoSide, name: str, argument: bytes | int) -> None:
    """Take one server one step further."""
    match name, argument:
        case "data", bytes():
            side.receive(argument)
        case "pass", int():
            side.pass_time(argument)
        case "pause", _:
            side.pause_writing()
        case "resume", _:
            side.resume_writing()
        case "connect", _:
            side.lose()
            side.connect()
        case "cancel", _:
            side.cancel()
        case "stop", _:
            side.shut_down()
        case "lose", _:
            side.lose()
        case _:
            side.release()


def draw_steps(dice: Random) -> Steps:
    """A few plain requests, so that their heads are known, and then anything."""
    known = [draw_message(dice) for _ in range(dice.choice((1, 1, 2)))]
    steps: Steps = []
    for message in known:
        steps += cut(dice, message.wire, dice.choice(([], [len(message.head)])))
    for _ in range(dice.choice((1, 2, 3, 5))):
        steps += dice.choice(CHANGES)(dice, dice.choice(known))
    return steps


def draw_message(dice: Random) -> Message:
    """A request that is mostly plain, and keeps its connection."""
    method = dice.choice(("GET", "POST", "POST", "PUT", "HEAD") if dice.random() < 0.5 else ("POST",))
    headers = (("host", "a"), *dice.sample(HEADERS, dice.randrange(3)))
    target = dice.choice(TARGETS) if dice.random() < 0.4 else "/payments"
    message = Message(method, target, headers, dice.choice(BODIES))
    if all(name != "connection" for name, _ in headers):
        message = message.having("x-connection", "none")
        return message.having("connection", "Keep-Alive")
    return message


def cut(_dice: Random, data: bytes, places: list[int]) -> Steps:
    """The bytes in packets that end at these places."""
    bounds = [0, *places, len(data)]
    return [("data", data[a:b]) for a, b in pairwise(bounds) if a < b]


def send_again(dice: Random, message: Message) -> Steps:
    """The same, once or a few times."""
    return [("data", message.wire)] * dice.choice((1, 1, 2, 4))


def send_apart(dice: Random, message: Message) -> Steps:
    """The same, in two packets or more, cut anywhere."""
    size = len(message.wire)
    places = sorted(dice.randrange(1, size) for _ in range(dice.choice((1, 1, 2, 3))))
    return cut(dice, message.wire, [len(message.head)] if dice.random() < 0.2 else places)


def send_in_pieces(dice: Random, message: Message) -> Steps:
    """The same in packets of as many bytes each, down to one."""
    size, wire = dice.choice((1, 7, 50)), message.wire[:300]
    return cut(dice, wire, list(range(size, len(wire), size)))


def send_together(dice: Random, message: Message) -> Steps:
    """Two to forty in one packet, or cut anywhere."""
    other = draw_message(dice)
    many = b"".join(dice.choice((message, message, other)).wire for _ in range(dice.choice((2, 2, 2, 3, 3, 40))))
    places = sorted(dice.randrange(1, len(many)) for _ in range(dice.choice((0, 0, 1, 3))))
    return cut(dice, many, places)


def send_odd(dice: Random, message: Message) -> Steps:
    """An odd head, alone or in a packet with the known one."""
    lines = message.head.split(b"\r\n")
    lines.insert(dice.randrange(len(lines)), dice.choice(ODD_LINES)[:900])
    odd = dice.choice((b"\r\n", b"\r\n", b"\n")).join(lines) + message.body
    return [
        ("data", part) for part in dice.choice(([odd], [odd + message.wire], [message.wire + odd], [odd, message.wire]))
    ]


def send_changed(dice: Random, message: Message) -> Steps:
    """The same but for one byte, which may be more or less."""
    at, wire = dice.randrange(len(message.head)), message.wire
    byte = bytes([dice.choice((dice.randrange(256), *b"\r\n :0123456789"))])
    changed = dice.choice((wire[:at] + byte + wire[at + 1 :], wire[:at] + byte + wire[at:], wire[:at] + wire[at + 1 :]))
    return [("data", changed), *send_again(dice, message)]


def send_longer(dice: Random, message: Message) -> Steps:
    """The same head with more behind it, or less, or with another length of the same body."""
    more = dice.choice(
        (
            b"x",
            b"\r\n",
            b"\r\n\r\n",
            b"\r",
            b"\n",
            b"G",
            b"\x00",
            b"GET / HTTP/1.1\r\n",
            message.wire[:40],
            message.head,
        )
    )
    lying = message.having("content-length", str(max(len(message.body) + dice.choice((-1, 1, 2, 100)), 0)))
    wire = dice.choice(
        (message.wire + more, more + message.wire, message.wire[: -len(more)], lying.wire, lying.wire + more)
    )
    apart = dice.choice(([], [len(message.head)], [dice.randrange(1, max(len(wire), 2))]))
    return [*cut(dice, wire, [place for place in apart if place < len(wire)]), *send_again(dice, message)]


def send_unlike(dice: Random, message: Message) -> Steps:
    """In chunks, with a question before the body, of another version, or to be closed."""
    unlike = dice.choice(
        (
            message.having("connection", "close"),
            message.having("expect", "100-continue"),
            message.having("connection", "keep-alive, x"),
            message.having("connection", "Upgrade").having("upgrade", "h2c"),
            message.but(version="HTTP/1.0"),
            message.chunked(dice.choice((1, 100))) if message.body else message.chunked(),
        )
    )
    return [*cut(dice, unlike.wire, dice.choice(([], [len(unlike.head)]))), *send_again(dice, message)]


def send_garbled(dice: Random, message: Message) -> Steps:
    return [("data", changed_bytes(dice, message.wire)), *send_again(dice, message)]


def wait(dice: Random, message: Message) -> Steps:
    """Stop anywhere for a while, then go on."""
    at = dice.choice((0, 1, len(message.head), len(message.wire), dice.randrange(len(message.wire))))
    return [*cut(dice, message.wire[:at], []), ("pass", dice.choice(WAITS)), *cut(dice, message.wire[at:], [])]


def read_slowly(dice: Random, message: Message) -> Steps:
    """Read nothing for a while."""
    return [("pause", 0), *send_apart(dice, message), ("pass", dice.choice((1, 4))), ("resume", 0)]


def stop(dice: Random, message: Message) -> Steps:
    """The server stops, or the client leaves, wherever it is."""
    at = dice.choice((0, len(message.head), len(message.wire), dice.randrange(len(message.wire))))
    end: Steps = [(name, 0) for name in dice.choice((["stop"], ["stop", "cancel"], ["lose"], ["connect"]))]
    return [*cut(dice, message.wire[:at], []), *end, *cut(dice, message.wire[at:], []), *send_again(dice, message)]


def idle_long(dice: Random, message: Message) -> Steps:
    """Begin a request just before the connection would be closed."""
    at = dice.choice((1, len(message.head), len(message.wire)))
    return [("pass", 19), *cut(dice, message.wire[:at], []), ("pass", 2), *cut(dice, message.wire[at:], [])]


def send_too_much(dice: Random, message: Message) -> Steps:
    """A body that is not read to its end, with known heads in it."""
    if dice.random() < 0.9:
        return send_longer(dice, message)
    size = dice.choice((60_000, 70_000, 400_000))
    head = message.but(method="POST").having("content-length", str(size)).head
    parts = [(b"x" * 50_000 + message.wire)[-50_000:]] * dice.choice((1, 4, 5))
    return [("data", part) for part in (head, *parts, message.wire, message.wire)]


def release(_dice: Random, message: Message) -> Steps:
    return [("data", message.wire), ("release", 0)]


def connect_again(dice: Random, message: Message) -> Steps:
    """Close the connection, and begin another one with what is known."""
    last = dice.choice((message, message.having("connection", "close"), message.but(version="HTTP/1.0")))
    ends: tuple[Steps, ...] = ([], [("data", b"\r\n"), ("pass", 7)], [("pass", 19), ("data", b"G"), ("pass", 7)])
    after = dice.choice(ends)
    return [*send_again(dice, last), ("connect", 0), *send_again(dice, last), *after]


CHANGES: Final[tuple[Callable[[Random, Message], Steps], ...]] = (
    *(send_again, send_apart, send_apart, send_in_pieces, send_together, send_odd, send_changed, send_changed),
    *(send_longer, send_longer, send_unlike, send_garbled, wait, idle_long, read_slowly, stop, stop, release),
    *(connect_again, send_too_much),
)
