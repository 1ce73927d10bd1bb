"""Servers under measurement: each a process of its own, on a core of its own where there are several."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from paysandbox.core.exact_json import read_json
from tools.bench.calls import HEALTH, request

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "sandbox"  # the folder that the present sandbox is imported from
CORES: Final = tuple(sorted(os.sched_getaffinity(0)))  # before anything is moved
PATIENCE: Final = 60
_STOP_SECONDS: Final = 5


def like_uvicorn(app: str) -> tuple[str, ...]:
    """The arguments of uvicorn as the sandbox has it, under another application."""
    return (
        *("-m", "uvicorn", app, "--http", "httptools", "--ws", "none", "--lifespan", "off"),
        *("--no-server-header", "--no-proxy-headers", "--no-access-log", "--log-level", "error"),
        *("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "5"),
    )


_SAME: Final = like_uvicorn("tools.bench.bare:app")  # an application that does nothing
BARE: Final = (*_SAME, "--loop", "uvloop")
BARE_ON_ASYNCIO: Final = (*_SAME, "--loop", "asyncio")
SANDBOX: Final = ("-m", "paysandbox", "serve")
SANDBOX_ON_ASYNCIO: Final = ("-m", "tools.bench.on_asyncio")


class Running(NamedTuple):
    """A server that has answered: its port, its process and the seconds from its start to its first answer."""

    port: int
    pid: int
    first_answer: float

    def memory(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def busy(self) -> float:
        """Seconds for which a processor has worked for it so far."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9

    def read(self, path: str) -> Any:
        """The JSON that the control plane answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request("GET", path, {"connection": "close"}))
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return read_json(answer.partition(b"\r\n\r\n")[2])


@contextmanager
def running(arguments: Sequence[str], package: Path = PACKAGE) -> Iterator[Running]:
    """A server that runs within the block, and has answered; the sandbox is imported from the folder `package`."""
    port = find_free_port()
    command = [sys.executable, *arguments, "--port", str(port)]
    with run_server(command, port, environment(package)) as server:
        yield server


@contextmanager
def run_server(
    command: Sequence[str],
    port: int,
    variables: Mapping[str, str],
    probe: bytes = HEALTH,
    folder: Path = ROOT,
    *,
    is_quiet: bool = False,
) -> Iterator[Running]:
    """A server of any kind that runs within the block, and has answered its probe with success.

    The errors of one that `is_quiet` are not shown, because it may log every call.

    Raises:
        RuntimeError: it stopped, or answered with another status.
    """
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if is_quiet else None,
        preexec_fn=on_first_core,  # noqa: PLW1509 - no threads here
    ) as process:
        try:
            first = _first_answer(port, process, probe)
            yield Running(port, process.pid, first - started)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS if is_quiet else PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()  # aiohttp, below one of the peers, waits a minute for connections
                if not is_quiet:
                    raise


def environment(package: Path = PACKAGE) -> dict[str, str]:
    """That of most machines: what was compiled and parsed at the first start is there at the next."""
    found = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found["PYTHONPATH"] = str(package)
    # Each sandbox has its own, because the user's cache keeps a few files only, and other programs would push out what
    # the next start needs.
    found["XDG_CACHE_HOME"] = str(package.parent / "build" / "bench-cache")
    return found


def on_last_core() -> None:
    """Move this process away from the servers."""
    os.sched_setaffinity(0, {CORES[-1]})


def on_first_core() -> None:
    """Move this process to where the servers are."""
    os.sched_setaffinity(0, {CORES[0]})


@contextmanager
def on_all_cores() -> Iterator[None]:
    """Context manager: let this process, and those that it starts, be where the system puts them."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _first_answer(port: int, process: "subprocess.Popen[bytes]", probe: bytes) -> float:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(probe)
                if connection.recv(65536).startswith(b"HTTP/1.1 2"):
                    return time.perf_counter()
                raise RuntimeError("the server did not answer its probe with success")
        except ConnectionRefusedError:
            time.sleep(0.001)
    raise RuntimeError(f"the server stopped with {process.returncode}")


def find_free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
