"""A reply in one piece is what uvicorn writes for it, or is left to uvicorn."""

import pytest

from paysandbox.pipeline.dispatch import WireReply
from paysandbox.server.reply_bytes import render_reply

DATE = (b"date", b"Sat, 28 Nov 2026 12:00:00 GMT")
LENGTH = (b"content-length", b"2")


def test_a_reply_is_one_piece() -> None:
    reply = WireReply(201, [LENGTH, (b"X-Sandbox-Request", b"default-1\t\xe9")], b"{}")
    wanted = (
        b"HTTP/1.1 201 Created\r\ndate: Sat, 28 Nov 2026 12:00:00 GMT\r\ncontent-length: 2\r\n"
        b"x-sandbox-request: default-1\t\xe9\r\n\r\n{}"
    )
    assert render_reply(reply, [DATE]) == wanted


def test_a_status_without_a_name_is_written() -> None:
    assert render_reply(WireReply(299, [LENGTH], b"{}"), []) == b"HTTP/1.1 299 \r\ncontent-length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    "reply",
    [
        WireReply(200, [], b""),
        WireReply(204, [(b"vary", b"Origin")], b""),
        WireReply(999, [LENGTH], b"{}"),
        WireReply(200, [LENGTH, (b"connection", b"close")], b"{}"),
        WireReply(200, [LENGTH, (b"Transfer-Encoding", b"chunked")], b"{}"),
        WireReply(200, [LENGTH, (b"x y", b"z")], b"{}"),
        *(WireReply(200, [LENGTH, (b"x", value)], b"{}") for value in (b"\r\ny: z", b"\n", b"\r", b"\x00", b"\x7f")),
    ],
    ids=repr,
)
def test_what_uvicorn_must_look_at_is_left_to_it(reply: WireReply) -> None:
    """It closes the connection, sends chunks, or refuses a header that could begin another reply."""
    assert render_reply(reply, [DATE]) is None
