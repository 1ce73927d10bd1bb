"""The HTTP protocol that answers a whole request at once, without a task, and knows heads that it has read before.

Both are shortcuts to the same replies: whatever is not a plain request takes the way of `WireProtocol`, byte by byte
through the parser and through the ASGI application.
"""

import asyncio
from functools import partial
from typing import Any, Final, NamedTuple, cast

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import WireReply
from paysandbox.server.known_heads import END, LONGEST, KnownHead, KnownHeads, measure_body
from paysandbox.server.reply_bytes import render_reply
from paysandbox.server.uvicorn_protocol import WireConfig, WireProtocol, may_offer_upgrade
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.effects import App, Message, Receive, Send, send_reply
from paysandbox.web.head import Head, read_head

PLAIN_VERSION: Final = "1.1"


class DirectConfig(WireConfig):
    """uvicorn's configuration, for an application whose `door` answers without awaiting."""

    def __init__(self, app: Any, settings: Settings, door: AsgiApp, **options: Any) -> None:
        super().__init__(app, settings, http=_choose_protocol(door), **options)
        self.door = door
        self._heads: dict[tuple[str | None, int | None], KnownHeads] = {}

    def load(self) -> None:
        """Load the application; what uvicorn puts around it, such as a trace log, needs the way through ASGI."""
        super().load()
        if self.loaded_app is not self.app:
            self.http_protocol_class = WireProtocol

    def find_heads(self, scheme: str | None, port: int | None) -> KnownHeads:
        """Return the heads known on a port."""
        return self._heads.setdefault((scheme, port), KnownHeads())


class _Announced(NamedTuple):
    """A known head whose body is still to come, and its bytes."""

    known: KnownHead
    sent: bytes


