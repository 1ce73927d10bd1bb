"""Measure what a call costs a sandbox and a Redis or Valkey, by the processor time of both."""

import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tools.capacity.model import Costs

PATIENCE = 60  # seconds for a start
CONNECTIONS = 8
_TICKS = os.sysconf("SC_CLK_TCK")
_HEADERS = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}


class Payer:
    """Pays a part of a debt, again and again, in one namespace and over one connection."""

    def __init__(self, url: str, namespace: str, sign: str = "") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._path = f"/ns/{namespace}/invisible-collector/payments"
        self._sign, self._number = sign, 0

    def close(self) -> None:
        self._connection.close()

    def pay(self) -> None:
        self._number += 1
        body = (
            f'{{"number": "R {self._sign}{self._number}", "type": "TB", "date": "2026-01-01", "currency": "EUR", '
            '"lines": [{"number": "FT TEST/001", "amount": 0.01}]}'
        )
        self._connection.request("POST", self._path, body, _HEADERS)
        reply = self._connection.getresponse()
        reply.read()
        if reply.status != http.HTTPStatus.CREATED:
            raise RuntimeError(f"a payment was answered {reply.status}")


def measure(calls: int) -> Costs:
    """Measure with so many calls of each kind.

    Raises:
        RuntimeError: there is no redis-server or valkey-server.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engine, port = stack.enter_context(_run_engine(folder))
        sandboxes = [stack.enter_context(_run_sandbox(folder, name, port)) for name in ("a", "b")]
        (first, url), (second, other_url) = sandboxes
        payers = [Payer(url, f"n{number}") for number in range(CONNECTIONS)]
        others = [Payer(url, f"m{number}", "a") for number in range(CONNECTIONS)]
        others += [Payer(other_url, f"m{number}", "b") for number in range(CONNECTIONS)]
        for payer in (*payers, *others):
            stack.callback(payer.close)

        def pay_alone(share: int) -> None:
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                list(pool.map(lambda payer: _repeat(payer.pay, share), payers))

        def pay_in_turn(share: int) -> None:
            for _ in range(share // 2):
                for payer in others:
                    payer.pay()

        pay_alone(50)
        pay_in_turn(50)
        share = calls // CONNECTIONS
        alone = _spend([first, engine], lambda: pay_alone(share), share * CONNECTIONS)
        moved = _spend([first, second, engine], lambda: pay_in_turn(share), share // 2 * len(others))
        return Costs(alone[0], alone[1], moved[0] + moved[1], moved[2], measure_round_trip(port))


def measure_round_trip(port: int) -> int:
    """Return the median microseconds of a PING."""
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(1000):
            started = time.perf_counter_ns()
            connection.sendall(b"PING\r\n")
            connection.recv(64)
            times.append(time.perf_counter_ns() - started)
    return round(statistics.median(times) / 1000)


def _spend(processes: Sequence[int], work: Callable[[], None], calls: int) -> list[int]:
    """Return the microseconds of processor time a call that each process has spent on some work."""
    before = [_read_ticks(pid) for pid in processes]
    work()
    return [
        round((_read_ticks(pid) - ticks) * 1e6 / _TICKS / calls) for pid, ticks in zip(processes, before, strict=True)
    ]


def _read_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _repeat(work: Callable[[], None], times: int) -> None:
    for _ in range(times):
        work()


@contextmanager
def _run_engine(folder: Path) -> Iterator[tuple[int, int]]:
    """Run an engine that writes its log to the disk, as one that is to keep it."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise RuntimeError("there is no redis-server and no valkey-server on this machine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
    with _running([*command, "--save", ""]) as process:
        _wait_for(lambda: _is_open(port))
        yield process.pid, port


@contextmanager
def _run_sandbox(folder: Path, name: str, port: int) -> Iterator[tuple[int, str]]:
    ready = folder / f"{name}.json"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready)]
    with _running([*command, "--store", f"redis://127.0.0.1:{port}/0"]) as process:
        _wait_for(ready.exists)
        yield process.pid, json.loads(ready.read_text())["url"]


@contextmanager
def _running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was ready within {PATIENCE} seconds")
        time.sleep(0.02)
