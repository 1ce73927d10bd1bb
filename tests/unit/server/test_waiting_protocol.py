"""A request whose reply waits for a network: what the client does meanwhile, and what the server does."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.pipeline.dispatch import WireReply
from paysandbox.web.effects import App
from paysandbox.web.head import Head
from tests.helpers.raw_http import Message
from tools.fuzz.heads_side import SETTINGS, Echo, Side

WIRE = Message("POST", "/payments", (("host", "a"), ("connection", "keep-alive")), b'{"a":1}').wire


class LateEcho(Echo):
    """Answers when it is told to."""

    waits = True

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], object]] = []

    def answer_later(self, head: Head, content: bytes | None, send: Callable[[WireReply | App], object]) -> None:
        self.waiting.append(lambda: send(self.answer(head, content)))


class LateSide(Side):
    """A connection whose requests with a known head wait for `release`."""

    def __init__(self) -> None:
        self.echo = LateEcho()
        super().__init__(self.echo, self.echo, SETTINGS, is_direct=True)

    def release(self) -> None:
        """Let the first reply go that waits."""
        self.loop.call_in_loop(self.echo.waiting.pop(0))
        self._deliver()

    def count_replies(self) -> int:
        return self._transport.written.count(b"HTTP/1.1 200")

    @property
    def is_paused(self) -> bool:
        """Whether the server reads nothing for now."""
        return self._transport.is_paused

    @property
    def is_ended(self) -> bool:
        return self._transport.is_closing()


@pytest.fixture
def side() -> LateSide:
    """A connection with a known head, whose next request waits."""
    side = LateSide()
    side.receive(WIRE)
    assert side.count_replies() == 1
    side.receive(WIRE)
    assert len(side.echo.waiting) == 1
    return side


def test_requests_are_answered_one_after_the_other(side: LateSide) -> None:
    side.receive(WIRE)
    side.receive(WIRE)
    for number in (2, 3, 4):
        assert (side.count_replies(), len(side.echo.waiting)) == (number - 1, 1)
        side.release()
    assert (side.count_replies(), side.is_ended) == (4, False)


def test_no_more_than_a_packet_is_read_before_the_reply(side: LateSide) -> None:
    side.receive(WIRE[:10])
    assert side.is_paused
    side.receive(WIRE[10:])
    assert side.count_replies() == 1
    side.release()
    assert (side.count_replies(), side.is_paused) == (3, False)


def test_a_server_that_stops_sends_the_reply_first(side: LateSide) -> None:
    side.shut_down()
    assert not side.is_ended
    side.release()
    assert (side.count_replies(), side.is_ended) == (2, True)


def test_a_server_that_stops_answers_what_it_has_read(side: LateSide) -> None:
    side.receive(WIRE)
    side.shut_down()
    side.release()
    assert not side.is_ended
    side.release()
    assert (side.count_replies(), side.is_ended) == (3, True)


def test_a_slow_engine_is_not_the_client_s_fault(side: LateSide) -> None:
    """Neither the timer of idle connections nor that of slow clients ends the connection."""
    side.pass_time(60)
    assert not side.is_ended
    side.release()
    assert side.count_replies() == 2
    side.pass_time(19)
    assert not side.is_ended
    side.pass_time(2)
    assert side.is_ended


def test_a_client_that_has_left_is_sent_nothing(side: LateSide) -> None:
    written: Any = bytes(side.state()[0])  # type: ignore[call-overload] # what was written
    side.lose()
    side.release()
    assert side.state()[0] == written
