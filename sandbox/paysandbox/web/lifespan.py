"""The lifespan of an ASGI application: something runs from the start of its server to the end."""

import traceback
from asyncio import CancelledError
from contextlib import AbstractAsyncContextManager

from paysandbox.web.effects import Receive, Send


async def run_lifespan(running: AbstractAsyncContextManager[None], receive: Receive, send: Send) -> None:
    """Keep the context open while the server serves, and report to it.

    Raises:
        Exception: what the context raised; the server has been told, and stops.
    """
    await receive()  # lifespan.startup
    has_started = False
    try:
        async with running:
            has_started = True
            await send({"type": "lifespan.startup.complete"})
            await receive()  # lifespan.shutdown
    except CancelledError:
        pass  # a server that is stopped by force cancels the lifespan, and would log a traceback
    except BaseException:
        what = "shutdown" if has_started else "startup"
        await send({"type": f"lifespan.{what}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})
