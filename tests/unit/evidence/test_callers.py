"""Calls over HTTP: replies that servers compress unasked are read as they are meant."""

import gzip
import zlib
from contextlib import closing

import pytest

from paysandbox.evidence.callers import OverHttp
from paysandbox.testing import Response
from tests.system.check.servers import recording


@pytest.mark.parametrize(
    ("encoding", "content", "read"),
    [
        ("gzip", gzip.compress(b"{}"), b"{}"),
        ("deflate", zlib.compress(b"{}"), b"{}"),
        ("identity", b"{}", b"{}"),
        ("gzip", b"{}", b"{}"),
        ("br", b"\x8b\x00\x80{}\x03", b"\x8b\x00\x80{}\x03"),
        ("gzip", b"", b""),
    ],
    ids=["gzip", "deflate", "identity", "not compressed", "unknown", "empty"],
)
def test_a_compressed_reply_is_read(encoding: str, content: bytes, read: bytes) -> None:
    reply = Response(200, {"content-encoding": encoding}, content)
    with recording(lambda *_: reply) as server, closing(OverHttp(server.url)) as caller:
        assert caller.send("GET", "/", "", {}, None).content == read
