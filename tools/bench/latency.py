"""How long one waiting client waits: with few and with many payments held, and on either event loop."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, NamedTuple

from tools.bench import goals
from tools.bench.calls import HEALTH, RESET, payments
from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.load import loaded, percentile, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import BARE, BARE_ON_ASYNCIO, SANDBOX, SANDBOX_ON_ASYNCIO, Running, running

FEW: Final = 100
_LOOPS: Final = {
    "bare application on uvloop": BARE,
    "sandbox on uvloop": SANDBOX,
    "bare application on asyncio": BARE_ON_ASYNCIO,
    "sandbox on asyncio": SANDBOX_ON_ASYNCIO,
}


class Waits(NamedTuple):
    """What each round gave, in milliseconds: median, 99th percentile and maximum."""

    halves: list[float]
    tails: list[float]
    longest: list[float]


def measured(plan: Plan) -> Iterator[Figure]:
    """Medians and 99th percentiles in milliseconds, and how they compare."""
    yield from _held(plan)
    yield from _loops(plan)


def _held(plan: Plan) -> Iterator[Figure]:
    """The bare application, a sandbox that is reset again and again, and one that holds many payments."""
    with ExitStack() as stack:
        # All get the same calls but for the one that is not timed.
        servers = {"bare": (stack.enter_context(running(BARE)), HEALTH, 0)}
        for name, package in plan.packages().items():
            servers[f"{name}, few"] = (stack.enter_context(running(SANDBOX, package)), RESET, 0)
            servers[f"{name}, many"] = (stack.enter_context(running(SANDBOX, package)), HEALTH, plan.held)
        for name, (server, _, size) in servers.items():
            if size:
                tell(f"latency: {size} payments are made, {name}")
                loaded(server.port, some(payments(0), size), connections=16, expected=b"201")
        sources = {name: payments(size) for name, (_, _, size) in servers.items()}
        found: dict[str, Waits] = {name: Waits([], [], []) for name in servers}
        for _ in plan.turns("latency"):
            for name, (server, first, _) in servers.items():
                durations = waited(server, first, sources[name], plan.seconds)
                found[name].halves.append(percentile(durations, 0.5) * 1e3)
                found[name].tails.append(percentile(durations, 0.99) * 1e3)
                found[name].longest.append(max(durations) * 1e3)
    bare, held = found["bare"], f"{plan.held:,} payments held"
    yield figure("POST, p50: bare application", "ms", bare.halves)
    yield figure("POST, p99: bare application", "ms", bare.tails)
    for name in plan.packages():
        few, many = found[f"{name}, few"], found[f"{name}, many"]
        of, goal = ("", True) if name == "sandbox" else (", older commit", False)
        yield figure(f"POST, p50, {FEW} payments held{of}", "ms", few.halves)
        yield figure(f"POST, p50, {held}{of}", "ms", many.halves)
        yield share(f"POST, p50, {held}, against {FEW}{of}", many.halves, few.halves, goals.HELD if goal else None)
        yield figure(f"POST, p99, {FEW} payments held{of}", "ms", few.tails)
        yield figure(f"POST, p99, {held}{of}", "ms", many.tails)
        what = f"POST, p99, {held}, against the bare application's{of}"
        yield share(what, many.tails, bare.tails, goals.TAIL if goal else None)
        yield figure(f"POST, longest, {held}{of}", "ms", many.longest)


def waited(server: Running, first: bytes, requests: Iterator[bytes], seconds: float) -> list[float]:
    """The seconds that payments took while from 100 to 200 more were held than after the `first` call.

    Calls come in turns of 201: `first`, a hundred payments that count as held, and a hundred that are timed.
    """
    durations: list[float] = []
    stop = time.perf_counter() + seconds
    while not durations or time.perf_counter() < stop:
        turn = itertools.chain([first], some(requests, 2 * FEW))
        durations += loaded(server.port, turn).durations[1 + FEW :]
    return durations


def _loops(plan: Plan) -> Iterator[Figure]:
    """A keep-alive connection's POST on uvloop and on asyncio."""
    halves: dict[str, list[float]] = {name: [] for name in _LOOPS}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running(command)) for name, command in _LOOPS.items()}
        sources = {name: payments(0) for name in servers}
        for _ in plan.turns("event loops"):
            for name, server in servers.items():
                durations = loaded(server.port, sources[name], plan.seconds / 2, expected=b"201").durations
                halves[name].append(percentile(durations, 0.5) * 1e3)
    for name, values in halves.items():
        yield figure(f"keep-alive POST, p50: {name}", "ms", values, Goal(1) if name.startswith("sandbox") else None)
