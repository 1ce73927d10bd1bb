"""A row for each kind of call over HTTP: the processor's time for it, and how many times the older commit's rate."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.kinds import FEW, CallKind, fill, list_kinds
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import SANDBOX, Running, running
from tools.bench.throughput import Rates, measure, order

FLAT: Final = Goal(1.2)
_CONNECTIONS: Final = 16
_PART: Final = 4  # of the seconds of a load, because there are many rows
_BEFORE: Final = "before"


def measured(plan: Plan) -> Iterator[Figure]:
    """Payment, refusal and reading at each provider, hot calls of the control plane, and what grows with its number."""
    kinds = list_kinds(plan.listed)
    found: dict[tuple[str, str], Rates] = {}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running(SANDBOX, path)) for name, path in plan.packages().items()}
        sources: dict[tuple[str, str], Iterator[bytes]] = {}
        for name, server in servers.items():
            tell(f"calls: {plan.listed} payments are made, {name}")
            for kind in prepare(server, kinds, plan.listed, is_present=name != _BEFORE):
                found[kind.name, name] = Rates([], [])
                sources[kind.name, name] = kind.requests()
        for turn in plan.turns("calls"):
            for kind in kinds:
                for name, server in order(servers, turn):
                    if (kind.name, name) in found:
                        rates, requests = found[kind.name, name], sources[kind.name, name]
                        measure(rates, server, requests, plan.seconds / _PART, _CONNECTIONS, kind.expected)
    for kind in kinds:
        yield from _figures(kind, found)
    yield from _grow(plan.listed, found)


def prepare(server: Running, kinds: list[CallKind], many: int, *, is_present: bool) -> list[CallKind]:
    """Fill the two namespaces, and return the kinds whose calls the server carries out.

    Raises:
        RuntimeError: the present sandbox answers otherwise than expected; an older one may lack a call.
    """
    for name, size in (("few", FEW), ("many", many)):
        loaded(server.port, fill(name, size), connections=_CONNECTIONS)
    found = []
    for kind in kinds:
        try:
            loaded(server.port, some(kind.requests(), 1), expected=kind.expected)
        except RuntimeError as error:
            if is_present:
                raise RuntimeError(f"{kind.name}: {error}") from None
            tell(f"calls: the older commit does not answer {kind.name!r} as this one does, so it is not compared")
        else:
            found.append(kind)
    return found


def _figures(kind: CallKind, found: dict[tuple[str, str], Rates]) -> Iterator[Figure]:
    now, before = found[kind.name, "sandbox"], found.get((kind.name, _BEFORE))
    yield figure(f"{kind.name}: sandbox", "requests/s", now.seconds)
    yield figure(f"{kind.name}: processor time, sandbox", "µs", now.busy)
    if before is not None:
        yield figure(f"{kind.name}: processor time, older commit", "µs", before.busy)
        yield share(f"{kind.name}: times the older commit's rate by processor time", before.busy, now.busy)


def _grow(many: int, found: dict[tuple[str, str], Rates]) -> Iterator[Figure]:
    for what in ("journal read", "last page of payments"):
        for name, of in (("sandbox", ""), (_BEFORE, ", older commit")):
            few, large = found.get((f"{what}: few", name)), found.get((f"{what}: many", name))
            if few is not None and large is not None:
                goal = FLAT if name == "sandbox" else None
                yield share(f"{what}: {many:,} against {FEW}{of}", large.busy, few.busy, goal)
