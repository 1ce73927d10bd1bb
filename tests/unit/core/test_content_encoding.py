"""Content-Encoding: what is decoded, what is refused, and how much is inflated for it."""

import gzip
import tracemalloc
import zlib
from functools import partial

import pytest

from paysandbox.core.content_encoding import decode_content

LIMIT = 1000
BODY = b'{"amount": 1}'
compressed = partial(gzip.compress, mtime=0)  # the same bytes in each worker, because they are in the tests' names


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", compressed(BODY)),
        (" GZIP ", compressed(BODY)),
        ("x-gzip", compressed(BODY)),
        ("gzip", compressed(BODY[:5]) + compressed(BODY[5:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY, wbits=-15)),
        ("identity", BODY),
        ("gzip, identity", compressed(BODY)),
        ("Identity,,GZIP,", compressed(BODY)),
        ("identity, identity", BODY),
        ("", BODY),
        (" , ", BODY),
    ],
)
def test_a_body_is_decoded(encoding: str, content: bytes) -> None:
    """Gzip may have several members; deflate may come without its frame; identity is no encoding."""
    assert decode_content(content, encoding, LIMIT) == (BODY, None)


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, br"])
@pytest.mark.parametrize("content", [b"", None])
def test_no_body_needs_no_decoding(encoding: str, content: bytes | None) -> None:
    """One that was too long to read stays what it is."""
    assert decode_content(content, encoding, LIMIT) == (content, None)


@pytest.mark.parametrize(
    ("encoding", "content", "message", "is_unsupported"),
    [
        ("gzip", BODY, "the body is not gzip, as the Content-Encoding says: it is damaged", False),
        ("gzip", compressed(BODY)[:-1], "the body is not gzip, as the Content-Encoding says: it ends too", False),
        ("gzip", compressed(BODY) + b"x", "the body is not gzip", False),
        (
            "gzip",
            compressed(BODY)[:-8] + b"\0" * 8,
            "the body is not gzip, as the Content-Encoding says: it is d",
            False,
        ),
        ("deflate", zlib.compress(BODY) + b"x", "the body is not deflate", False),
        ("deflate", b"x", "the body is not deflate", False),
        ("br", BODY, "the Content-Encoding is br; the sandbox reads gzip, deflate and identity", True),
        ("x" * 5000, BODY, "the Content-Encoding is xxx", True),
        ("gzip,gzip", compressed(compressed(BODY)), "the body has 2 encodings (gzip, gzip); send one", True),
        ("gzip, identity, br", BODY, "the body has 2 encodings (gzip, br); send one", True),
    ],
)
def test_what_cannot_be_decoded_is_refused(
    encoding: str, content: bytes, message: str, *, is_unsupported: bool
) -> None:
    """The kind of refusal depends on whose fault it is."""
    decoded, error = decode_content(content, encoding, LIMIT)
    assert decoded == b""
    assert error is not None
    assert error.message.startswith(message)
    assert len(error.message) < 150
    assert error.is_unsupported is is_unsupported


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_inflated(encoding: str) -> None:
    """50 MB of zeros stop at the limit; so do many members that are small by themselves."""
    compress = compressed if encoding == "gzip" else zlib.compress
    bomb = compress(bytes(50_000_000))
    tracemalloc.start()
    assert decode_content(bomb, encoding, LIMIT) == (None, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert decode_content(gzip.compress(bytes(LIMIT)) * 3, "gzip", LIMIT) == (None, None)
    assert decode_content(compress(bytes(LIMIT)), encoding, LIMIT) == (bytes(LIMIT), None)


def test_thousands_of_members_are_not_read() -> None:
    """Each member copies the rest of the body, so that a megabyte of empty ones took 1.3 seconds."""
    body, error = decode_content(gzip.compress(b"") * 1000, "gzip", LIMIT)
    assert body == b""
    assert error is not None
    assert "it has more than 100 members" in error.message
    assert decode_content(gzip.compress(b"") * 99 + gzip.compress(BODY), "gzip", LIMIT) == (BODY, None)
