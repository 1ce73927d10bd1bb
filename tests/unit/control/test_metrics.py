"""`GET /_sandbox/metrics`: what calls did, in the text format of Prometheus."""

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.metrics import Board, Metrics
from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.metered import MeteredLog
from paysandbox.store.tally import CLASSES
from tests.helpers.runtimes import Client, fresh_runtime
from tests.helpers.stores import MemoryLog, create_worker

URL = "/_sandbox/metrics"
IC = {"authorization": "Bearer ic-test-token"}
SAMPLE = re.compile(r'(paysandbox_[a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+)\})? ([0-9.]+)', re.ASCII)


def read(client: Client) -> dict[tuple[str, ...], Decimal]:
    """Each sample by its name and the values of its labels; every line is a sample, or the help or type of some."""
    response = client.get(URL)
    assert (response.status, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    text = response.content.decode()
    assert text.endswith("\n")
    found, typed = {}, set()
    for line in text.splitlines():
        kind = re.fullmatch(r"# TYPE (paysandbox_[a-z_]+) (?:counter|gauge|histogram)", line)
        if kind is not None:
            typed.add(kind[1])
        elif not line.startswith("# HELP paysandbox_"):
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert {sample[1], re.sub("_(bucket|sum|count)$", "", sample[1])} & typed, line
            key = (sample[1], *re.findall(r'="((?:[^"\\]|\\.)*)"', sample[2] or ""))
            assert key not in found, line
            found[key] = Decimal(sample[3])
    return found


def calls(samples: dict[tuple[str, ...], Decimal]) -> dict[tuple[str, ...], Decimal]:
    return {key[1:]: value for key, value in samples.items() if key[0] == "paysandbox_calls_total"}


@pytest.fixture
def called(client: Client) -> Client:
    """Two calls that are answered, one that is refused, and one that reaches no provider."""
    for _ in range(2):
        client.get("/invisible-collector/companies", headers=IC)
    client.get("/invisible-collector/companies")
    client.get("/nowhere")
    return client


def test_calls_are_counted_by_provider_operation_status_and_refusal(called: Client) -> None:
    expected = {
        ("invisible_collector", "getCompany", "200", "false"): 2,
        ("invisible_collector", "getCompany", "401", "true"): 1,
        ("none", "none", "404", "true"): 1,
    }
    assert calls(read(called)) == expected
    called.delete("/_sandbox/namespaces/default")  # the journal with it
    called.get("/ns/mine/invisible-collector/companies", headers=IC)
    expected["invisible_collector", "getCompany", "200", "false"] = 3
    samples = read(called)
    assert calls(samples) == expected
    assert samples["paysandbox_namespaces",] == 2
    assert samples["paysandbox_journal_bytes",] == called.runtime.namespaces.budget.size > 0


def test_durations_are_counted_by_bounds_that_include_the_lower_ones(called: Client) -> None:
    samples = read(called)
    buckets = [
        value for key, value in samples.items() if key[:2] == ("paysandbox_call_duration_seconds_bucket", "none")
    ]
    assert buckets == sorted(buckets)
    assert len(buckets) == CLASSES
    assert buckets[-1] == samples["paysandbox_call_duration_seconds_count", "none"] == 1
    (entry,) = [entry for entry in called.runtime.namespaces.get("default").journal if not entry.provider]
    assert samples["paysandbox_call_duration_seconds_sum", "none"] == Decimal(entry.duration).scaleb(-9)


def test_calls_that_were_dropped_before_anyone_asked_are_counted_without_their_kind(client: Client) -> None:
    """Nothing is lost of the sums, and later nothing is dropped uncounted."""
    client.runtime.namespaces.budget.entries = 2
    for headers in ({}, IC, {}, IC):
        client.get("/invisible-collector/companies", headers=headers)
    expected = {
        ("dropped", "none", "none", "false"): 1,
        ("dropped", "none", "none", "true"): 1,
        ("invisible_collector", "getCompany", "200", "false"): 1,
        ("invisible_collector", "getCompany", "401", "true"): 1,
    }
    assert calls(read(client)) == expected
    for _ in range(5):
        client.get("/invisible-collector/companies", headers=IC)
    expected["invisible_collector", "getCompany", "200", "false"] = 6
    assert calls(read(client)) == expected


def test_what_the_store_does_is_counted(base_runtime: Runtime) -> None:
    away = False

    class Log(MemoryLog):
        """A log that can be away."""

        async def append(self, *arguments: Any, **options: Any) -> bool:
            await self.check()
            return await super().append(*arguments, **options)

        async def read(self, *arguments: Any, **options: Any) -> Sequence[Stored]:
            await self.check()
            return await super().read(*arguments, **options)

        async def check(self) -> None:
            if away:
                raise StoreError("gone")

    log = MeteredLog(Log())
    runtime = create_worker(base_runtime, log)
    runtime.log_tally = log.tally
    codec = Codec({}, "seed")
    one, two, three = (
        codec.encode(LogEntry(bytes([number]) * 8, bytes([number - 1]) * 8 if number > 1 else b"", deleted=Deleted({})))
        for number in (1, 2, 3)
    )
    appended = [asyncio.run(log.append("default", *entry)) for entry in ((1, one), (1, one), (2, two))]
    assert appended == [True, False, True]
    assert len(asyncio.run(log.read("default", 1))) == 1

    away = True
    for attempt in (log.append("default", 3, three), log.read("default", 0)):
        with pytest.raises(StoreError):
            asyncio.run(attempt)
    samples = read(Client(runtime))
    assert samples["paysandbox_store_duration_seconds_count", "append"] == 3
    assert samples["paysandbox_store_duration_seconds_count", "read"] == 1
    assert samples["paysandbox_store_conflicts_total",] == 1
    assert samples["paysandbox_store_errors_total",] == 2
    assert samples["paysandbox_store_up",] == 0
    assert samples["paysandbox_store_retries_total",] == 0
    assert samples["paysandbox_info", base_runtime.version, "memory"] == 1


def test_calls_that_are_made_again_are_counted(base_runtime: Runtime) -> None:
    log = MemoryLog()
    clients = []
    for _ in range(2):
        metered = MeteredLog(log)
        worker = create_worker(base_runtime, metered)
        worker.log_tally = metered.tally
        clients.append(Client(worker))
    found = []
    for client in (*clients, *clients):
        client.get("/invisible-collector/companies", headers=IC)
        samples = read(client)
        found.append(tuple(int(samples[f"paysandbox_store_{name}_total",]) for name in ("conflicts", "retries")))
    # A refused call reads the log, and a first one does; each is an attempt.
    assert found == [(0, 1), (0, 1), (1, 3), (1, 3)]


def test_the_figures_of_workers_are_summed_and_outlive_them(base_runtime: Runtime) -> None:
    """The worker that takes the place of another goes on with its counts, but not with what that held in memory."""
    board = Board(2)
    first, second = (Client(fresh_runtime(base_runtime)) for _ in range(2))
    for slot, client in enumerate((first, second)):
        client.runtime.metrics = Metrics(client.runtime, board, slot)
    kind = ("invisible_collector", "getCompany", "200", "false")
    for client in (first, first, second):
        client.get("/invisible-collector/companies", headers=IC)
    assert calls(read(first)) == {kind: 2}  # the other has not published yet
    second.runtime.metrics.publish()  # type: ignore[union-attr] # set above
    samples = read(first)
    assert calls(samples) == {kind: 3}
    assert samples["paysandbox_namespaces",] == 2
    third = Client(fresh_runtime(base_runtime))
    third.runtime.metrics = Metrics(third.runtime, board, 1)
    third.get("/invisible-collector/companies", headers=IC)
    first.runtime.metrics.publish()  # type: ignore[union-attr] # set above
    samples = read(third)
    assert calls(samples) == {kind: 4}
    assert samples["paysandbox_namespaces",] == 2


def test_a_half_written_slot_is_not_read(base_runtime: Runtime) -> None:
    board = Board(2)
    metrics = Metrics(fresh_runtime(base_runtime), board, 1)
    assert board.read(1) is None
    metrics.publish()
    assert board.read_others(0) == [metrics.total()]
    board.memory[len(board.memory) // 2 + 12] ^= 0xFF  # the first byte behind the head
    assert board.read(1) is None
    assert board.read_others(0) == []
