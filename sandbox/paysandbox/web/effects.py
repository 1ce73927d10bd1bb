"""A reply on its way as ASGI messages, and what a fault does to it: late, in part, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from paysandbox.pipeline.dispatch import WireReply
from paysandbox.store.faults import Effect

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Key of the ASGI scope: a function that closes the connection; only our own server sets it.
HANG_UP: Final = "paysandbox.hang_up"
_POLL: Final = 0.01  # seconds
_NO_EFFECT: Final = Effect()


async def send_reply(reply: WireReply, scope: Message, receive: Receive, send: Send) -> None:
    """Send a reply, as its fault demands if it has one: late, in part, or not at all."""
    body = reply.content if scope["method"] != "HEAD" else b""
    effect = reply.effect or _NO_EFFECT
    if effect.delay_ms is not None:
        try:
            if HANG_UP not in scope:
                await asyncio.sleep(effect.delay_ms / 1000)  # other servers may say a disconnect in another way
            elif not await _stays_connected(receive, effect.delay_ms / 1000):
                return
        except asyncio.CancelledError:
            hang_up(scope)  # the server is stopping; not an error of the application
            return
    if effect.drop is not None:
        hang_up(scope)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    short = effect.truncate is not None and effect.truncate < len(body)
    await send({"type": "http.response.body", "body": body[: effect.truncate], "more_body": short})
    if short:
        hang_up(scope)


async def _stays_connected(receive: Receive, seconds: Any) -> bool:
    """Wait; return False at once if the client disconnects meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            # Other messages are the rest of a body that was too long to be read.
            while (await receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - `receive` is the server's own event
                await asyncio.sleep(_POLL)
    except TimeoutError:
        return True
    return False


def hang_up(scope: Message) -> None:
    """Close the connection. Under another server raise, because most servers then close it themselves."""
    if HANG_UP not in scope:
        raise ConnectionAbortedError("a fault closes the connection")
    scope[HANG_UP]()
