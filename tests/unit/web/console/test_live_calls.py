"""Watchers: bounded, however slowly they read, and nothing runs while there are none."""

import asyncio

import pytest

from paysandbox.control.call_feed import Batch, CallFeed
from paysandbox.control.call_filter import CallFilter
from paysandbox.web.console import live_calls
from paysandbox.web.console.live_calls import QUEUED, LiveCalls, Watcher, stream_events
from tests.helpers.runtimes import Client

BEARER = {"authorization": "Bearer ic-test-token"}


def make_calls(client: Client, count: int, skipped: int = 0) -> Batch:
    for _ in range(count):
        client.get("/invisible-collector/companies", headers=BEARER)
    return Batch(CallFeed(client.runtime).list_after("", CallFilter()).calls, skipped)


def test_a_watcher_that_does_not_read_loses_the_oldest_calls_and_is_told_how_many(client: Client) -> None:
    batch = make_calls(client, QUEUED + 3, skipped=4)

    async def watch() -> Batch | None:
        watcher = Watcher(CallFilter())
        watcher.offer(batch)
        return await watcher.take()

    taken = asyncio.run(watch())
    assert taken is not None
    assert len(taken.calls) == QUEUED
    assert taken.calls[0].summary["id"] == "default-4"
    assert taken.skipped == 7


def test_a_closed_watcher_ends_after_what_waits(client: Client) -> None:
    batch = make_calls(client, 1)

    async def watch() -> list[Batch | None]:
        watcher = Watcher(CallFilter())
        watcher.offer(batch)
        watcher.close()
        return [await watcher.take(), await watcher.take()]

    first, second = asyncio.run(watch())
    assert first is not None
    assert len(first.calls) == 1
    assert second is None


def test_a_reading_that_fails_ends_the_streams(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """A page would wait for ever, and believe that there are no calls."""

    async def watch() -> Batch | None:
        live = LiveCalls(client.runtime)
        async with live.watch(CallFilter(), lambda _: Batch((), 0)) as watcher:
            monkeypatch.setattr(CallFeed, "read", fail)
            return await watcher.take()

    assert asyncio.run(watch()) is None


def fail(_: CallFeed) -> Batch:
    raise KeyError("a mistake")


def test_a_beginning_that_fails_leaves_no_task(client: Client) -> None:
    async def watch() -> None:
        live = LiveCalls(client.runtime)
        with pytest.raises(KeyError):
            async with live.watch(CallFilter(), fail):
                pass
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(watch())


def test_the_journals_are_read_only_while_somebody_watches(client: Client) -> None:
    async def watch() -> None:
        live = LiveCalls(client.runtime)
        tasks = asyncio.all_tasks()
        async with live.watch(CallFilter(), lambda feed: feed.list_latest(CallFilter(), 0)) as watcher:
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
        events = stream_events(live.watch(CallFilter(), lambda feed: feed.list_after("", CallFilter())))
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
        events = stream_events(live.watch(CallFilter(), lambda _: Batch((), 0)))
        await anext(events)
        found = await anext(events)
        await events.aclose()
        return found

    assert asyncio.run(read()) == b": no call\n\n"
