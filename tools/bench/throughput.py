"""Requests per second, valid and refused, beside the bare application's: everything that the sandbox has is on."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from tools.bench.calls import VIOLATIONS, payments, refused
from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import BARE, SANDBOX, Running, running

SATURATING: Final = "16 connections"
LOADS: Final = {"a client that waits": 1, SATURATING: 16}
VALID, REFUSED, LEAST = "valid POST", "POST refused for eleven reasons", "valid POST, a journal of one"
GOALS: Final = {VALID: Goal(0.5, at_least=True), REFUSED: Goal(0.25, at_least=True)}
_JOURNAL: Final = 10_000  # entries, as `serve` has it
_STATUS: Final = {VALID: b"201", REFUSED: b"422"}


class Rates(NamedTuple):
    """What each round gave: requests per second, and the processor's µs for one."""

    seconds: list[float]
    busy: list[float]


Found = dict[tuple[str, str, str], Rates]


def measured(plan: Plan) -> Iterator[Figure]:
    """Rates, their shares of the ceiling's, and what the journal takes of them."""
    found: Found = defaultdict(lambda: Rates([], []))
    with running(BARE) as bare, running(SANDBOX) as sandbox, running([*SANDBOX, "--journal-entries", "1"]) as least:
        tell("throughput: the journal is filled")
        fill_journal(sandbox, _JOURNAL)
        check_refusal(sandbox)
        sources = {one: payments(_JOURNAL * 2) for one in (sandbox, least)}
        for _ in plan.turns("throughput"):
            for load, connections in LOADS.items():
                for kind, status in _STATUS.items():
                    for name, server, expected in (("bare", bare, b"201"), ("sandbox", sandbox, status)):
                        requests = refused() if kind == REFUSED else sources.get(server) or payments(0)
                        measure(found[load, kind, name], server, requests, plan.seconds, connections, expected)
            measure(found[SATURATING, LEAST, "sandbox"], least, sources[least], plan.seconds, LOADS[SATURATING], b"201")
    yield from _figures(found)


def measure(
    rates: Rates, server: Running, requests: Iterator[bytes], seconds: float, connections: int, expected: bytes
) -> None:
    """Load a server for so many seconds, and note what came of it."""
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
        for kind, goal in GOALS.items():
            bare, sandbox = found[load, kind, "bare"], found[load, kind, "sandbox"]
            name = f"{kind}, {load}"
            yield figure(f"{name}: bare application", "requests/s", bare.seconds)
            yield figure(f"{name}: sandbox", "requests/s", sandbox.seconds)
            yield share(f"{name}: share of the bare application's", sandbox.seconds, bare.seconds, goal)
            # On a machine that others use too this one is to be believed: what they take is not in it.
            yield figure(f"{name}: processor time, bare application", "µs", bare.busy)
            yield figure(f"{name}: processor time, sandbox", "µs", sandbox.busy)
            yield share(f"{name}: share by processor time", bare.busy, sandbox.busy)
    least, full = found[SATURATING, LEAST, "sandbox"], found[SATURATING, VALID, "sandbox"]
    yield figure(f"{LEAST}, {SATURATING}: sandbox", "requests/s", least.seconds)
    yield figure(f"{LEAST}, {SATURATING}: processor time, sandbox", "µs", least.busy)
    lost = [1 - one / other for one, other in zip(full.seconds, least.seconds, strict=True)]
    yield figure("a full journal of 10,000: share of throughput that it takes", "times", lost)
    lost = [1 - one / other for one, other in zip(least.busy, full.busy, strict=True)]
    yield figure("a full journal of 10,000: share of processor time that it takes", "times", lost)
