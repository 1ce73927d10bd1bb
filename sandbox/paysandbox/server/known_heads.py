"""Heads that connections have sent before, by their bytes: a client repeats few, so they need no second parsing."""

from typing import Final, NamedTuple

from paysandbox.web.head import Head

Headers = list[tuple[bytes, bytes]]

END: Final = b"\r\n\r\n"
LONGEST: Final = 2048  # bytes
# At most half a MiB of heads, and some times as much for what was read of them. They hold credentials, as the journal
# does, in memory only.
_MOST_HEADS: Final = 256
_MOST_HEADERS: Final = 40
# Headers that make the parser, uvicorn or a proxy do more than read on.
_ODD: Final = frozenset({b"expect", b"transfer-encoding", b"upgrade", b"te", b"trailer", b"http2-settings"})
_KEEP_ALIVE: Final = b"keep-alive"


class KnownHead(NamedTuple):
    """A head, and the length of the body that it announces, in bytes."""

    head: Head
    length: int


class KnownHeads:
    """The heads known on one port, because the port is part of an address; the first to come is the first to go."""

    def __init__(self) -> None:
        self._heads: dict[bytes, KnownHead] = {}

    def clear(self) -> None:
        """Forget them all."""
        self._heads.clear()

    def find(self, head: bytes) -> KnownHead | None:
        """Return what these bytes were read as. They are all of the head, the length of the body included."""
        return self._heads.get(head)

    def add(self, sent: bytes, head: Head, length: int) -> None:
        """Remember a head that `measure_body` has found plain, unless it is too large."""
        if len(sent) > LONGEST or len(head.headers) > _MOST_HEADERS:
            return
        if len(self._heads) >= _MOST_HEADS:
            del self._heads[next(iter(self._heads))]
        self._heads[sent] = KnownHead(head, length)


def measure_body(method: str, headers: Headers) -> int | None:
    """Return the length that a head of HTTP/1.1 announces; None for a head that needs the parser each time."""
    if method in ("HEAD", "CONNECT"):
        return None
    length = 0
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name in _ODD or (name == b"connection" and value.lower() != _KEEP_ALIVE):
            return None
    return length
