"""The calls of an opened file: a list that is filtered as that of the live calls is, or one of them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from itertools import islice
from typing import Final

from msgspec import Struct

from paysandbox.control.call_filter import FILTERS, CallFilter, find_errors, read_filter, read_number
from paysandbox.core.problems import NotAllowed, NotFound, Problem
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Log
from paysandbox.web.console.opening.exchanges import ExchangeReader, OpenedCall
from paysandbox.web.console.overview import ROWS, Row, check_rows, describe_row
from paysandbox.web.console.parameters import Parameters

MOST: Final = 10_000  # exchanges of a file that are read
_BATCH: Final = 50  # exchanges that are parsed at a time
_BODIES: Final = ("request", "reply")


class Found(Struct, frozen=True):
    """What a file has. `notes` say what is left out, and why.

    `rows` are those of a page of the `passing` calls, the last of the file first, with their numbers in the file.
    `opened` is the call that was asked for, between the numbers `before` and `after` of those that pass the filter.
    With `errors` of the query, by parameter, the file is not read.
    """

    rows: tuple[tuple[int, Row], ...] = ()
    calls: int = 0
    passing: int = 0
    page: int = 1
    pages: int = 1
    opened: OpenedCall | None = None
    before: int | None = None
    after: int | None = None
    notes: tuple[str, ...] = ()
    errors: Mapping[str, Problem] = {}


def find_query_errors(query: Mapping[str, str], runtime: Runtime) -> dict[str, Problem]:
    """Find what is wrong with each parameter of a list, by name."""
    parameters = Parameters(query)
    parameters.read("rows", check_rows, None)
    parameters.read("page", lambda _: read_number(query, "page", 1, MOST), None)
    filters = {name: value for name, value in query.items() if name in FILTERS - {"namespace"} and value}
    return find_errors(filters, runtime) | parameters.errors


async def read_found(exchanges: Iterator[Exchange], log: Log, query: Mapping[str, str], runtime: Runtime) -> Found:
    """Read what a query without errors asks for; the sandbox answers other requests meanwhile.

    Raises:
        NotFound: the file has no such call.
        NotAllowed: `call` is no number, or nothing of the file can be read.
    """
    given = {name: value for name, value in query.items() if name in FILTERS and value}
    wanted = read_filter(given, None, runtime)
    reader = ExchangeReader(runtime, wanted.provider)
    walk = _walk(exchanges, reader)
    if "call" in query:
        return await _find_call(walk, read_number(query, "call", 1, 10**9), wanted)
    most, page = int(query.get("rows") or ROWS[0]), int(query.get("page") or 1)
    calls, rows = 0, []
    async for found in walk:
        if found is not None:
            calls += 1
            if wanted.accepts(found.call):
                rows.append((found.number, describe_row({**found.call, **dict.fromkeys(_BODIES)})))
    if not calls and not reader.ignored and not log.skipped and log.notices:
        raise NotAllowed(f"{log.notices[0].partition(';')[0]}; nothing before it is a call")
    notes = [*log.notices, *(f"{reason}: {count} left out" for reason, count in log.skipped.items())]
    notes += [f"{reason}: {count} not shown" for reason, count in reader.ignored.most_common()]
    if await asyncio.to_thread(next, exchanges, None) is not None:
        notes.append(f"The file has more than {MOST} exchanges; those behind are not shown.")
    rows.reverse()
    pages = max(-(-len(rows) // most), 1)
    page = min(page, pages)
    shown = tuple(rows[(page - 1) * most : page * most])
    return Found(shown, calls, len(rows), page, pages, notes=tuple(notes))


async def _walk(exchanges: Iterator[Exchange], reader: ExchangeReader) -> AsyncGenerator[OpenedCall | None]:
    """Yield a call for each exchange, up to the most, or None; other requests are answered between any two."""
    for _ in range(0, MOST, _BATCH):
        # In a thread, because a file can have a million entries that are none.
        batch = await asyncio.to_thread(lambda: list(islice(exchanges, _BATCH)))
        for found in reader.read(iter(batch)):
            yield found
            await asyncio.sleep(0)
        if len(batch) < _BATCH:
            return


async def _find_call(walk: AsyncIterator[OpenedCall | None], number: int, wanted: CallFilter) -> Found:
    before: int | None = None
    opened: OpenedCall | None = None
    after: int | None = None
    async for found in walk:
        if found is None:
            continue
        if found.number == number:
            opened = found
        elif wanted.accepts(found.call):
            if opened is not None:
                after = found.number
                break
            before = found.number
    if opened is None:
        raise NotFound(f"the file has no call {number}, or it is none of these providers'")
    return Found(opened=opened, before=before, after=after)
