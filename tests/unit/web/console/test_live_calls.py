"""Watchers: bounded, however slowly they read, and nothing runs while there are none."""

import asyncio
from typing import Any

import pytest

from paysandbox.control.call_feed import Batch, Filter, WatchedCall
from paysandbox.web.console import live_calls
from paysandbox.web.console.live_calls import QUEUED, LiveCalls, Watcher, stream_events
from tests.helpers.runtimes import Client

BEARER = {"authorization": "Bearer ic-test-token"}


def make_call(number: int) -> WatchedCall:
    summary: dict[str, Any] = {
        "id": f"default-{number}", "namespace": "default", "provider": "", "operation": None, "status": 200,
        "refused": False, "advice": [], "violations": [], "rules": [],
    }  # fmt: skip
    return WatchedCall(summary, summary, f"default-{number}@")


def test_a_watcher_that_does_not_read_loses_the_oldest_calls_and_is_told_how_many() -> None:
    async def watch() -> Batch | None:
        watcher = Watcher(Filter())
        watcher.offer(Batch(tuple(make_call(number) for number in range(QUEUED + 3)), 4))
        return await watcher.take()

    batch = asyncio.run(watch())
    assert batch is not None
    assert len(batch.calls) == QUEUED
    assert batch.calls[0].summary["id"] == "default-3"
    assert batch.skipped == 7


def test_a_closed_watcher_ends_after_what_waits() -> None:
    async def watch() -> list[Batch | None]:
        watcher = Watcher(Filter())
        watcher.offer(Batch((make_call(1),), 0))
        watcher.close()
        return [await watcher.take(), await watcher.take()]

    first, second = asyncio.run(watch())
    assert first is not None
    assert len(first.calls) == 1
    assert second is None


def test_the_journals_are_read_only_while_somebody_watches(client: Client) -> None:
    async def watch() -> None:
        live = LiveCalls(client.runtime)
        tasks = asyncio.all_tasks()
        async with live.watch(Filter(), lambda feed: feed.list_latest(Filter(), 0)) as watcher:
            client.get("/invisible-collector/companies", headers=BEARER)
            batch = await watcher.take()
            assert batch is not None
            assert [call.summary["id"] for call in batch.calls] == ["default-1"]
            assert len(asyncio.all_tasks()) == len(tasks) + 1
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == tasks

    asyncio.run(watch())


def test_a_stream_is_events_that_a_browser_reads(client: Client) -> None:
    async def read() -> bytes:
        live = LiveCalls(client.runtime)
        events = stream_events(live.watch(Filter(), lambda feed: feed.list_after("", Filter())))
        found = await anext(events) + await anext(events)
        await events.aclose()
        return found

    client.get("/invisible-collector/companies?a=%0Adata:x", headers=BEARER)
    lines = asyncio.run(read()).split(b"\n")
    assert lines[0] == b"retry: 1000"
    assert lines[2].startswith(b"id: default-1@")
    assert lines[3] == b"event: call"
    assert lines[4].startswith(b'data: {"namespace":"default","id":"default-1"')
    assert lines[5:] == [b"", b""]


def test_a_connection_without_calls_is_kept_open(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(live_calls, "PING_SECONDS", 0)

    async def read() -> bytes:
        live = LiveCalls(client.runtime)
        events = stream_events(live.watch(Filter(), lambda _: Batch((), 0)))
        await anext(events)
        found = await anext(events)
        await events.aclose()
        return found

    assert asyncio.run(read()) == b": no call\n\n"
