"""The HTTP protocol over a store whose log does not wait: requests of one turn of the event loop are kept together."""

import asyncio
from functools import partial
from typing import cast

from paysandbox.pipeline.dispatch import WireReply
from paysandbox.server.direct_protocol import DirectProtocol
from paysandbox.web.effects import App
from paysandbox.web.head import Head
from paysandbox.web.stored import StoredApp


class BatchedProtocol(DirectProtocol):
    """One connection; a request with a known head is answered together with those of other connections.

    What comes before the reply is held back; it is not much, because the reply is sent in the next turn.
    """

    _early: bytes | None = None  # what came before the reply; None if no reply is waited for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Accept the connection, unless too many are open."""
        super().connection_made(transport)
        self._door = cast("StoredApp", self.config.door)

    def check_timeout(self, now: int) -> None:
        """Close the connection of a client that is too slow."""
        self._flush()
        super().check_timeout(now)

    def shutdown(self) -> None:
        """Close after all requests that were read are answered."""
        self._flush()
        super().shutdown()

    def _parse(self, data: bytes) -> None:
        if self._early is None:
            super()._parse(data)
        else:
            self._early += data

    def _answer_known(self, head: Head, content: bytes, *packets: bytes) -> None:
        self._idle, self._early = False, b""
        self._door.answer_later(head, content, partial(self._send_held, packets))

    def _send_held(self, packets: tuple[bytes, ...], reply: WireReply | App) -> None:
        early, self._early = self._early, None
        if self.transport.is_closing():
            return
        self._send_known(reply, packets)
        if early:
            self.data_received(early)

    def _flush(self) -> None:
        if self._early is not None:
            self._door.flush()
