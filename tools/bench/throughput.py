"""Requests per second, valid and refused, beside the bare application's: everything that the sandbox has is on."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, NamedTuple

from tools.bench import goals
from tools.bench.calls import HEALTH, VIOLATIONS, payments, refused
from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import BARE, SANDBOX, Running, running

SATURATING: Final = "16 connections"
WAITING: Final = "a client that waits"
LOADS: Final = {WAITING: 1, SATURATING: 16}
VALID, REFUSED, LEAST = "valid POST", "POST refused for eleven reasons", "valid POST, a journal of one"
GOALS: Final[dict[tuple[str, str], Goal]] = {
    (SATURATING, VALID): goals.VALID,
    (WAITING, VALID): goals.WAITING,
    (SATURATING, REFUSED): goals.REFUSED,
}
_BEFORE: Final = "before"
_JOURNAL: Final = 10_000  # entries, as `serve` has it
_STATUS: Final = {VALID: b"201", REFUSED: b"422"}


class Rates(NamedTuple):
    """What each round gave: requests per second, and the processor's µs for one."""

    seconds: list[float]
    busy: list[float]


Found = dict[tuple[str, str, str], Rates]


def measured(plan: Plan) -> Iterator[Figure]:
    """Rates, their shares of the ceiling's and of the older commit's, and what the journal takes of them."""
    found: Found = defaultdict(lambda: Rates([], []))
    with ExitStack() as stack:
        bare = stack.enter_context(running(BARE))
        servers = {name: stack.enter_context(running(SANDBOX, path)) for name, path in plan.packages().items()}
        least = stack.enter_context(running([*SANDBOX, "--journal-entries", "1"]))
        tell("throughput: the journal is filled")
        for server in servers.values():
            fill_journal(server, _JOURNAL)
            check_refusal(server)
        sources = {server: payments(_JOURNAL * 2) for server in (*servers.values(), least)}
        for turn in plan.turns("throughput"):
            for load, connections in LOADS.items():
                for kind, status in _STATUS.items():
                    for name, server in order({"bare": bare, **servers}, turn):
                        requests = refused() if kind == REFUSED else sources.get(server) or payments(0)
                        expected = b"201" if name == "bare" else status
                        measure(found[load, kind, name], server, requests, plan.seconds, connections, expected)
            measure(found[SATURATING, LEAST, "sandbox"], least, sources[least], plan.seconds, LOADS[SATURATING], b"201")
    yield from _figures(found)


def order(servers: dict[str, Running], turn: int) -> list[tuple[str, Running]]:
    """The servers of a round, the other way round in every second one: what comes first may have a colder machine."""
    return list(servers.items())[:: -1 if turn % 2 else 1]


def measure(
    rates: Rates, server: Running, requests: Iterator[bytes], seconds: float, connections: int, expected: bytes
) -> None:
    """Load a server for so many seconds, and note what came of it."""
    loaded(server.port, iter([HEALTH]))  # what the load before has left is done then
    busy = server.busy()
    done = loaded(server.port, requests, seconds, connections, expected)
    rates.seconds.append(done.rate)
    rates.busy.append((server.busy() - busy) / done.answered * 1e6)


def fill_journal(sandbox: Running, entries: int) -> None:
    """Bring the journal beyond its limit, so that from now on each call evicts one.

    Raises:
        RuntimeError: it keeps more than so many.
    """
    loaded(sandbox.port, some(payments(0), entries + 100), connections=16, expected=b"201")
    if not sandbox.read("/_sandbox/namespaces/default/requests?limit=1")["evicted"]:
        raise RuntimeError(f"the journal keeps more than {entries} entries")


def check_refusal(sandbox: Running) -> None:
    """Send what is to be refused once, and look it up in the journal.

    Raises:
        RuntimeError: it has not exactly eleven violations.
    """
    loaded(sandbox.port, some(refused(), 1), expected=b"422")
    (entry,) = sandbox.read("/_sandbox/namespaces/default/requests?refused=true&limit=1")["requests"]
    if len(entry["violations"]) != VIOLATIONS:
        raise RuntimeError(f"the refused call has {len(entry['violations'])} violations, not {VIOLATIONS}")


def _figures(found: Found) -> Iterator[Figure]:
    for load in LOADS:
        for kind in _STATUS:
            bare, sandbox = found[load, kind, "bare"], found[load, kind, "sandbox"]
            name = f"{kind}, {load}"
            yield figure(f"{name}: bare application", "requests/s", bare.seconds)
            yield figure(f"{name}: sandbox", "requests/s", sandbox.seconds)
            yield share(
                f"{name}: share of the bare application's", sandbox.seconds, bare.seconds, GOALS.get((load, kind))
            )
            # On a machine that others use too this one is to be believed: what they take is not in it.
            yield figure(f"{name}: processor time, bare application", "µs", bare.busy)
            yield figure(f"{name}: processor time, sandbox", "µs", sandbox.busy)
            yield share(f"{name}: share by processor time", bare.busy, sandbox.busy)
            if (load, kind, _BEFORE) in found:
                goal = goals.FASTER if (load, kind) == (SATURATING, VALID) else None
                yield from compare(name, sandbox, found[load, kind, _BEFORE], goal)
    least, full = found[SATURATING, LEAST, "sandbox"], found[SATURATING, VALID, "sandbox"]
    yield figure(f"{LEAST}, {SATURATING}: sandbox", "requests/s", least.seconds)
    yield figure(f"{LEAST}, {SATURATING}: processor time, sandbox", "µs", least.busy)
    lost = [1 - one / other for one, other in zip(full.seconds, least.seconds, strict=True)]
    yield figure("a full journal of 10,000: share of throughput that it takes", "times", lost)
    lost = [1 - one / other for one, other in zip(least.busy, full.busy, strict=True)]
    yield figure("a full journal of 10,000: share of processor time that it takes", "times", lost)


def compare(name: str, now: Rates, before: Rates, goal: Goal | None = None) -> Iterator[Figure]:
    """How many times the older commit's rate the present one is, and by processor time."""
    yield figure(f"{name}: older commit", "requests/s", before.seconds)
    yield share(f"{name}: times the older commit's rate", now.seconds, before.seconds, goal)
    yield figure(f"{name}: processor time, older commit", "µs", before.busy)
    yield share(f"{name}: times the older commit's rate by processor time", before.busy, now.busy)
