"""A stand-in for DockerContainer of testcontainers, as far as PaysandboxContainer uses it: no runtime is needed."""

import socket
import sys
from types import ModuleType
from typing import Any, Self

import pytest

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server


class FakeContainer:
    """Its sandbox is a server of this process, which comes up when the health was asked for `slow` times in vain."""

    slow = 0
    ends = False  # the container exits in place of coming up

    def __init__(self, image: str, **options: Any) -> None:
        self.image = image
        self.options = options
        self.env: dict[str, str] = {}
        self.exposed: tuple[int, ...] = ()
        self.status = "created"
        self.stops = 0
        self._waits = self.slow
        self._server: Server | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]

    def with_env(self, key: str, value: str) -> Self:
        self.env[key] = value
        return self

    def with_exposed_ports(self, *ports: int) -> Self:
        self.exposed += ports
        return self

    def start(self) -> Self:
        self.status = "running"
        self._serve()
        return self

    def stop(self) -> None:
        self.stops += 1
        if self._server is not None:
            self._server.__exit__(None, None, None)
            self._server = None

    def get_container_host_ip(self) -> str:
        return "localhost"

    def get_exposed_port(self, port: int) -> int:
        assert port in self.exposed
        return self._port

    def get_wrapped_container(self) -> Self:
        return self

    def get_logs(self) -> tuple[bytes, bytes]:
        return b"on standard output\n", b"on standard error\n"

    def reload(self) -> None:
        """Called between two questions for the health."""
        if self.ends:
            self.status = "exited"
        self._waits -= 1
        self._serve()

    def _serve(self) -> None:
        if self._waits <= 0 and not self.ends and self._server is None:
            settings = Settings(control_token=self.env["PAYSANDBOX_CONTROL_TOKEN"])
            self._server = Server(port=self._port, settings=settings).__enter__()


def imitate_testcontainers(monkeypatch: pytest.MonkeyPatch, container: type[FakeContainer]) -> None:
    """Put a package `testcontainers` with this class in the place of the real one, installed or not."""
    names = ("testcontainers", "testcontainers.core", "testcontainers.core.container")
    for name in names:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    setattr(sys.modules[names[-1]], "DockerContainer", container)  # noqa: B010 - a module has no such attribute
