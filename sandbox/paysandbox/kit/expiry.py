"""Forget namespaces that were not used for as long as the settings say, while a server runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from paysandbox.kit.runtime import Runtime
from paysandbox.store.expiring import ExpiringNamespaces
from paysandbox.store.log.engine import StoreError

_LOOKS: Final = 10  # while a namespace grows as old as that, so that it is forgotten a tenth too late at most
_LONGEST_PAUSE: Final = 60  # seconds between two looks
_log = logging.getLogger("paysandbox.expiry")


@asynccontextmanager
async def run_expiry(runtime: Runtime) -> AsyncIterator[None]:
    """Context manager: forget what is unused again and again, if the settings say so."""
    seconds = runtime.settings.namespace_ttl
    if seconds is None:
        yield
        return
    task = asyncio.create_task(_look_again_and_again(runtime, seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def forget_unused(runtime: Runtime, seconds: int) -> list[str]:
    """Forget the namespaces that were not used for longer, except `default`; return their names.

    Raises:
        StoreError: the store cannot be read or written to.
    """
    if runtime.replication is not None:
        return await runtime.replication.forget_unused(seconds)
    namespaces = runtime.namespaces
    return namespaces.forget_unused(seconds) if isinstance(namespaces, ExpiringNamespaces) else []


async def _look_again_and_again(runtime: Runtime, seconds: int) -> None:
    while True:
        await asyncio.sleep(min(seconds / _LOOKS, _LONGEST_PAUSE))
        try:
            names = await forget_unused(runtime, seconds)
        except StoreError as error:
            _log.error("unused namespaces stay for now: %s", error)
        else:
            for name in names:
                _log.info("forgot namespace %s: it was not used for %d seconds", name, seconds)
