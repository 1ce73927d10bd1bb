"""The calls that pass a filter, as a HAR file: masked, and written while it is sent."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from paysandbox.control.call_feed import CallFeed, WatchedCall
from paysandbox.control.call_filter import FILTERS, CallFilter, read_filter
from paysandbox.control.journal_view import describe_entry_changes
from paysandbox.core.problems import NotAllowed
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange
from paysandbox.recordings.har_writer import MEDIA_TYPE, write_har
from paysandbox.recordings.journal_file import read_entry
from paysandbox.store.namespaces import NAMESPACE_PREFIX, Namespace
from paysandbox.web.asgi import CONTROL_HEADERS, REQUEST
from paysandbox.web.console.reading import read_latest

FILE: Final = "calls.har"
_HEADERS: Final = {"content-disposition": f'attachment; filename="{FILE}"'}


async def respond_with_har(runtime: Runtime, request: Request) -> Response:
    """Answer with the calls that the query's filter accepts, oldest first.

    Raises:
        NotFound: the namespace, the provider or the operation does not exist.
        NotAllowed: a query parameter is unknown, or has a value that it cannot have.
        StoreError: the store cannot be read.
    """
    query = {name: value for name, value in request.query_params.items() if value}
    unknown = sorted(query.keys() - FILTERS)
    if unknown:
        raise NotAllowed(f"there is no parameter {unknown[0][:40]!r}; there are {', '.join(sorted(FILTERS))}")
    feed = CallFeed(runtime)

    def read() -> tuple[CallFilter, list[tuple[Namespace, int]]]:
        wanted = read_filter(query, query.get("namespace"), runtime)
        return wanted, feed.list_places(wanted)

    wanted, places = await read_latest(runtime, read)
    headers = {name.decode(): value.decode() for name, value in CONTROL_HEADERS} | _HEADERS
    if request.method == "HEAD":
        return Response(headers=headers, media_type=MEDIA_TYPE)
    calls = ((feed.find(*place), place[0]) for place in places)
    origin = request.scope[REQUEST].origin
    parts = write_har(_read_exchanges(calls, wanted, runtime, origin), version=runtime.version)
    return StreamingResponse(_send_in_turns(parts), headers=headers, media_type=MEDIA_TYPE)


def _read_exchanges(
    calls: Iterator[tuple[WatchedCall | None, Namespace]], wanted: CallFilter, runtime: Runtime, origin: str
) -> Iterator[Exchange | None]:
    for call, namespace in calls:
        if call is None or not call.passes(wanted):
            yield None
        else:
            changes = describe_entry_changes(call.entry, namespace, runtime)
            yield read_entry({**call.described, **changes}, base=_find_base(call, runtime, origin))


def _find_base(call: WatchedCall, runtime: Runtime, origin: str) -> str:
    """Find the root of the URLs that the call can be made again by."""
    provider = call.summary["provider"]
    space = f"{NAMESPACE_PREFIX}{call.namespace}"
    if provider not in runtime.services:
        return f"{origin}{space}"
    root = runtime.url(provider, origin)
    return f"{origin}{space}{root.removeprefix(origin)}" if root.startswith(f"{origin}/") else f"{root}{space}"


async def _send_in_turns(parts: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the parts that are not empty, and let other calls be answered between any two."""
    for part in parts:
        if part:
            yield part
        await asyncio.sleep(0)
