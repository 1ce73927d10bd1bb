"""uvicorn's server with readiness, timeouts, TLS ports, and a stop that answers all received requests."""

import asyncio
import selectors
import socket
from collections.abc import Callable, Iterable
from typing import Final, cast

import uvicorn

from paysandbox.server.tls_listener import TlsListener
from paysandbox.server.uvicorn_protocol import WireProtocol

_TURNS: Final = 5  # of the event loop: more than it takes from accepting a connection to dispatching its first request
_TICKS_A_SECOND: Final = 10  # uvicorn's


class SandboxServer(uvicorn.Server):
    """A uvicorn server that reports readiness, times out connections, and answers all received requests at a stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        on_stop: Iterable[Callable[[], object]],
        tls_listener: TlsListener | None,
    ) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop
        self._tls_listener = tls_listener

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._tls_listener is not None:
            self._tls_listener.start(self._create_protocol, self.config.backlog)
        self._on_ready()

    def _create_protocol(self) -> asyncio.Protocol:
        """Create the protocol of a TLS connection, in the way of uvicorn."""
        create = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return create(self.config, self.server_state, self.lifespan.state)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            now = int(asyncio.get_running_loop().time())
            for connection in list(self.server_state.connections):
                if isinstance(connection, WireProtocol):
                    connection.check_timeout(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A second SIGINT aborts replies, except the one that came with the first, because a terminal signals a wrapper
        # too, which passes the signal on.
        self.force_exit = False
        for stop in self._on_stop:
            stop()
        # Accept what the kernel still holds, because uvicorn would reset it: it closes every listener, and every
        # connection that seems idle, at once.
        with selectors.DefaultSelector() as arrivals:
            for listener in (*(sockets or ()), *(self._tls_listener.sockets if self._tls_listener else ())):
                arrivals.register(listener, selectors.EVENT_READ)
            for _ in range(self.config.backlog):  # uvloop accepts one connection per turn
                if not arrivals.select(0):
                    break
                await asyncio.sleep(0)
        if self._tls_listener is not None:
            await self._read_received()  # begins the handshakes of what was just accepted
            await self._tls_listener.finish_handshakes()
        await self._read_received()
        for server in self.servers:
            server.close()
        if self._tls_listener is not None:
            self._tls_listener.close()
        await self._read_received()
        await super().shutdown(sockets)

    async def _read_received(self) -> None:
        for _ in range(_TURNS):
            for connection in self.server_state.connections:
                if isinstance(connection, WireProtocol):
                    connection.catch_up()
            await asyncio.sleep(0)
