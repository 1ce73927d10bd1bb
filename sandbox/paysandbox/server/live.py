"""A live server: bound sockets, the application for them, and uvicorn in this thread or in one of its own.

with Server() as server:
    server.url(provider)
"""

import asyncio
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import uvicorn
from starlette.applications import Starlette

from paysandbox.app import create_app
from paysandbox.kit.discovery import list_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.uvicorn_protocol import WireConfig, WireProtocol

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - recognized here, never chosen
_STOP_SECONDS: Final = 5
_TURNS: Final = 5  # of the event loop: more than it takes from accepting a connection to dispatching its first request
_TICKS_A_SECOND: Final = 10  # uvicorn's
_KEEP_ALIVE_SECONDS: Final = 75  # longer than clients keep idle connections, so that the client closes first


class Sockets:
    """The listening sockets of a sandbox: the shared port, and one for each of the named providers."""

    def __init__(self, host: str, port: int, names: Iterable[str] = ()) -> None:
        self.host = host
        self.sockets = [_bind(host, port)]
        self.ports: dict[str, int] = {}
        try:
            for name in names:
                self.sockets.append(_bind(host, 0))
                self.ports[name] = self.sockets[-1].getsockname()[1]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.sockets:
            listener.close()

    @property
    def url(self) -> str:
        """The root URL of the shared port, for a client on this machine."""
        host = _WILDCARDS.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.sockets[0].getsockname()[1]}"


class Live:
    """An application bound to its sockets, ready to be served."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        provider_ports: bool = False,
        settings: Settings | None = None,
        **application: Any,
    ) -> None:
        """Bind the sockets, then create the application; `application` is passed to `create_app`.

        Raises:
            OSError: the address is in use, or not an address of this machine.
            StartupError: a contract or fixture file is not valid.
        """
        settings = settings or Settings()
        if settings.control_token is None and host not in LOOPBACK:
            import secrets  # noqa: PLC0415 - not needed on loopback, so not imported there

            settings = msgspec.structs.replace(settings, control_token=secrets.token_urlsafe(24))
        providers = application.pop("providers", None)
        folder = application.pop("provider_folder", None)
        chosen = list_providers(folder) if providers is None else list(providers)
        self._sockets = Sockets(host, port, [provider.name for provider in chosen] if provider_ports else ())
        settings = msgspec.structs.replace(settings, ports=self._sockets.ports)
        self.url = self._sockets.url
        try:
            self.app: Starlette = create_app(settings=settings, providers=chosen, **application)
        except BaseException:
            self._sockets.close()
            raise

    @property
    def runtime(self) -> Runtime:
        """The state of the sandbox."""
        runtime: Runtime = self.app.state.runtime
        return runtime

    def ready(self) -> dict[str, Any]:
        """Return the content of the ready file: all URLs and test credentials."""
        providers = {
            name: {"url": self.runtime.url(name, self.url), "credentials": dict(service.credentials)}
            for name, service in self.runtime.services.items()
        }
        return {"url": self.url, "pid": os.getpid(), "providers": providers}

    def server(self, on_ready: Callable[[], None], **options: Any) -> "uvicorn.Server":
        """Create a uvicorn server for the application; `options` are uvicorn's."""
        config = WireConfig(
            self.app,
            self.runtime.settings,
            lifespan="on",
            ws="none",
            server_header=False,
            proxy_headers=False,  # a local sandbox has no proxy, and the middleware would slow every call
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
            **options,
        )
        return _SandboxServer(config, on_ready)

    def run(self, server: "uvicorn.Server") -> None:
        """Serve until a signal or `server.should_exit` stops it."""
        server.run(sockets=self._sockets.sockets)


class Server:
    """Context manager: a sandbox on free ports of this machine, in a thread, for tests and embedding programs."""

    def __init__(self, *, port: int = 0, provider_ports: bool = False, **application: Any) -> None:
        """Keep the options for `with`; `application` is passed to `create_app`."""
        self._options = {"port": port, "provider_ports": provider_ports, **application}

    def __enter__(self) -> Self:
        self._live = Live(**self._options)
        self._up = threading.Event()
        self._server = self._live.server(self._up.set, log_config=None, access_log=False)
        self._thread = threading.Thread(target=self._live.run, args=[self._server], daemon=True, name="paysandbox")
        self._thread.start()
        while not self._up.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start; see its log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=2 * _STOP_SECONDS)

    @property
    def runtime(self) -> Runtime:
        """The state of the sandbox: its services, namespaces and settings."""
        return self._live.runtime

    def ready(self) -> dict[str, Any]:
        """Return the content of a ready file: all URLs and test credentials."""
        return self._live.ready()

    def url(self, provider: str | None = None) -> str:
        """Return a provider's URL, or the root URL: no trailing slash, no base path."""
        return self._live.url if provider is None else self._live.runtime.url(provider, self._live.url)

    def credentials(self, provider: str) -> Mapping[str, str]:
        """Return a provider's test credentials by name."""
        return self._live.runtime.services[provider].credentials


class _SandboxServer(uvicorn.Server):
    """A uvicorn server that reports readiness, times out connections, and answers all received requests at a stop."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

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
        # Accept what the kernel still holds, because uvicorn would reset it: it closes every listener, and every
        # connection that seems idle, at once.
        with selectors.DefaultSelector() as arrivals:
            for listener in sockets or ():
                arrivals.register(listener, selectors.EVENT_READ)
            for _ in range(self.config.backlog):  # uvloop accepts one connection per turn
                if not arrivals.select(0):
                    break
                await asyncio.sleep(0)
        await self._read_received()
        for server in self.servers:
            server.close()
        await self._read_received()
        await super().shutdown(sockets)

    async def _read_received(self) -> None:
        for _ in range(_TURNS):
            for connection in self.server_state.connections:
                if isinstance(connection, WireProtocol):
                    connection.catch_up()
            await asyncio.sleep(0)


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
    except OSError:
        bound.close()
        raise
    return bound