class DirectProtocol(WireProtocol):
    """One connection; its plain requests are answered without a task, and those with a known head unparsed."""

    config: DirectConfig
    _idle = True  # every request is answered, and nothing of another one is read
    _messages = 0  # begun since the connection was last idle
    _announced: _Announced | None = None
    _unstarted: RequestResponseCycle | None = None  # the request of the packet being read, which may need no task
    _reply: WireReply | App | None = None  # to the request that is about to be parsed
    _head_read: Head | None = None  # of the last request that was parsed and answered here
    _used = 0.0  # the loop's time of the last reply that did not set the timer of an idle connection anew

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Accept the connection, unless too many are open."""
        super().connection_made(transport)
        self._heads = self.config.find_heads(self.scheme, self.server[1] if self.server else None)
        self._longest = min(HIGH_WATER_LIMIT, self.config.settings.body_limit)  # a longer body is read in parts
        self._idle = not self._refused

    def data_received(self, data: bytes) -> None:
        """Answer a request whose head is known; parse everything else."""
        if self._announced is not None:
            known, sent = self._announced
            if len(data) == known.length and self._can_answer(data):
                self._announced = None
                self._answer_known(known.head, data, sent, data)
                return
            self._parse_announced()
        if not self._idle:
            self._parse(data)
            return
        end = data.find(END, 0, LONGEST) + len(END)
        found = self._heads.find(data[:end]) if end >= len(END) else None
        if found is None:
            self._parse_and_remember(data, end)
        elif not self._can_answer(data):
            self._parse(data)
        elif len(data) == end + found.length:
            self._answer_known(found.head, data[end:], data)
        elif len(data) == end:  # many clients send the body in a packet of its own
            self._unset_keepalive_if_required()
            self._announced, self._idle = _Announced(found, data), False
        else:
            self._parse(data)

    def check_timeout(self, now: int) -> None:
        """Close the connection of a client that is too slow."""
        self._parse_announced()
        super().check_timeout(now)

    def shutdown(self) -> None:
        """Close after all requests that were read are answered."""
        self._parse_announced()
        super().shutdown()

    def on_message_begin(self) -> None:
        """Count the request."""
        self._messages += 1
        super().on_message_begin()

    def on_response_complete(self) -> None:
        """Go on with the next request, if it is there."""
        self._idle = self.cycle.response_complete and not self.cycle.more_body and self._head is None
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless it was used since the timer was set."""
        left = self._used + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _can_answer(self, data: bytes) -> bool:
        return not (may_offer_upgrade(data) or self.flow.write_paused or self.transport.is_closing())

    def _answer_known(self, head: Head, content: bytes, *packets: bytes) -> None:
        """Answer a request that came in these packets."""
        self._send_known(self._call(head, content), packets)

    def _send_known(self, reply: WireReply | App, packets: tuple[bytes, ...]) -> None:
        rendered = self._render(reply)
        if rendered is None:
            self._reply = reply
            for packet in packets:
                super().data_received(packet)
            self._answer_unstarted()
            return
        self._idle, self._head = True, None
        self.transport.write(rendered)
        self.server_state.total_requests += 1
        self._used = self.loop.time()
        if self.timeout_keep_alive_task is None:  # cancelling and setting it for each request costs a fiftieth of one
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _parse_announced(self) -> None:
        """Parse a known head after all, because its body does not come at once."""
        if self._announced is not None:
            sent, self._announced = self._announced.sent, None
            self._parse(sent)

    def _parse_and_remember(self, data: bytes, end: int) -> None:
        """Parse the beginning of a request, and remember its head if it ends at `end` and is a plain one."""
        self._messages, self._head_read = 0, None
        self._parse(data)
        if self._messages != 1 or self._head is not None or self._refused or end < len(END):
            return
        cycle, scope = self.cycle, cast("Message", self.scope)
        length = measure_body(scope["method"], self.headers)
        if length is None or length > self._longest or may_offer_upgrade(data[:end]):
            return
        # Otherwise `end` is not that of this head: blank lines may come before it, and a body may hold some.
        is_whole = not cycle.more_body and len(data) == end + length
        is_alone = cycle.more_body and len(data) == end and not cycle.body
        if cycle.keep_alive and scope["http_version"] == PLAIN_VERSION and (is_whole or is_alone):
            self._heads.add(data[:end], self._head_read or read_head(scope), length)

    def _parse(self, data: bytes) -> None:
        """Read a packet to its end first, because an error behind a request closes the connection after its reply."""
        super().data_received(data)
        self._answer_unstarted()

    def _read(self, data: bytes) -> None:
        self._idle = False
        super()._read(data)

    def _read_on(self) -> None:
        super()._read_on()
        self._answer_unstarted()

    def _answer_unstarted(self) -> None:
        """Answer the request of the packet if it is whole and alone; otherwise start its task."""
        cycle, self._unstarted = self._unstarted, None
        if cycle is None:
            return
        is_plain = cycle.keep_alive and not cycle.waiting_for_100_continue and cycle.scope["method"] != "HEAD"
        if is_plain and not cycle.more_body and not self.pipeline and self._can_answer(b""):
            self._answer_parsed(cycle)
        else:
            super()._start_asgi_task(cycle, self.app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Wait for the end of the packet, unless the request waited for its turn in a pipeline."""
        if app is self.app:
            self._unstarted = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _answer_parsed(self, cycle: RequestResponseCycle) -> None:
        reply, self._reply = self._reply, None
        rendered = None
        if reply is None:
            self._head_read = read_head(cast("Message", cycle.scope))
            reply = self._call(self._head_read, bytes(cycle.body))
            rendered = self._render(reply)
        if rendered is None:
            cycle.body = bytearray()  # as if it had been received
            cycle.message_event.clear()
            super()._start_asgi_task(cycle, partial(send_reply, reply) if isinstance(reply, WireReply) else reply)
            return
        cycle.response_started = cycle.response_complete = True
        cycle.on_response = _do_nothing  # as uvicorn does, because a cycle of references is freed late
        self.transport.write(rendered)
        self.on_response_complete()

    def _call(self, head: Head, content: bytes) -> WireReply | App:
        try:
            return self.config.door.answer(head, content)
        except Exception as error:  # noqa: BLE001 - uvicorn logs it and answers 500, as for every application
            return partial(_raise, error)

    def _render(self, reply: WireReply | App) -> bytes | None:
        if not isinstance(reply, WireReply) or reply.effect is not None:
            return None
        return render_reply(reply, self.server_state.default_headers)


def _choose_protocol(door: AsgiApp) -> type[DirectProtocol]:
    if door.waits:
        from paysandbox.server.waiting_protocol import WaitingProtocol  # noqa: PLC0415 - as below

        return WaitingProtocol
    if not door.flushes:
        return DirectProtocol
    from paysandbox.server.batched_protocol import BatchedProtocol  # noqa: PLC0415 - a start in memory must not wait

    return BatchedProtocol


def _do_nothing() -> None:
    pass


async def _raise(error: Exception, _scope: Message, _receive: Receive, _send: Send) -> None:
    raise error
