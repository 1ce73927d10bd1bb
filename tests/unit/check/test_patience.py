"""Replies of what stands before an API: which are, how long they are waited for, and whose fault they are."""

from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any, Final

import pytest

from paysandbox.check.patience import PAUSES, Patience, Reply, Sent, read_retry_after
from paysandbox.evidence.callers import Unreachable

JSON: Final = {"content-type": "application/problem+json; charset=utf-8"}
HTML: Final = {"content-type": "text/html"}
OK: Final = Reply(200, JSON, is_documented=True)
GATEWAY: Final = Reply(502, HTML, is_documented=True)
LIMIT: Final = Reply(429, HTML, is_documented=False)


class Calls:
    """Calls of one check, with the milliseconds that it slept and the errors that end it."""

    def __init__(self) -> None:
        self.slept: list[int] = []
        self.errors: list[Exception] = []
        self.patience = Patience(lambda: None, self.errors.append, self.slept.append)

    def call(self, replies: Iterable[Reply], what: str = "GET /a", **kind: Any) -> Reply:
        """The reply that a call ends with, of those that it would get one after another."""
        coming, got = iter(replies), []

        def send() -> Reply:
            got.append(next(coming))
            return got[-1]

        self.patience.carry_out(Sent(what, send, **{"reads": True, "is_judged": True, **kind}))
        return got[-1]


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.mark.parametrize(
    "reply",
    [
        OK,
        Reply(500, HTML, is_documented=False),
        Reply(502, JSON, is_documented=True),
        Reply(503, {"content-type": "application/json"}, is_documented=True),
    ],
)
def test_the_apis_own_replies_are_not_waited_for(reply: Reply, calls: Calls) -> None:
    assert calls.call([reply]) is reply
    assert (calls.slept, calls.patience.describe()) == ([], [])


@pytest.mark.parametrize(
    ("reply", "slept"),
    [
        (GATEWAY, PAUSES[0]),
        (Reply(503, JSON | {"retry-after": "3"}, is_documented=True), 3000),
        (Reply(504, {}, is_documented=False), PAUSES[0]),
        (LIMIT, PAUSES[0]),
        (Reply(429, JSON | {"retry-after": "60"}, is_documented=True), 60_000),
    ],
)
def test_others_are_waited_for_and_counted(reply: Reply, slept: int, calls: Calls) -> None:
    assert calls.call([reply, OK]) is OK
    assert calls.slept == [slept]
    who = "a rate limit" if reply.status == 429 else "a gateway before the API"
    assert calls.patience.describe()[0] == f"sent again: 1 call that {who} answered with {reply.status}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 29 Nov 2026 10:00:09 GMT"}, None),
        ({"retry-after": "9" * 5000}, 999_999_999),
        ({"retry-after": "7"}, 7),
        (
            {"retry-after": "Sun, 29 Nov 2026 10:00:09 GMT", "date": "Sun, 29 Nov 2026 10:00:00 GMT"},
            9,
        ),
        ({"retry-after": "Sun, 29 Nov 2026 09:00:00 GMT", "date": "Sun, 29 Nov 2026 10:00:00 GMT"}, 0),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: int | None) -> None:
    """A date is by the server's clock."""
    assert read_retry_after(headers) == seconds


@pytest.mark.parametrize("headers", [{}, {"retry-after": "61"}], ids=["again and again", "too long"])
def test_a_limit_that_does_not_end_ends_the_check(headers: dict[str, str], calls: Calls) -> None:
    calls.call([OK])
    with pytest.raises(Unreachable, match="the server limits how often it may be called: it answers GET /a with 429"):
        calls.call(repeat(Reply(429, headers, is_documented=False)))
    assert len(calls.errors) == 1
    assert len(calls.slept) == (0 if headers else len(PAUSES))


def test_a_limit_of_the_contract_is_judged_in_the_end(calls: Calls) -> None:
    reply = Reply(429, JSON, is_documented=True)
    assert calls.call(repeat(reply)) is reply
    assert calls.errors == []


def test_a_request_that_alone_does_not_get_through_is_judged(calls: Calls) -> None:
    """A read that got through before does so again; the next such calls are not waited for."""
    calls.call(repeat(OK), "GET /known")
    for _ in range(5):
        assert calls.call(repeat(GATEWAY), "POST /a", reads=False) is GATEWAY
    assert len(calls.slept) == 3 * len(PAUSES)
    assert calls.errors == []


def test_a_gateway_that_no_call_gets_through_any_more_ends_the_check(calls: Calls) -> None:
    calls.call(chain([OK], repeat(GATEWAY)), "GET /known")
    calls.call([OK], "POST /b", reads=False)  # which is not sent again to see
    with pytest.raises(Unreachable, match=r"does not reach it: POST /a is answered 502 \(text/html\)"):
        calls.call(repeat(GATEWAY), "POST /a", reads=False)
    assert len(calls.errors) == 1


def test_before_any_call_got_through_only_those_that_learn_go_on(calls: Calls) -> None:
    assert calls.call(repeat(GATEWAY), is_judged=False) is GATEWAY
    with pytest.raises(Unreachable):
        calls.call(repeat(GATEWAY), "GET /b")
