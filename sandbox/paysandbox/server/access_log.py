"""The access log: a line for each request, with the reason of a refusal. It wraps the application only if asked for."""

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import perf_counter_ns
from typing import Any, Final

ACCESS: Final = "paysandbox.access"
FORMAT: Final = '%s - "%s %s HTTP/%s" %s %s ms %s%s'
FIELDS: Final = ("client", "method", "url", "http_version", "status", "duration_ms", "request", "reason")
STATUS: Final = FIELDS.index("status")
NO_REQUEST: Final = "-"  # of a request that no journal keeps
NO_STATUS: Final = "-"  # of a request that got no reply
_MILLISECOND: Final = 1_000_000
_ID: Final = b"x-sandbox-request"
_EXPLANATION: Final = b"x-sandbox-explain"
_CLIENT_GONE: Final = "the client has gone"
_CLOSED: Final = "the connection was closed without a reply"

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_log = logging.getLogger(ACCESS)


class AccessLog:
    """An ASGI application that logs each reply of another one when it begins to be sent, and requests without one."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter_ns()
        is_answered = is_gone = False

        async def send_logged(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                _log.info(FORMAT, *_describe(scope, message["status"], dict(message["headers"]), started))
            await send(message)

        async def receive_watched() -> Message:
            nonlocal is_gone
            message = await receive()
            is_gone = is_gone or message["type"] == "http.disconnect"
            return message

        await self._app(scope, receive_watched, send_logged)
        if not is_answered:
            reason = _CLIENT_GONE if is_gone else _CLOSED
            _log.info(FORMAT, *_describe(scope, NO_STATUS, {_EXPLANATION: reason.encode()}, started))


def _describe(scope: Message, status: int | str, headers: Mapping[bytes, bytes], started: int) -> tuple[Any, ...]:
    """Return the values of `FIELDS`."""
    milliseconds = (perf_counter_ns() - started) / _MILLISECOND
    query = scope["query_string"].decode("latin-1")
    reason = headers.get(_EXPLANATION, b"").decode("latin-1")
    return (
        ":".join(map(str, scope["client"])) if scope.get("client") else NO_REQUEST,
        scope["method"],
        (scope.get("raw_path") or scope["path"].encode()).decode("latin-1") + (f"?{query}" if query else ""),
        scope["http_version"],
        status,
        f"{milliseconds:.1f}",
        headers.get(_ID, NO_REQUEST.encode()).decode("latin-1"),
        f": {reason}" if reason else "",
    )
