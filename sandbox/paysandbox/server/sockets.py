"""Listening sockets, bound before anything else is done, so that a port in use is noticed at once."""

import socket
from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.server.certificates import TlsError

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - recognized here, never chosen


class Sockets:
    """The listening sockets of a scheme: the shared port, and those of providers, `ports` by name; 0 is a free port."""

    def __init__(self, host: str, port: int, ports: Mapping[str, int] | None = None, *, scheme: str = "http") -> None:
        self.host = host
        self.scheme = scheme
        self.sockets = [_bind(host, port)]
        self.ports: dict[str, int] = {}
        try:
            for name, own in (ports or {}).items():
                self.sockets.append(_bind(host, own))
                self.ports[name] = self.sockets[-1].getsockname()[1]
        except BaseException:
            self.close()
            raise

    @property
    def any_address(self) -> bool:
        """Whether they listen on every address of this machine."""
        return self.host in _WILDCARDS

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.sockets:
            listener.close()

    @property
    def url(self) -> str:
        """The root URL of the shared port, for a client on this machine."""
        host = _WILDCARDS.get(self.host, self.host)
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.sockets[0].getsockname()[1]}"


def bind_tls(host: str, port: int, names: Iterable[str]) -> Sockets:
    """Bind the sockets for HTTPS: the shared port, and a free one for each of the named providers.

    Raises:
        TlsError: the address is in use, or not an address of this machine.
    """
    try:
        return Sockets(host, port, dict.fromkeys(names, 0), scheme="https")
    except OSError as error:
        raise TlsError(
            f"cannot listen on {host}:{port} for TLS: {error.strerror}; --tls-port 0 takes a free port"
        ) from None


def _bind(host: str, port: int) -> socket.socket:
    family, kind, _, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    # With protocol 0 asyncio does not see that this is TCP, leaves Nagle's algorithm on, and a keep-alive POST
    # takes 44 ms.
    bound = socket.socket(family, kind, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        error.filename = str(port)  # which of several ports it was
        raise
    return bound
