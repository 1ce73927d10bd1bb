"""How long one waiting client waits: with few and with many payments held, and on either event loop."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

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


def measured(plan: Plan) -> Iterator[Figure]:
    """Medians and 99th percentiles in milliseconds, and how they compare."""
    yield from _held(plan)
    yield from _loops(plan)


def _held(plan: Plan) -> Iterator[Figure]:
    """The bare application, a sandbox that is reset again and again, and one that holds many payments."""
    halves: dict[str, list[float]] = {"bare": [], "few": [], "many": []}
    tails: dict[str, list[float]] = {"bare": [], "few": [], "many": []}
    with running(BARE) as bare, running(SANDBOX) as few, running(SANDBOX) as many:
        tell(f"latency: {plan.held} payments are made")
        loaded(many.port, some(payments(0), plan.held), connections=16, expected=b"201")
        # All three get the same calls but for the one that is not timed.
        servers = {"bare": (bare, HEALTH, 0), "few": (few, RESET, 0), "many": (many, HEALTH, plan.held)}
        sources = {name: payments(first) for name, (_, _, first) in servers.items()}
        for _ in plan.turns("latency"):
            for name, (server, first, _) in servers.items():
                durations = waited(server, first, sources[name], plan.seconds)
                halves[name].append(percentile(durations, 0.5) * 1e3)
                tails[name].append(percentile(durations, 0.99) * 1e3)
    held = f"{plan.held:,} payments held"
    yield figure("POST, p50: bare application", "ms", halves["bare"])
    yield figure(f"POST, p50, {FEW} payments held", "ms", halves["few"])
    yield figure(f"POST, p50, {held}", "ms", halves["many"])
    yield share(f"POST, p50, {held}, against {FEW}", halves["many"], halves["few"], Goal(1.2))
    yield figure("POST, p99: bare application", "ms", tails["bare"])
    yield figure(f"POST, p99, {FEW} payments held", "ms", tails["few"])
    yield figure(f"POST, p99, {held}", "ms", tails["many"])
    yield share(f"POST, p99, {held}, against the bare application's", tails["many"], tails["bare"], Goal(3))


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
