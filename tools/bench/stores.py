"""The stores beside each other: a sandbox in memory, over SQLite, and over a Redis that the run starts."""

import itertools
import os
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.bench import goals
from tools.bench.calls import payments
from tools.bench.figures import Figure, figure, share
from tools.bench.floors import compare_floors, measure_sqlite, run_floors
from tools.bench.load import loaded, percentile, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import PATIENCE, SANDBOX, Running, find_free_port, running
from tools.bench.throughput import Rates, measure, order

_NAMESPACES: Final = 16  # as many as connections, because calls of one namespace follow each other
_ENTRIES: Final = 1000  # that a worker catches up
_ENTRY: Final = bytes(2000)  # of the size of a payment's
_TRIPS: Final = 300
_MICROSECONDS: Final = 1e6


def measured(plan: Plan) -> Iterator[Figure]:
    """One waiting client and a load of sixteen, over each store; and what another worker has to read."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        stores = {"memory": "memory", "SQLite": f"sqlite:{folder / 'stub.db'}"}
        port = stack.enter_context(_run_redis(folder))
        if port is not None:
            stores["Redis"] = f"redis://127.0.0.1:{port}"
        stores |= {store.partition(":")[0]: store for store in plan.stores}
        servers = {name: stack.enter_context(running([*SANDBOX, "--store", url])) for name, url in stores.items()}
        sources = {name: _spread(payments(0)) for name in servers}
        alone: list[float] = []
        waits: dict[str, list[float]] = {name: [] for name in (*servers, "trip")}
        rates = {name: Rates([], []) for name in servers}
        in_one = {name: Rates([], []) for name in servers}
        sources_in_one = {name: payments(2 * 10**8) for name in servers}
        floors = {} if port is None else stack.enter_context(run_floors(stores["Redis"]))
        for server in servers.values():
            loaded(server.port, some(_spread(payments(10**8)), 10 * _NAMESPACES))
        for turn in plan.turns("stores"):
            for name, server in order(servers, turn):
                durations = loaded(server.port, sources[name], plan.seconds / 2, expected=b"201").durations
                waits[name].append(percentile(durations, 0.5) * _MICROSECONDS)
                measure(rates[name], server, sources[name], plan.seconds, _NAMESPACES, b"201")
                measure(in_one[name], server, sources_in_one[name], plan.seconds, _NAMESPACES, b"201")
            alone.append(measure_sqlite(folder, _NAMESPACES))
            for floor in floors.values():
                floor.measure(plan)
            if port is not None:
                waits["trip"].append(_measure_trip(port))
        yield from _compare(waits, rates)
        yield figure(f"SQLite alone: processor time of an entry, {_NAMESPACES} in a transaction", "µs", alone)
        yield from compare_floors(floors, waits["trip"])
        yield from _compare_in_one(in_one)
        if port is not None:
            yield from _measure_two(plan, servers["Redis"], stores["Redis"])
        for name, url in stores.items():
            if name != "memory":
                yield from _measure_second_worker(plan, name, url, servers[name])


def _compare(waits: dict[str, list[float]], rates: dict[str, Rates]) -> Iterator[Figure]:
    for name, found in rates.items():
        yield figure(f"store {name}: POST, one waiting client, p50", "µs", waits[name])
        yield figure(f"store {name}: POST, 16 connections and namespaces", "requests/s", found.seconds)
        yield figure(f"store {name}: processor time of a POST", "µs", found.busy)
    seconds = {name: found.seconds for name, found in rates.items()}
    what = "16 connections, share of memory's rate"
    yield share(f"store SQLite: {what}", seconds["SQLite"], seconds["memory"], goals.SQLITE)
    if "Redis" in rates:
        yield share(f"store Redis: {what}", seconds["Redis"], seconds["memory"])
        yield figure("Redis alone: round trip of an append, p50", "µs", waits["trip"])
        beyond = [redis - memory for redis, memory in zip(waits["Redis"], waits["memory"], strict=True)]
        what = "store Redis: one waiting client, beyond memory, in round trips of the engine"
        yield share(what, beyond, waits["trip"], goals.TRIPS)


def _compare_in_one(rates: dict[str, Rates]) -> Iterator[Figure]:
    """In one namespace, whose calls of one turn of the event loop a store that does not wait keeps together."""
    for name, found in rates.items():
        yield figure(f"store {name}: POST, 16 connections, one namespace", "requests/s", found.seconds)
        yield figure(f"store {name}: processor time of a POST, one namespace", "µs", found.busy)
        if name != "memory":
            what = f"store {name}: 16 connections, one namespace, share of memory's"
            yield share(f"{what} rate", found.seconds, rates["memory"].seconds)
            yield share(f"{what} rate by processor time", rates["memory"].busy, found.busy)


def _measure_two(plan: Plan, first: Running, url: str) -> Iterator[Figure]:
    """What calls cost two processes at once, each with namespaces of its own, against one process with all of them.

    Their rate would tell it only where each has a core of its own, and the engine and the load as well.
    """
    alone: list[float] = []
    both: list[float] = []
    numbers = itertools.count(0, 10**6)
    with running([*SANDBOX, "--store", url]) as second, ThreadPoolExecutor(2) as pool:
        for _ in plan.turns("two processes over Redis"):
            for servers, found in (((first, first), alone), ((first, second), both)):
                names = [f"{len(set(servers))}-{number}-" for number in (1, 2)]
                for server, name in zip(servers, names, strict=True):  # reads the provider and the logs
                    loaded(server.port, some(_spread(payments(next(numbers)), name), 3 * _NAMESPACES))
                busy = -sum(server.busy() for server in (first, second))
                loads = [_spread(payments(next(numbers)), name) for name in names]
                done = pool.map(lambda server, load: loaded(server.port, load, plan.seconds, 8, b"201"), servers, loads)
                answered = sum(load.answered for load in done)
                busy += sum(server.busy() for server in (first, second))
                found.append(busy / answered * _MICROSECONDS)
    yield figure("store Redis: processor time of a POST, two processes", "µs", both)
    yield share("store Redis: processor time of a POST, two processes against one", both, alone, goals.TWO_PROCESSES)


def _measure_second_worker(plan: Plan, name: str, url: str, first: Running) -> Iterator[Figure]:
    """What a call costs on a worker that knows nothing of its namespace yet, or lacks a thousand entries."""
    anew, behind = [], []
    for turn in plan.turns(f"another worker over {name}"):
        with running([*SANDBOX, "--store", url]) as second:
            loaded(second.port, _in("other", payments(10**9), 1))  # reads the provider
            warm, fresh, known = (f"{word}-{turn}" for word in ("warm", "fresh", "known"))
            for namespace in (warm, fresh):
                loaded(first.port, _in(namespace, payments(0), 10))
            _time_one(second, _in(warm, payments(100), 1))  # the first that it reads of any log
            anew.append(_time_one(second, _in(fresh, payments(100), 1)))
            loaded(second.port, _in(known, payments(0), 1))
            loaded(first.port, _in(known, payments(1), _ENTRIES))
            behind.append(_time_one(second, _in(known, payments(10**6), 1)))
    yield figure(f"store {name}: a namespace's first call on another worker", "ms", anew, goals.FIRST_CALL)
    yield figure(f"store {name}: a call that catches up {_ENTRIES:,} entries", "ms", behind, goals.CATCHING_UP)


def _time_one(server: Running, requests: Iterator[bytes]) -> float:
    return loaded(server.port, requests, expected=b"201").durations[0] * 1e3


def _in(namespace: str, requests: Iterator[bytes], count: int | None = None) -> Iterator[bytes]:
    chosen = requests if count is None else some(requests, count)
    return (request.replace(b" /", f" /ns/{namespace}/".encode(), 1) for request in chosen)


def _spread(requests: Iterator[bytes], prefix: str = "n") -> Iterator[bytes]:
    """The requests, each in the next of sixteen namespaces."""
    names = itertools.cycle(f" /ns/{prefix}{number}/".encode() for number in range(_NAMESPACES))
    return (request.replace(b" /", name, 1) for request, name in zip(requests, names, strict=False))


def _measure_trip(port: int) -> float:
    """The µs in which the engine appends an item of an entry's size, for a client that does nothing else."""
    first = time.time_ns()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        durations = []
        for number in range(_TRIPS):
            parts = b"XADD", b"trips", b"%d-0" % (first + number), b"entry", _ENTRY
            command = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
            started = time.perf_counter()
            connection.sendall(command)
            if not connection.recv(4096).startswith(b"$"):
                raise RuntimeError("the engine refused an append")
            durations.append(time.perf_counter() - started)
    return statistics.median(durations) * _MICROSECONDS


@contextmanager
def _run_redis(folder: Path) -> Iterator[int | None]:
    """A Redis that keeps nothing on the disk, on a port of its own; None without redis-server."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        tell("stores: there is no redis-server; `make redis` installs it")
        yield None
        return
    port = find_free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([*command, "--dir", os.fspath(folder)], stdout=subprocess.DEVNULL) as process:  # noqa: S603 - found above
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.perf_counter() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
