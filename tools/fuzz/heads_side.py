"""One of the two ways through the server: an application behind one protocol, without a socket."""

import asyncio
import logging
from functools import partial
from typing import Any, Final

from uvicorn.server import ServerState

from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import WireReply
from paysandbox.server.direct_protocol import DirectConfig
from paysandbox.server.uvicorn_protocol import WireConfig, WireProtocol
from paysandbox.store.faults import Effect
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.effects import App, Message, Receive, Send, send_reply
from paysandbox.web.head import Head
from tools.fuzz.heads_loop import StepLoop, Transport

SETTINGS: Final = Settings(body_limit=3000, request_seconds=5)
_EFFECTS: Final = {"/late": Effect(delay_ms=1500), "/dropped": Effect(drop="after"), "/short": Effect(truncate=3)}


class Echo(AsgiApp):
    """Answers with all that it was given, and with the number of the answer."""

    def __init__(self) -> None:
        self._settings = SETTINGS
        self.answers = 0
        self.gate = asyncio.Event()

    def answer(self, head: Head, content: bytes | None) -> WireReply | App:
        self.answers += 1
        if head.path == "/wrong":
            raise ValueError("as asked")
        sent = None if content is not None and len(content) > SETTINGS.body_limit else content
        body = repr((self.answers, head, sent)).encode()
        headers = [(b"content-length", b"%d" % len(body)), (b"x-path", head.path.encode("latin-1"))]
        if head.path == "/split":
            headers.append((b"x-odd", b"a\r\nb: c"))
        reply = WireReply(200, headers, body, _EFFECTS.get(head.path))
        if head.path == "/bare":
            return WireReply(200, headers[1:], body)
        later = {"/held": self._hold, "/listening": self._listen}.get(head.path)
        return reply if later is None else partial(later, reply)

    async def _listen(self, reply: WireReply, scope: Message, receive: Receive, send: Send) -> None:
        """Wait for the client to say more, which is only that it leaves."""
        await receive()
        await send_reply(reply, scope, receive, send)

    async def _hold(self, reply: WireReply, scope: Message, receive: Receive, send: Send) -> None:
        await self.gate.wait()
        await send_reply(reply, scope, receive, send)


class Side:
    """One connection after the other to one server, which answers directly or by way of ASGI."""

    def __init__(self, app: Any, door: AsgiApp, settings: Settings, *, is_direct: bool) -> None:
        options: dict[str, Any] = {"lifespan": "off", "ws": "none", "log_config": None, "access_log": False}
        options |= {"proxy_headers": False, "server_header": False, "timeout_keep_alive": 20}
        self._config: WireConfig = (
            DirectConfig(app, settings, door, **options) if is_direct else WireConfig(app, settings, **options)
        )
        self._config.load()
        self.restart()

    def restart(self) -> None:
        """Begin as a server that has seen no connection, with the first one."""
        self.loop = StepLoop()
        if isinstance(self._config, DirectConfig):
            self._config.find_heads("http", 4080).clear()
        self._state = ServerState()
        self._state.default_headers = [(b"date", b"Sat, 28 Nov 2026 12:00:00 GMT")]
        self.connect()

    def connect(self) -> None:
        """Begin a connection."""
        protocol: Any = self._config.http_protocol_class
        self._protocol: WireProtocol = protocol(self._config, self._state, {}, self.loop.as_loop)
        self._transport = Transport()
        self._unread: list[bytes] = []
        self._is_lost = False
        self.loop.call_in_loop(self._protocol.connection_made, self._transport)

    def receive(self, data: bytes) -> None:
        """Deliver a packet, unless the server reads nothing for now."""
        self._unread.append(data)
        self._deliver()

    def pass_time(self, seconds: int) -> None:
        """Let time pass, with the look at slow clients that the server has every second."""
        for _ in range(seconds):
            self.loop.pass_time(1)
            if not self._is_lost:
                self.loop.call_in_loop(self._protocol.check_timeout, int(self.loop.time()))
            self._deliver()

    def pause_writing(self) -> None:
        """The client reads nothing for now."""
        self.loop.call_in_loop(self._protocol.pause_writing)

    def resume_writing(self) -> None:
        """The client reads again."""
        self.loop.call_in_loop(self._protocol.resume_writing)
        self._deliver()

    def shut_down(self) -> None:
        """The server stops."""
        if not self._is_lost:
            self.loop.call_in_loop(self._protocol.shutdown)
            self._deliver()

    def cancel(self) -> None:
        """The server has waited long enough for its last replies."""
        for task in self._state.tasks:
            task.cancel()
        self.loop.run_ready()

    def lose(self) -> None:
        """The client leaves."""
        if not self._is_lost:
            self._is_lost = True
            self._transport.close()
            self.loop.call_in_loop(self._protocol.connection_lost, None)

    def state(self) -> tuple[object, ...]:
        """What a client, and the server around the connection, can see."""
        return self._transport.written, self._transport.ended, self._state.total_requests, self._unread

    def count_tasks(self) -> int:
        """The tasks that still run."""
        return len(self._state.tasks)

    def _deliver(self) -> None:
        while self._unread and not self._transport.is_paused and not self._transport.is_closing():
            self.loop.call_in_loop(self._protocol.data_received, self._unread.pop(0))


class EchoSide(Side):
    """The same with an application that repeats what it was asked."""

    def __init__(self, *, is_direct: bool) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it reports what is asked for here
        self._echo = Echo()
        super().__init__(self._echo, self._echo, SETTINGS, is_direct=is_direct)

    def restart(self) -> None:
        """Begin anew, with the first answer."""
        self._echo.answers, self._echo.gate = 0, asyncio.Event()
        super().restart()

    def release(self) -> None:
        """Let held replies go."""
        self.loop.call_in_loop(self._echo.gate.set)
        self._deliver()

    def state(self) -> tuple[object, ...]:
        """The same, and how often the application was asked."""
        return (*super().state(), self._echo.answers)
