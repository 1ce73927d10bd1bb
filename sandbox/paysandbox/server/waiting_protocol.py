"""The HTTP protocol over a store that waits for a network: a request is answered without a task, once it is kept."""

from paysandbox.pipeline.dispatch import WireReply
from paysandbox.server.batched_protocol import BatchedProtocol
from paysandbox.web.effects import App


class WaitingProtocol(BatchedProtocol):
    """One connection; what comes before a reply is held back, and no more is read then."""

    _is_ending = False  # once the reply that is waited for is sent

    def data_received(self, data: bytes) -> None:
        """Answer a request whose head is known; parse everything else."""
        super().data_received(data)
        if self._early and not self.transport.is_closing():
            self.transport.pause_reading()

    def shutdown(self) -> None:
        """Close after all requests that were read are answered."""
        self._is_ending = self._early is not None
        if not self._is_ending:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a reply is waited for, which sets the timer anew."""
        if self._early is None:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = None

    def _flush(self) -> None:
        """Do nothing, because a network cannot be hurried."""

    def _find_awaited(self) -> object:
        return super()._find_awaited() if self._early is None else None

    def _send_held(self, packets: tuple[bytes, ...], reply: WireReply | App) -> None:
        if self._early and not self.transport.is_closing():
            self.transport.resume_reading()
        super()._send_held(packets, reply)
        if self._is_ending:
            self.shutdown()
