"""The head of a request, decoded once: what depends neither on the body nor on the state of the sandbox."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from paysandbox.kit.namespace_suffix import SIGN
from paysandbox.web.effects import Message

PREFER: Final = b"prefer"
EXPECT: Final = b"x-sandbox-expect"
ENCODING: Final = b"content-encoding"
_LISTS: Final = frozenset({PREFER, EXPECT, ENCODING})  # headers that may come several times, joined by commas
_NAMESPACE: Final = b"x-sandbox-namespace"
_SIGN: Final = SIGN.encode()


class Head(Struct, frozen=True, gc=False):
    """A request line and headers. Requests with the same head may share one, so nothing changes its headers.

    `path` and `query` are as sent. `host` is the Host header, empty without one, and `origin` the scheme and authority
    that the client used. `size` is the approximate size in bytes. `namespace` is what a header names, and `lists` holds
    the values of the other headers that the sandbox itself heeds. `may_have_suffix` is whether a credential may name a
    namespace.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[bytes, bytes], ...]
    host: str
    origin: str
    port: int | None
    size: int
    namespace: str | None
    lists: Mapping[bytes, str]
    may_have_suffix: bool


def read_head(scope: Message) -> Head:
    """Read the head of a request from its ASGI scope."""
    raw_path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    size = len(raw_path) + len(query)
    host = namespace = None
    lists: dict[bytes, str] = {}
    may_have_suffix = _SIGN in query or b"%7" in query
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        may_have_suffix = may_have_suffix or _SIGN in value
        if name == b"host":
            host = value.decode("latin-1")
        elif name == _NAMESPACE:
            namespace = value.decode("latin-1")
        elif name in _LISTS:
            lists[name] = f"{lists[name]},{value.decode('latin-1')}" if name in lists else value.decode("latin-1")
    return Head(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=query.decode("latin-1"),
        # A tuple, because the journal keeps it, and the garbage collector would visit a list for ever.
        headers=tuple(scope["headers"]),
        host=host or "",
        origin=f"{scope['scheme']}://{host or '127.0.0.1'}",
        port=scope["server"][1] if scope.get("server") else None,
        size=size,
        namespace=namespace,
        lists=lists,
        may_have_suffix=may_have_suffix,
    )
