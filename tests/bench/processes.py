"""Servers under measurement: each a process of its own, on a core of its own where there are several."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
QUIET = ["--lifespan", "off", "--no-access-log", "--log-level", "error"]
BARE = ["-m", "uvicorn", "tests.bench.bare:app", *QUIET, "--port"]
SANDBOX = ["-m", "sandbox", "serve", "--port"]


class Running(NamedTuple):
    """A server that has answered: its port, its process and the seconds from its start to its first answer."""

    port: int
    pid: int
    first_answer: float

    def memory(self) -> float:
        """MiB of memory in use."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def running(arguments: list[str], probe: bytes) -> Iterator[Running]:
    """A server that runs within the block, and has answered `probe`."""
    port = _free_port()
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *arguments, str(port)],
        cwd=ROOT,
        # As on most machines: what was compiled at the first start is there at the next.
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        stdout=subprocess.DEVNULL,
        preexec_fn=_on_first_core,  # noqa: PLW1509 - no threads here
    ) as process:
        try:
            first = _first_answer(port, probe, process)
            yield Running(port, process.pid, first - started)
        finally:
            process.terminate()
            process.wait(20)


def on_last_core() -> None:
    """Move this process away from the servers."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})


def _on_first_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(os.getppid()) | {0})})


def _first_answer(port: int, probe: bytes, process: "subprocess.Popen[bytes]") -> float:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(probe)
                if connection.recv(65536).startswith(b"HTTP/1.1 2"):
                    return time.perf_counter()
                raise RuntimeError("the server did not answer its probe with success")
        except ConnectionRefusedError:
            time.sleep(0.001)
    raise RuntimeError(f"the server stopped with {process.returncode}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
