"""A live server: bound sockets, the application for them, and uvicorn in this thread or in one of its own.

with Server() as server:
    server.url(provider)
"""

import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import uvicorn

from paysandbox.app import Sandbox, create_app
from paysandbox.kit.discovery import Folders, choose_names, has_packaged_alone, list_providers
from paysandbox.kit.provider import Provider, list_packaged
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.access_log import AccessLog
from paysandbox.server.certificates import Tls
from paysandbox.server.direct_protocol import DirectConfig
from paysandbox.server.provider_ports import ProviderPorts, assign_ports
from paysandbox.server.sockets import LOOPBACK, Sockets, bind_tls
from paysandbox.server.tls_listener import TlsListener
from paysandbox.server.uvicorn_protocol import WireConfig
from paysandbox.server.uvicorn_server import SandboxServer
from paysandbox.web.effects import App

_NAME: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9.-]+")  # in a certificate, `*` is a first label
STOP_SECONDS: Final = 5
_KEEP_ALIVE_SECONDS: Final = 75  # longer than clients keep idle connections, so that the client closes first


class Live:
    """An application bound to its sockets, ready to be served. As a context manager it is closed in the end."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        provider_ports: ProviderPorts = False,
        tls: Tls | None = None,
        settings: Settings | None = None,
        **application: Any,
    ) -> None:
        """Bind the sockets (see `assign_ports`), then create the application; `application` is passed to `create_app`.

        Raises:
            OSError: the address is in use, or not an address of this machine.
            TlsError: the TLS port cannot be listened on.
            StartupError: a contract or fixture file is not valid.
            ValueError: `provider_ports` has another form.
        """
        settings = _require_token(settings or Settings(), host)
        folder = application.pop("provider_folder", None)
        known, declared = _declare_providers(application.pop("providers", None), folder)
        names = choose_names(declared, application.get("provider_names", ()))
        self._sockets = Sockets(host, port, assign_ports(provider_ports, names))
        self.url = self._sockets.url
        self._tls = tls
        self._tls_sockets: Sockets | None = None
        try:
            if tls is not None:
                self._tls_sockets = bind_tls(host, tls.port, self._sockets.ports)
            tls_ports = {} if self._tls_sockets is None else self._tls_sockets.ports
            settings = msgspec.structs.replace(settings, ports=self._sockets.ports, tls_ports=tls_ports)
            self.app: Sandbox = create_app(settings=settings, providers=known, provider_folder=folder, **application)
        except BaseException:
            self.close_sockets()
            raise
        try:
            self._tls_listener = self._create_tls_listener()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def runtime(self) -> Runtime:
        """The state of the sandbox."""
        runtime: Runtime = self.app.state.runtime
        return runtime

    @property
    def https_url(self) -> str | None:
        """The root URL of the shared TLS port, for a client on this machine; None without TLS."""
        return None if self._tls_sockets is None else self._tls_sockets.url

    def ready(self) -> dict[str, Any]:
        """Return the content of the ready file: all URLs and test credentials."""
        found: dict[str, Any] = {"url": self.url, "pid": os.getpid(), "store": self.runtime.store_name}
        if self._tls is not None:
            ca_file = self._tls.certificates.ca_file
            found["tls"] = {"url": self.https_url, "ca_file": None if ca_file is None else str(ca_file)}
        found["providers"] = {name: self._describe_provider(name) for name in self.runtime.services}
        return found

    def _describe_provider(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"url": self.runtime.url(name, self.url)}
        if self.https_url is not None:
            found["https_url"] = self.runtime.url(name, self.https_url)
        return {**found, "credentials": dict(self.runtime.services[name].credentials)}

    def _create_tls_listener(self) -> TlsListener | None:
        if self._tls is None or self._tls_sockets is None:
            return None
        return TlsListener(
            self._tls_sockets.sockets,
            self._tls.certificates.create_context(self._list_host_names()),
            self.runtime.settings,
            plain_url=self.url,
            ca_file=self._tls.certificates.ca_file,
        )

    def _list_host_names(self) -> list[str]:
        """The names that a client may call this sandbox by: this machine's, and the vendors'."""
        services = self.runtime.services.values()
        own = [] if self._sockets.any_address else [self._sockets.host]
        local = [f"{service.prefix}.localhost" for service in services]
        vendors = [name for service in services for name in service.base_contract.host_names if _NAME.fullmatch(name)]
        return list(dict.fromkeys([*LOOPBACK, *own, *local, *vendors]))

    def server(
        self,
        on_ready: Callable[[], None],
        *,
        access_log: bool = False,
        front: Callable[[App], App] | None = None,
        **options: Any,
    ) -> "uvicorn.Server":
        """Create a uvicorn server for the application; `options` are uvicorn's.

        `front` returns the ASGI application that stands before it; without one, calls need no ASGI messages.
        """
        options = {
            "lifespan": "on",
            "ws": "none",
            "access_log": False,  # uvicorn's has no reason of a refusal
            "server_header": False,
            "proxy_headers": False,  # a local sandbox has no proxy, and the middleware would slow every call
            "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
            "timeout_graceful_shutdown": STOP_SECONDS,
            **options,
        }
        config = self._create_config(options, access_log=access_log, front=front)
        return SandboxServer(config, on_ready, self.runtime.on_stop, self._tls_listener)

    def _create_config(
        self, options: Mapping[str, Any], *, access_log: bool, front: Callable[[App], App] | None
    ) -> WireConfig:
        """Choose the protocol: an access log has to see the ASGI messages of each reply."""
        settings = self.runtime.settings
        if front is not None:
            return WireConfig(front(self.app), settings, **options)
        if access_log:
            return WireConfig(AccessLog(self.app), settings, **options)
        return DirectConfig(self.app, settings, self.app.door, **options)

    def run(self, server: "uvicorn.Server") -> None:
        """Serve until a signal or `server.should_exit` stops it."""
        server.run(sockets=self._sockets.sockets)

    def close_store(self) -> None:
        """Close the store, which must be other than memory, before processes are forked that open it each."""
        from paysandbox.kit.store import close_store  # noqa: PLC0415 - a start in memory must not wait for it

        close_store(self.runtime)

    def reopen_store(self) -> None:
        """Open the store in a forked process.

        Raises:
            StoreFailed: it cannot be used any more.
        """
        from paysandbox.kit.store import open_store  # noqa: PLC0415 - as above

        self.runtime.listeners.clear()  # of the application that is replaced
        open_store(self.runtime)
        self.app = Sandbox(self.runtime)

    def close(self) -> None:
        """Close the sockets, and the store if it was not served, which closes it otherwise."""
        self.close_sockets()
        replication = self.runtime.replication
        if replication is not None and not replication.log.waits:
            self.close_store()

    def close_sockets(self) -> None:
        """Close the sockets of this process; those of forked processes stay open."""
        self._sockets.close()
        if self._tls_sockets is not None:
            self._tls_sockets.close()


class Server:
    """Context manager: a sandbox on free ports of this machine, in a thread, for tests and embedding programs."""

    def __init__(
        self, *, port: int = 0, provider_ports: ProviderPorts = False, tls: Tls | None = None, **application: Any
    ) -> None:
        """Keep the options for `with`; `application` is passed to `create_app`."""
        self._options = {"port": port, "provider_ports": provider_ports, "tls": tls, **application}

    def __enter__(self) -> Self:
        self._live = Live(**self._options)
        try:
            self._start()
        except BaseException:
            self._live.close()
            raise
        return self

    def _start(self) -> None:
        self._up = threading.Event()
        self._server = self._live.server(self._up.set, log_config=None, access_log=False)
        self._thread = threading.Thread(target=self._live.run, args=[self._server], daemon=True, name="paysandbox")
        self._thread.start()
        while not self._up.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start; see its log")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=2 * STOP_SECONDS)

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

    def https_url(self, provider: str | None = None) -> str:
        """Return a provider's URL, or the root URL, on a TLS port.

        Raises:
            ValueError: the sandbox has no TLS ports.
        """
        root = self._live.https_url
        if root is None:
            raise ValueError("the sandbox has no TLS ports; Server(tls=…) opens them")
        return root if provider is None else self._live.runtime.url(provider, root)

    def credentials(self, provider: str) -> Mapping[str, str]:
        """Return a provider's test credentials by name."""
        return self._live.runtime.services[provider].credentials


def _declare_providers(given: Iterable[Provider] | None, folder: Folders) -> tuple[list[Provider] | None, list[str]]:
    """Return the providers and their names; None for the packaged ones alone, whose code is imported later."""
    if given is None and has_packaged_alone(folder):
        return None, list_packaged()
    known = list_providers(folder) if given is None else list(given)
    return known, [provider.name for provider in known]


def _require_token(settings: Settings, host: str) -> Settings:
    """Settings with a control token, generated if none is given, for a host beyond loopback."""
    if settings.control_token is not None or host in LOOPBACK:
        return settings
    import secrets  # noqa: PLC0415 - not needed on loopback, so not imported there

    return msgspec.structs.replace(settings, control_token=secrets.token_urlsafe(24))
