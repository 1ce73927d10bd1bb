"""Heads are known by all their bytes, are few, and are plain."""

import pytest

from paysandbox.server.known_heads import LONGEST, KnownHeads, measure_body
from paysandbox.web.head import Head, read_head

HOST = (b"host", b"a")
LENGTH = (b"content-length", b"12")


def head_of(*headers: tuple[bytes, bytes]) -> Head:
    scope = {"method": "POST", "scheme": "http", "path": "/", "query_string": b"", "headers": [HOST, *headers]}
    return read_head(scope)


def test_a_head_is_found_by_all_its_bytes() -> None:
    known, head = KnownHeads(), head_of()
    known.add(b"POST / HTTP/1.1\r\n\r\n", head, 12)
    found = known.find(b"POST / HTTP/1.1\r\n\r\n")
    assert found is not None
    assert (found.head is head, found.length) == (True, 12)
    assert known.find(b"POST / HTTP/1.1\r\n\r") is None
    assert known.find(b"post / HTTP/1.1\r\n\r\n") is None


def test_few_heads_are_kept() -> None:
    """The last ones."""
    known, head = KnownHeads(), head_of()
    for number in range(1000):
        known.add(b"%d" % number, head, 0)
    assert [number for number in range(1000) if known.find(b"%d" % number)] == list(range(744, 1000))


def test_a_large_head_is_not_kept() -> None:
    known = KnownHeads()
    known.add(b"x" * (LONGEST + 1), head_of(), 0)
    known.add(b"y", head_of(*[(b"a", b"")] * 41), 0)
    assert known.find(b"x" * (LONGEST + 1)) is known.find(b"y") is None


@pytest.mark.parametrize(("method", "headers", "length"), [("POST", [HOST, LENGTH], 12), ("GET", [HOST], 0)])
def test_the_body_of_a_plain_head_has_a_length(method: str, headers: list[tuple[bytes, bytes]], length: int) -> None:
    assert measure_body(method, [*headers, (b"connection", b"Keep-Alive")]) == length


@pytest.mark.parametrize(
    ("method", "header"),
    [
        ("HEAD", HOST),
        ("CONNECT", HOST),
        ("POST", (b"expect", b"100-continue")),
        ("POST", (b"transfer-encoding", b"chunked")),
        ("POST", (b"upgrade", b"h2c")),
        ("POST", (b"connection", b"close")),
        ("POST", (b"connection", b"keep-alive, x")),
    ],
    ids=repr,
)
def test_a_head_that_asks_for_more_is_parsed_each_time(method: str, header: tuple[bytes, bytes]) -> None:
    assert measure_body(method, [LENGTH, header]) is None
