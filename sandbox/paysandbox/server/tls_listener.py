"""The TLS ports: a TLS handshake goes on to the HTTP protocol, and plain HTTP is answered with one sentence.

The first byte of a connection is looked at without taking it, because a handshake would only reset a plain request.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from paysandbox.kit.settings import Settings

TLS_HANDSHAKE: Final = b"\x16"  # the first byte of every TLS connection (RFC 8446, 5.1: ContentType)
_LOG: Final = logging.getLogger("paysandbox")
_LINGER_SECONDS: Final = 1  # for the client to read the sentence, because closing with unread bytes resets
_CLOSE_SECONDS: Final = 1  # for the client's part of closing TLS, which idle clients do not do
_HANDSHAKE_SECONDS: Final = 1  # for handshakes in progress at a stop
_PAUSE_SECONDS: Final = 1  # before accepting again, when the process has no file descriptors left
_DISTRUST: Final = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")  # in OpenSSL's names of a client's alerts


class TlsListener:
    """Listens on the TLS ports of a sandbox.

    `plain_url` is the root of the sandbox for plain HTTP, `ca_file` what clients must trust.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        context: ssl.SSLContext,
        settings: Settings,
        *,
        plain_url: str,
        ca_file: Path | None,
    ) -> None:
        self.sockets = sockets
        self._context = context
        self._settings = settings
        self._ca_hint = "its CA must be known to the client" if ca_file is None else f"give it the CA file {ca_file}"
        self._refusal = _render_refusal(f"This port speaks TLS: call it with https; plain HTTP is at {plain_url}.")
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}  # connections that have sent nothing yet
        self._handshakes: set[asyncio.Task[None]] = set()

    def start(self, create_protocol: Callable[[], asyncio.Protocol], backlog: int) -> None:
        """Accept connections from now on, in the running event loop; `create_protocol` makes that of a connection."""
        self._loop = asyncio.get_running_loop()
        self._create_protocol = create_protocol
        for listener in self.sockets:
            listener.settimeout(0)
            listener.listen(backlog)
            self._loop.add_reader(listener, self._accept, listener)

    async def finish_handshakes(self) -> None:
        """Let handshakes in progress end, so that their requests are received before the stop."""
        if self._handshakes:
            await asyncio.wait(self._handshakes, timeout=_HANDSHAKE_SECONDS)

    def close(self) -> None:
        """Close the listening sockets and the connections that have sent nothing."""
        for listener in self.sockets:
            self._loop.remove_reader(listener)
            listener.close()
        for connection in list(self._silent):
            self._forget(connection)
            connection.close()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            _LOG.error("cannot accept a TLS connection: %s", error.strerror)
            self._loop.remove_reader(listener)
            self._loop.call_later(_PAUSE_SECONDS, self._accept_again, listener)
            return
        if len(self._silent) + len(self._handshakes) >= 2 * self._settings.connection_limit:
            connection.close()
            return
        connection.settimeout(0)
        self._silent[connection] = self._loop.call_later(self._settings.request_seconds, self._give_up, connection)
        self._loop.add_reader(connection, self._look, connection)

    def _accept_again(self, listener: socket.socket) -> None:
        if listener.fileno() >= 0:
            self._loop.add_reader(listener, self._accept, listener)

    def _look(self, connection: socket.socket) -> None:
        """Look at the first byte, and choose."""
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        self._forget(connection)
        if not first:
            connection.close()
            return
        task = self._loop.create_task(
            self._shake_hands(connection) if first == TLS_HANDSHAKE else self._refuse(connection)
        )
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    def _forget(self, connection: socket.socket) -> None:
        self._loop.remove_reader(connection)
        self._silent.pop(connection).cancel()

    def _give_up(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    async def _shake_hands(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._create_protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._settings.request_seconds,
                ssl_shutdown_timeout=_CLOSE_SECONDS,
            )
        except ssl.SSLError as error:
            reason = error.reason or str(error)
            if any(alert in reason for alert in _DISTRUST):
                _LOG.warning("a TLS client does not trust the certificate (%s): %s", reason, self._ca_hint)
            else:
                _LOG.warning("a TLS handshake failed: %s", reason)
        except OSError:
            return  # the client has gone, or was too slow

    async def _refuse(self, connection: socket.socket) -> None:
        await self._loop.connect_accepted_socket(lambda: _PlainRefusal(self._refusal), connection)


class _PlainRefusal(asyncio.Protocol):
    """Answers a plain request on a TLS port, reads on for a moment, and closes."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply

    def connection_made(self, transport: Any) -> None:
        transport.write(self._reply)
        transport.write_eof()
        asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.close)


def _render_refusal(sentence: str) -> bytes:
    body = f"{sentence}\n".encode()
    lines = [
        "HTTP/1.1 400 Bad Request",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        f"X-Sandbox-Explain: {sentence}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
