"""Open the store that a setting names."""

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar

from paysandbox.store.log.engine import Log, StoreError, run_at_once

T = TypeVar("T")

ENGINES: Final = ("memory", "sqlite:PATH", "redis://HOST")
_LIKE_A_FILE: Final = re.compile(r"[/\\]|\.(?:db|sqlite3?)$")
_SQLITE: Final = "sqlite:"
_REDIS: Final = ("redis:", "rediss:", "redis+cluster:", "rediss+cluster:", "unix:")


def open_log(store: str, *, ttl: int | None = None, create: bool = True) -> Log:
    """Open the log that a text names: `sqlite:PATH`, or the URL of a Redis or Valkey.

    `ttl` are the seconds after which an engine that can do it forgets an unused namespace by itself; None is never.
    `create` makes a missing file.

    Raises:
        StoreError: the text names no store, or the store cannot be used.
    """
    if store.startswith(_SQLITE):
        path = store.removeprefix(_SQLITE)
        if not path or path == ":memory:" or path.startswith("//"):
            raise StoreError("a store in SQLite is sqlite:PATH, such as sqlite:stub.db or sqlite:/var/lib/stub.db")
        from paysandbox.store.log.sqlite import SqliteLog  # noqa: PLC0415 - not needed for another engine

        return SqliteLog(Path(path), create=create)
    if store.startswith(_REDIS):
        if find_spec("hiredis") is None:
            raise StoreError("a store in Redis needs the package hiredis: pip install 'paysandbox[redis]'")
        from paysandbox.store.log.redis.address import read_address  # noqa: PLC0415 - as above, and an extra
        from paysandbox.store.log.redis.log import RedisLog  # noqa: PLC0415 - as above

        return RedisLog(read_address(store), ttl=ttl)
    scheme = store.partition(":")[0]  # the rest may hold a password
    hint = f"; a file is named sqlite:{store}" if store and scheme == store and _LIKE_A_FILE.search(store) else ""
    raise StoreError(f"there is no store {scheme!r}; there are {', '.join(ENGINES[:-1])} and {ENGINES[-1]}{hint}")


def run_before_serving(log: Log, work: Coroutine[Any, Any, T]) -> T:
    """Run some work on a log to its end, before an event loop serves calls from it."""
    if not log.waits:
        return run_at_once(work)

    async def run() -> T:
        try:
            return await work
        finally:
            await log.close()  # connections belong to this event loop; those that serve calls are made anew

    # In a thread, because an event loop may be running in this one, such as that of a server that imports the sandbox.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()
