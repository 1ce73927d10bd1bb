"""Sandboxes over a store: a log in memory, workers that share it, and all that a replica holds, to compare."""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, cast

from msgspec.structs import replace

from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import JournalBudget
from paysandbox.store.log.codec import Codec, read_tokens
from paysandbox.store.log.engine import EVERY, Append, Log, Stored, Summary
from paysandbox.store.log.parts import describe_faults
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.replication import Replication
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import Baseline, State
from tests.helpers.runtimes import NOON

BY_HAND: Final = "the test changes its sandbox by hand, which no log has"


class MemoryLog:
    """A log as engines keep it, without an engine."""

    engine = "memory"
    name = "memory"
    waits = False

    def __init__(self) -> None:
        self.entries: dict[str, list[Stored]] = {}
        self.appended = 0

    def read_news(self) -> int:
        return self.appended

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        return [stored for stored in self.entries.get(namespace, []) if stored.version > after][:limit]

    async def read_last(self, namespace: str) -> Stored | None:
        held = self.entries.get(namespace)
        return held[-1] if held else None

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        held = self.entries.get(namespace, [])
        if version != (held[-1].version if held else 0) + 1:
            return False
        if held and read_tokens(held[-1].content).token != read_tokens(content).previous:
            return False
        held.append(Stored(version, content))
        self.entries.pop(namespace, None)  # so that the namespace of the latest entry comes last
        self.entries[namespace] = [stored for stored in held if stored.version >= keep_from]
        self.appended += 1
        return True

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        before = {name: list(entries) for name, entries in self.entries.items()}
        try:
            return [await self.append(each.namespace, each.version, each.content) for each in appends]
        except BaseException:
            self.entries = before
            raise

    async def list_names(self) -> list[str]:
        return list(self.entries)

    async def list_foreign(self) -> list[str]:
        return []

    async def forget(self, namespace: str) -> None:
        self.entries.pop(namespace, None)

    async def summarize(self, namespace: str) -> Summary | None:
        held = self.entries.get(namespace)
        return Summary(held[-1].version, len(held), sum(len(stored.content) for stored in held), 0) if held else None

    async def forget_unused(self, before: int) -> list[str]:  # noqa: ARG002 - as the protocol has it; no time is kept
        return []

    async def check(self) -> None: ...

    async def try_write(self) -> bool:
        return True

    async def close(self) -> None: ...


def create_worker(base: Runtime, log: Log, *, at: datetime = NOON, **limits: int) -> Runtime:
    """A sandbox whose namespaces are kept in a log, with its clock at 2026-03-31T12:00:00Z, or at another time."""
    settings, baselines = replace(base.settings, **limits), base.namespaces.baselines
    replicas = Replicas(
        baselines,
        seed=settings.seed,
        limit=settings.namespace_limit,
        time=lambda: at,
        budget=JournalBudget(entries=settings.journal_entries, limit=settings.journal_bytes),
    )
    made = Runtime(
        services=base.services,
        control=base.control,
        namespaces=replicas,
        settings=settings,
        version=base.version,
        time=lambda: at,
    )
    codec = Codec(baselines, settings.seed)
    made.replication = Replication(log, replicas, codec, journal_entries=settings.journal_entries)
    return made


def catch_up(name: str, *workers: Runtime) -> None:
    """Let workers read the log of a namespace to its end."""
    for worker in workers:
        assert worker.replication is not None
        asyncio.run(worker.replication.catch_up(name))


def describe_replica(replica: Replica, baselines: Mapping[str, Baseline]) -> dict[Any, Any]:
    """All that a namespace holds, in comparable form; the order of records, indexes and snapshots included."""
    webhooks = replica.webhooks
    found: dict[Any, Any] = {
        "exists": replica.exists,
        "version": (replica.version, replica.token),
        "requests": replica.requests,
        "journal": [_describe_entry(entry) for entry in replica.journal],
        "evicted": replica.journal.evicted,
        "expected": [entry.number for entry in replica.journal if replica.journal.expects_refusal(entry)],
        "counts": {name: dict(counts) for name, counts in replica.counts.items() if counts},
        "retired": replica.retired,
        "clock": replica.clock.setting,
        "faults": describe_faults(replica.faults),
        "variants": replica.variants,
        "snapshots": replica.snapshots,
        "webhooks": None if webhooks is None else (webhooks.endpoints, webhooks.deliveries, webhooks.evicted),
        "states": {name: describe_state(replica.state(name)) for name in baselines},
    }
    fresh = Namespace(replica.name, baselines, replica.clock, "seed")
    for name, snapshot in replica.named_snapshots().items():
        for provider in baselines:
            state = replica.state(provider)
            now = state.snapshot()
            # A provider that was not used before is in no snapshot, and its records are as in the fixtures.
            state.restore(snapshot.get(provider) or fresh.state(provider).snapshot())
            found["snapshot", name, provider] = describe_state(state)
            state.restore(now)
    return found


def describe_state(state: State) -> dict[Any, Any]:
    """Records by their text, because 0.00 and 0 are equal, with keys by index, and the counters."""
    found: dict[Any, Any] = {"(counters)": state.counters()}
    for name, table_def in state.table_defs().items():
        table = state.table(name)
        records = list(table.records())
        found[name] = [repr(record) for record in records]
        found[name, "own"] = list(table.own)
        getters = {name: lambda record, getter=getter: (getter(record),) for name, getter in table_def.indexes.items()}
        for index, getter in (getters | table_def.multikeys).items():
            values = dict.fromkeys(value for record in records for value in getter(record))
            found[name, index] = {
                value: [table_def.key(record) for record in table.all(index, value)] for value in values
            }
            assert all(table.count(index, value) == len(keys) for value, keys in found[name, index].items())
    return found


def _describe_entry(entry: Any) -> str:
    return repr(_list(entry))


def _list(value: Any) -> Any:
    """Sequences as lists, whose kind decoding changes."""
    if hasattr(value, "__struct_fields__"):
        return [type(value).__name__, *(_list(getattr(value, name)) for name in value.__struct_fields__)]
    if isinstance(value, list | tuple):
        return [_list(item) for item in value]
    return dict(value) if hasattr(value, "items") else value


class BlockingLog:
    """See `blocking`."""

    waits = False

    def __init__(self, log: Log, loop: asyncio.AbstractEventLoop) -> None:
        self.engine, self.name, self.read_news = log.engine, log.name, log.read_news
        self._log, self._loop = log, loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)

        async def run(*arguments: Any, **options: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(method(*arguments, **options), self._loop).result()

        return run


@contextmanager
def blocking(log: Log) -> Iterator[Log]:
    """Context manager: a log that waits for a network as one that does not, because calls in memory have no event loop.

    The log runs in an event loop of its own, in a thread, and is closed in the end.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield cast("Log", BlockingLog(log, loop))
    finally:
        asyncio.run_coroutine_threadsafe(log.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
