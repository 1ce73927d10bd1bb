"""Read the namespaces for a page, calls of other workers included."""

import logging
from collections.abc import Callable
from typing import TypeVar

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import StoreError

T = TypeVar("T")

_log = logging.getLogger("paysandbox.web.console.reading")


async def read_latest(runtime: Runtime, work: Callable[[], T]) -> T:
    """Do work that reads namespaces, as they are now.

    Raises:
        StoreError: the store cannot be read.
    """
    return work() if runtime.replication is None else await runtime.replication.run(work)


async def read_what_is_known(runtime: Runtime, work: Callable[[], T]) -> T:
    """Do work that reads namespaces: as they are now, or, if the store cannot be read, as this process knows them."""
    try:
        return await read_latest(runtime, work)
    except StoreError as error:
        _log.error("%s", error)
        return work()
