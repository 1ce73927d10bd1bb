"""A soak from start to end: load with memory samples and a witness beside it, and then the stop."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from msgspec import Struct, field

from paysandbox.app import create_runtime
from tools.soak.calls import Calls
from tools.soak.control import FAULTY, Control
from tools.soak.ending import Ending
from tools.soak.judgement import Claim, judge_memory
from tools.soak.load import Worker
from tools.soak.served import Served, served
from tools.soak.tally import Tally
from tools.soak.witness import Account, Witness, find_differences

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
    """A second of load: seconds since its start, MiB of the process's own, MiB in all, and calls in that second."""

    at: float
    own: float
    resident: float
    calls: float


class Findings(Struct):
    """All that a soak has found out; `full_at` is when the journals were full, in seconds of load."""

    samples: list[Sample] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    full_at: float | None = None
    accounts: int = 0
    differences: list[str] = field(default_factory=list)


class Soak:
    """One run; `report` is called with each sample."""

    def __init__(self, plan: Plan, report: Callable[[Sample], None]) -> None:
        self._plan = plan
        self._report = report
        self._calls = Calls(create_runtime())
        self._tally = Tally()
        self._findings = Findings()

    async def run(self) -> Findings:
        """Run the load, judge it, and stop the server under load.

        Raises:
            RuntimeError: the server does not start.
            Refused: the control plane did not do what it must.
            TimeoutError: the server hangs.
        """
        with served() as quiet:
            witness = Witness(quiet.address, self._calls)
            account = await witness.account()
            await witness.close()
        entries, total = str(self._plan.journal_entries), str(self._plan.journal_bytes)
        with served(("--journal-entries", entries, "--journal-bytes", total)) as server:
            control = Control(server.address)
            await control.order_faults()
            await self._load(server, control, account)
            await control.close()
            claims = self._judge_load()
            claims += await Ending(server, self._calls).claims(self._plan.stop, END_SECONDS)
            log = server.log()
            claims.append(Claim("the server's log has no line", f"{len(log)} lines {log[:5]}", not log))
        self._findings.claims = claims
        return self._findings

    async def _load(self, server: Served, control: Control, account: Account) -> None:
        workers = [
            Worker(f"{number}-{name}", name, self._calls, self._tally, server.address)
            for number, name in enumerate(NAMESPACES)
        ]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        enough = asyncio.Event()
        tasks.append(asyncio.create_task(self._compare_accounts(server.address, account, enough)))
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
        findings, at, holding = self._findings, time.perf_counter() - started, server.holding()
        if findings.full_at is None and len(findings.samples) % JOURNALS_EVERY == 0:
            evicted = await control.count_evicted(NAMESPACES)
            findings.full_at = at if all(evicted.values()) else None
        past = at - findings.samples[-1].at if findings.samples else at
        sample = Sample(at, holding.own, holding.resident, self._tally.take_calls() / past)
        findings.samples.append(sample)
        self._report(sample)

    async def _compare_accounts(self, address: tuple[str, int], account: Account, enough: asyncio.Event) -> None:
        witness = Witness(address, self._calls)
        while not enough.is_set():
            self._findings.differences += find_differences(await witness.account(), account)
            self._findings.accounts += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), WITNESS_SECONDS)
        await witness.close()

    def _judge_load(self) -> list[Claim]:
        findings, unordered = self._findings, self._tally.unordered
        return [
            judge_memory([(sample.at, sample.own) for sample in findings.samples], findings.full_at),
            Claim(
                f"no call fails outside of the namespace with faults, of {self._tally.calls}",
                _describe(unordered),
                not unordered,
            ),
            Claim(
                f"the witness's calls get the same bytes as without load, {findings.accounts} times",
                _describe(findings.differences),
                bool(findings.accounts) and not findings.differences,
            ),
        ]


def _describe(found: list[str]) -> str:
    return f"{len(found)}{': ' if found else ''}{'; '.join(found[:3])[:600]}"
