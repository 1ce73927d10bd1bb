"""Calls as server-sent events, for as long as a page or a terminal is open.

One task reads the journals for all watchers, a few times a second, and only while there are any.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from paysandbox.control.call_feed import LATEST, Batch, CallFeed, WatchedCall
from paysandbox.control.call_filter import FILTERS, CallFilter, read_filter, read_number, read_truth
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotAllowed
from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import StoreError
from paysandbox.web.asgi import CONTROL_HEADERS
from paysandbox.web.console.reading import read_latest

QUEUED: Final = 500  # calls that wait for a watcher that reads slowly; of more the oldest are left out
_PARAMETERS: Final = FILTERS - {"namespace"} | {"after", "latest", "bodies"}
_EVENTS: Final = "text/event-stream"
_READING_SECONDS: Final = 0.2
_REST: Final = 10  # times as long as a reading takes, which in a store of many namespaces is long
PING_SECONDS: Final = 15  # after which a connection without a call shows whether it still stands

_log = logging.getLogger("paysandbox.web.console.live_calls")


class Watcher:
    """Calls that wait to be sent to one page or terminal."""

    def __init__(self, wanted: CallFilter) -> None:
        self.wanted = wanted
        self._calls: deque[WatchedCall] = deque()
        self._skipped = 0
        self._is_closed = False
        self._news = asyncio.Event()

    def offer(self, batch: Batch) -> None:
        """Queue the calls that it wants."""
        self._skipped += batch.skipped
        for call in batch.calls:
            if call.passes(self.wanted):
                self._calls.append(call)
        while len(self._calls) > QUEUED:
            self._calls.popleft()
            self._skipped += 1
        if self._calls or self._skipped:
            self._news.set()

    def close(self) -> None:
        """End once what waits has been taken."""
        self._is_closed = True
        self._news.set()

    async def take(self) -> Batch | None:
        """Wait for calls, and return them; an empty batch after a while without any, None after the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PING_SECONDS):
                await self._news.wait()
        if self._is_closed and not self._calls:
            return None
        if not self._is_closed:
            self._news.clear()
        batch = Batch(tuple(self._calls), self._skipped)
        self._calls.clear()
        self._skipped = 0
        return batch


class LiveCalls:
    """All watchers of a sandbox, and the task that reads for them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watchers: set[Watcher] = set()
        self._reading: asyncio.Task[None] | None = None
        runtime.on_stop.append(self._close)

    @asynccontextmanager
    async def watch(self, wanted: CallFilter, begin: Callable[[CallFeed], Batch]) -> AsyncGenerator[Watcher]:
        """Context manager: a watcher of what `begin` finds, and of all that comes from then on.

        Raises:
            StoreError: the store cannot be read.
        """
        watcher = Watcher(wanted)
        if self._reading is None:
            self._feed = await read_latest(self._runtime, partial(CallFeed, self._runtime))
            self._reading = asyncio.create_task(self._read_on())
        try:
            # In one step, so that no call comes twice or never.
            for_all, for_one = await read_latest(self._runtime, lambda: (self._feed.read(), begin(self._feed)))
            self._offer(for_all)
            watcher.offer(for_one)
            self._watchers.add(watcher)
            yield watcher
        finally:
            self._watchers.discard(watcher)
            if not self._watchers and self._reading is not None:
                self._reading.cancel()
                self._reading = None

    def _close(self) -> None:
        for watcher in self._watchers:
            watcher.close()

    async def _read_on(self) -> None:
        clock, took = asyncio.get_running_loop().time, 0.0
        while True:
            await asyncio.sleep(max(_READING_SECONDS, _REST * took))
            begun = clock()
            try:
                await self._read()
            except StoreError as error:
                _log.warning("%s", error)
            except Exception:  # noqa: BLE001 - whatever it is, watchers must not wait for a task that is gone
                _log.exception("the live calls have ended")
                self._close()
                return
            took = clock() - begun

    async def _read(self) -> None:
        self._offer(await read_latest(self._runtime, self._feed.read))

    def _offer(self, batch: Batch) -> None:
        for watcher in self._watchers:
            watcher.offer(batch)


async def respond_with_calls(live: LiveCalls, runtime: Runtime, request: Request) -> Response:
    """Answer with the stream that a request asks for.

    Raises:
        NotFound: the namespace or the provider does not exist.
        NotAllowed: a query parameter is unknown, or has a value that it cannot have.
        StoreError: the store cannot be read.
    """
    query = dict(request.query_params)
    unknown = sorted(query.keys() - _PARAMETERS)
    if unknown:
        raise NotAllowed(f"there is no parameter {unknown[0][:40]!r}; there are {', '.join(sorted(_PARAMETERS))}")
    wanted = await read_latest(runtime, lambda: read_filter(query, request.path_params.get("ns"), runtime))
    after = request.headers.get("last-event-id", query.get("after"))
    is_full = read_truth(query, "bodies") is True
    begin = partial(_begin, wanted=wanted, after=after, latest=read_number(query, "latest", 0, LATEST))
    headers = {name.decode(): value.decode() for name, value in CONTROL_HEADERS} | {"x-accel-buffering": "no"}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=_EVENTS)
    return StreamingResponse(
        stream_events(live.watch(wanted, begin), is_full=is_full), headers=headers, media_type=_EVENTS
    )


def _begin(feed: CallFeed, *, wanted: CallFilter, after: str | None, latest: int) -> Batch:
    return feed.list_latest(wanted, latest) if after is None else feed.list_after(after, wanted)


async def stream_events(
    watching: AbstractAsyncContextManager[Watcher], *, is_full: bool = False
) -> AsyncGenerator[bytes]:
    """Yield the calls of a watcher as server-sent events; with bodies and headers if `is_full`."""
    async with watching as watcher:
        yield b"retry: 1000\n\n"
        while (batch := await watcher.take()) is not None:
            if not batch.calls and not batch.skipped:
                yield b": no call\n\n"
            elif is_full:
                # One by one, because the bodies of a batch can have hundreds of megabytes together.
                for event in _list_events(batch, is_full=True):
                    yield event
            else:
                yield b"".join(_list_events(batch, is_full=False))


def _list_events(batch: Batch, *, is_full: bool) -> Iterator[bytes]:
    if batch.skipped:
        yield _encode_event("skipped", {"count": batch.skipped})
    for call in batch.calls:
        yield _encode_event("call", call.described if is_full else call.summary, call.mark)


def _encode_event(kind: str, data: Any, mark: str = "") -> bytes:
    head = f"id: {mark}\n" if mark else ""
    return f"{head}event: {kind}\ndata: ".encode() + write_json(data) + b"\n\n"
