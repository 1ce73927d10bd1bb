"""Redis servers of a test's own, on free ports, and a client that asks them one command at a time."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import hiredis
import pytest

PATIENCE: Final = 60  # seconds, far beyond what a start takes
_PLAIN: Final = ("--save", "", "--appendonly", "no")
_LASTING: Final = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")


class RedisServer:
    """A server on a port of loopback. It can be killed, and started again with the same options."""

    def __init__(self, folder: Path, *options: str, lasting: bool = False) -> None:
        self.folder, self.port = folder, find_free_port()
        self.options = [*(_LASTING if lasting else _PLAIN), "--dir", str(folder), *options]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [find_redis(), "--port", str(self.port), "--bind", "127.0.0.1", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError):
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
                    connection.sendall(b"PING\r\n")  # because a server listens to this port before other sockets
                    connection.recv(1)
                return
            assert self.process.poll() is None, self.options
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, *command: str | bytes | int) -> Any:
        """Return the reply to one command; an error of the server is returned as an exception."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(hiredis.pack_command(command))  # type: ignore[arg-type] # a tuple of any length
            reader = hiredis.Reader()
            while (reply := reader.gets()) is False:
                received = connection.recv(65536)
                assert received
                reader.feed(received)
            return reply


@contextmanager
def running(folder: Path, *options: str, lasting: bool = False) -> Iterator[RedisServer]:
    """Run a server that forgets everything when it ends; with `lasting`, it keeps each command on the disk first."""
    server = RedisServer(folder, *options, lasting=lasting)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def running_cluster(folder: Path, size: int = 3) -> Iterator[list[RedisServer]]:
    """Run a cluster, whose servers have equal shares of the slots."""
    servers = [
        RedisServer(folder, "--cluster-enabled", "yes", "--cluster-config-file", f"{number}.conf",
                    "--cluster-node-timeout", "5000", "--cluster-require-full-coverage", "no")
        for number in range(size)
    ]  # fmt: skip
    try:
        for number, server in enumerate(servers):
            server.start()
            first, last = 16384 * number // size, 16384 * (number + 1) // size - 1
            assert server.ask("CLUSTER", "ADDSLOTSRANGE", first, last) == b"OK"
            server.ask("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
        deadline = time.monotonic() + PATIENCE
        while any(len(server.ask("CLUSTER", "SLOTS")) < size for server in servers) or any(
            b"cluster_state:ok" not in server.ask("CLUSTER", "INFO") for server in servers
        ):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield servers
    finally:
        for server in servers:
            server.kill()


def find_redis() -> str:
    """Return the path of the server; without one the test is skipped, but fails under NEEDS_REDIS, as in CI."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        (pytest.fail if os.environ.get("NEEDS_REDIS") else pytest.skip)(
            "there is no redis-server; `make redis` installs it"
        )
    return found


def find_free_port() -> int:
    """Return a port that is free, with the one of a cluster's bus, 10,000 above it."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port: int = listener.getsockname()[1]
        if port < 55_000:
            return port
