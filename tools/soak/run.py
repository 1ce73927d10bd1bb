"""A soak from its start to its end: load with samples taken beside it, what is left after it, and the signal."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct, field

from paysandbox.app import create_runtime
from tools.soak.calls import Calls
from tools.soak.control import FAULTY, Control
from tools.soak.ending import Ending
from tools.soak.judgement import Claim, flat
from tools.soak.load import Worker
from tools.soak.served import Served, served
from tools.soak.tally import Tally
from tools.soak.wire import CUT, LOST
from tools.soak.witness import Account, Witness, differing

# One namespace is busier than the others: its journal is full by the count of its entries, theirs by all bytes.
NAMESPACES: Final = ("default", "default", "default", FAULTY, *(f"load-{number}" for number in range(4)))
JOURNALS_EVERY: Final = 5  # samples
WITNESS_SECONDS: Final = 10
END_SECONDS: Final = 2


class Plan(Struct, frozen=True):
    """How long the load lasts, in seconds, and how much the journals keep."""

    seconds: float = 300
    journal_entries: int = 5000
    journal_bytes: int = 64 << 20
    stop: signal.Signals = signal.SIGTERM


class Sample(Struct, frozen=True):
    """One second: MiB, descriptors, requests a second, milliseconds, and the entries that all journals keep."""

    at: float
    own: float
    resident: float
    descriptors: int
    rate: float
    p50: float
    p99: float
    journal: int


class Seen(Struct):
    """All that a soak has found out."""

    samples: list[Sample] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    journals: dict[str, tuple[int, int]] = field(default_factory=dict)
    full_at: float | None = None
    accounts: int = 0
    different: list[str] = field(default_factory=list)


class Soak:
    """One run; `tell` is called with each sample."""

    def __init__(self, plan: Plan, tell: Callable[[Sample], None]) -> None:
        self._plan = plan
        self._tell = tell
        self._calls = Calls(create_runtime())
        self._tally = Tally()
        self.seen = Seen()

    async def run(self) -> Seen:
        """Do it all.

        Raises:
            RuntimeError: the server does not start.
            Refused: the control plane did not do what it must.
            TimeoutError: the server hangs.
        """
        with served() as quiet:
            witness = Witness(quiet.address, self._calls)
            account = await witness.account()
            await witness.close()
        options = (
            "--journal-entries",
            str(self._plan.journal_entries),
            "--journal-bytes",
            str(self._plan.journal_bytes),
        )
        with served(options) as server:
            control = Control(server.address)
            await control.order_faults()
            baseline = server.holding().descriptors
            await self._load(server, control, account)
            claims = await self._claims(control)
            await control.close()
            claims.append(await _descriptors(server, baseline))
            claims += await Ending(server, self._calls).claims(self._plan.stop, END_SECONDS)
            log = server.log()
            claims.append(Claim("the server's log has no line", f"{len(log)} lines {log[:5]}", not log))
        self.seen.claims = claims
        return self.seen

    async def _load(self, server: Served, control: Control, account: Account) -> None:
        workers = [
            Worker(f"{number}-{name}", name, self._calls, self._tally, server.address)
            for number, name in enumerate(NAMESPACES)
        ]
        tasks = [asyncio.create_task(one.run()) for one in workers]
        enough = asyncio.Event()
        tasks.append(asyncio.create_task(self._witness(server.address, account, enough)))
        started = time.perf_counter()
        while time.perf_counter() - started < self._plan.seconds:
            await asyncio.sleep(1)
            for task in tasks:
                if task.done():
                    task.result()
            await self._sample(server, control, started)
        for event in (enough, *(worker.stop for worker in workers)):
            event.set()
        await asyncio.gather(*tasks)

    async def _sample(self, server: Served, control: Control, started: float) -> None:
        at, holding = time.perf_counter() - started, server.holding()
        if len(self.seen.samples) % JOURNALS_EVERY == 0:
            self.seen.journals = await control.journals(NAMESPACES)
            full = all(self.seen.journals.get(name, (0, 0))[1] for name in NAMESPACES)
            if full and self.seen.full_at is None:
                self.seen.full_at = at
        answered, p50, p99 = self._tally.interval()
        past = at - self.seen.samples[-1].at if self.seen.samples else at
        kept = sum(entries for entries, _ in self.seen.journals.values())
        sample = Sample(at, holding.own, holding.resident, holding.descriptors, answered / past, p50, p99, kept)
        self.seen.samples.append(sample)
        self._tell(sample)

    async def _witness(self, address: tuple[str, int], account: Account, enough: asyncio.Event) -> None:
        witness = Witness(address, self._calls)
        while not enough.is_set():
            self.seen.different += differing(await witness.account(), account)
            self.seen.accounts += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), WITNESS_SECONDS)
        await witness.close()

    async def _claims(self, control: Control) -> list[Claim]:
        """What can be said while the server still runs."""
        seen, tally = self.seen, self._tally
        seen.fired, seen.kinds, seen.statuses = await control.fired(), dict(tally.kinds), dict(tally.statuses)
        seen.journals = await control.journals(NAMESPACES)
        by_count = [name for name in NAMESPACES if seen.journals[name][0] >= self._plan.journal_entries]
        evicted = sum(gone for _, gone in seen.journals.values())
        operations = self._calls.valid.keys()
        rarest = min(operations, key=lambda name: tally.carried_out[name])
        broken = await control.broken_invariants()
        orders = await self._orders_elsewhere(control)
        return [
            flat([(one.at, one.own) for one in seen.samples], seen.full_at),
            Claim(
                "every journal is full",
                f"{f'after {seen.full_at:.0f} s' if seen.full_at else 'in the end'}; {evicted} entries have gone; "
                f"full by count: {', '.join(dict.fromkeys(by_count)) or 'none'}, the others by all bytes",
                all(gone for _, gone in seen.journals.values()),
            ),
            Claim(
                f"all {len(operations)} operations are carried out",
                f"the rarest, {rarest}, {tally.carried_out[rarest]} times or more",
                tally.carried_out[rarest] > 0,
            ),
            Claim("nothing fails but what faults ordered", _some(tally.strange), not tally.strange),
            *_of_faults(seen.fired, tally),
            Claim("no other namespace has a fault", _some(orders), not orders),
            Claim(
                f"the witness's calls get the same bytes as without load, {seen.accounts} times",
                _some(seen.different),
                bool(seen.accounts) and not seen.different,
            ),
            Claim("every invariant of every namespace holds", _some(broken), not broken),
        ]

    @staticmethod
    async def _orders_elsewhere(control: Control) -> list[str]:
        namespaces = await control.namespaces()
        return [name for name, shown in namespaces.items() if shown["faults"] and name != FAULTY]


def _of_faults(fired: dict[str, Any], tally: Tally) -> list[Claim]:
    struck = tally.struck
    return [
        Claim(
            "every 5xx was ordered",
            f"{struck['5xx']} seen, {fired['5xx']} ordered",
            struck["5xx"] == fired["5xx"] > 0,
        ),
        Claim(
            "every lost reply was ordered",
            f"{struck[LOST]} seen, {fired['drop']} ordered",
            struck[LOST] == fired["drop"] > 0,
        ),
        Claim(
            "every cut reply was ordered",
            f"{struck[CUT]} seen, {fired['truncate']} ordered, of which those without a body cannot be cut",
            0 < struck[CUT] <= fired["truncate"],
        ),
    ]


async def _descriptors(server: Served, baseline: int) -> Claim:
    """Whether they are back where they were; the server may take a moment to see that clients have gone."""
    for _ in range(100):
        now = server.holding().descriptors
        if now <= baseline:
            break
        await asyncio.sleep(0.1)
    return Claim("open files are back at the baseline", f"{now}, before the load {baseline}", now <= baseline)


def _some(found: list[str]) -> str:
    return f"{len(found)}{': ' if found else ''}{'; '.join(found[:3])[:600]}"
