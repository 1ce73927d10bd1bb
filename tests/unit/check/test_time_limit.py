"""The time limit of a check: waiting for the server does not count, up to as long again."""

from collections.abc import Iterator
from time import sleep

import pytest

from paysandbox.check.time_limit import TimeLimit, TimeLimitReached


class Clock:
    """A clock that goes on when somebody waits, or when it is told to."""

    def __init__(self) -> None:
        self.now = 0
        self.limit = TimeLimit(10, lambda: self.now, self.go_on)

    def go_on(self, milliseconds: int) -> None:
        self.now += milliseconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_limit_is_reached_in_a_case(clock: Clock) -> None:
    clock.limit.case = "GET /a"
    clock.go_on(9_999)
    clock.limit.check()
    clock.go_on(1)
    with pytest.raises(TimeLimitReached, match=r"^the time limit of 10 s was reached in GET /a; "):
        clock.limit.check()


def test_waiting_for_the_server_does_not_count(clock: Clock) -> None:
    clock.go_on(9000)
    clock.limit.wait(8000)
    clock.limit.check()
    assert clock.limit.seconds == 17
    clock.go_on(1000)
    with pytest.raises(TimeLimitReached, match=r"^the time limit of 10 s, beside 8 s of waiting for the server, was "):
        clock.limit.check()


def test_a_server_that_only_lets_wait_does_not_keep_a_check_for_ever(clock: Clock) -> None:
    for _ in range(2):
        clock.limit.wait(9000)
        clock.limit.check()
    clock.limit.wait(2000)
    with pytest.raises(TimeLimitReached):
        clock.limit.check()


def test_a_case_that_waits_beyond_the_limit_is_yielded() -> None:
    """Although another thread looks at the limit meanwhile."""
    limit = TimeLimit(1)

    def generate() -> Iterator[str]:
        sleep(0.5)
        limit.wait(800)
        yield "case"

    assert list(limit.iterate(generate(), lambda: None)) == ["case"]
