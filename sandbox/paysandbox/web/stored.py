"""The application over a store: a reply is sent once what its call has changed is kept."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from paysandbox.core.messages import Request
from paysandbox.kit.runtime import CONTROL_PREFIX, Runtime
from paysandbox.pipeline.dispatch import Observation, WireReply
from paysandbox.pipeline.process import Outcome, process
from paysandbox.store.log.batches import Batches
from paysandbox.store.log.eager import run_eagerly
from paysandbox.store.log.engine import StoreError, UndecidedError, run_at_once
from paysandbox.store.log.replication import Replication
from paysandbox.web.asgi import AsgiApp, describe_problem, encode_problem
from paysandbox.web.cors import CorsApp
from paysandbox.web.effects import App, Message, Receive, Send, send_reply
from paysandbox.web.head import Head

# Answered even if the store is away, because they say so.
_WATCHING: Final = (f"/{CONTROL_PREFIX}/health", f"/{CONTROL_PREFIX}/metrics")
UNAVAILABLE: Final = "Store unavailable"

_log = logging.getLogger("paysandbox.web.stored")


class StoredApp(AsgiApp):
    """The application over a store, a class of its own so that calls in memory pay nothing.

    If the store does not do its part, the call is answered 503, and nothing of it is kept.
    """

    def __init__(self, runtime: Runtime, pages: App) -> None:
        super().__init__(runtime, self._serve_page)
        self._unread_pages = pages
        if runtime.replication is None:
            raise ValueError("the runtime has no store")
        self._replication: Replication = runtime.replication
        self.waits = self._replication.log.waits
        self.flushes = not self.waits
        if self.flushes:
            self._answer_now = super().answer
            self._batches = Batches(self._replication, _explain)

    def answer(self, head: Head, content: bytes | None) -> WireReply | App:
        """Answer a request, at once if the store is a file of this machine."""
        if self.waits:
            return partial(self._send_once_kept, head, content)
        return run_at_once(self._answer_once_kept(head, content))

    async def _process_again(self, request: Request) -> Outcome:
        """Answer a reading control call again, from what is kept by then."""
        try:
            return await self._replication.run(partial(process, request, self._control, self._runtime))
        except StoreError as error:
            _log.error("%s", error)
            return describe_problem(503, UNAVAILABLE, str(error))

    def answer_later(self, head: Head, content: bytes | None, send: Callable[[WireReply | App], object]) -> None:
        """Answer a request together with others that come in the same turn of the event loop, if the store is a file.

        The reply, or the ASGI application that makes it, is sent in the next turn at the latest, or with `flush`; over
        a network once it is kept.
        """
        if self.waits:
            run_eagerly(self._answer_in_any_case(head, content), send)
        elif head.path.endswith(_WATCHING) or self.observe is not None:
            send(self.answer(head, content))
        else:
            self._batches.add(partial(self._answer_now, head, content), send)

    def flush(self) -> None:
        """Send the replies that wait."""
        self._replication.flush()

    async def _answer_once_kept(self, head: Head, content: bytes | None) -> WireReply | App:
        try:
            if head.path.endswith(_WATCHING):
                await self._replication.condition.check()
                return super().answer(head, content)
            reply, seen = await self._replication.run(partial(self._answer_and_note, head, content))
        except StoreError as error:
            return _explain(error)
        observe = self.observe
        if observe is not None:
            for observation in seen:
                observe(observation)
        return reply

    async def _answer_in_any_case(self, head: Head, content: bytes | None) -> WireReply | App:
        try:
            return await self._answer_once_kept(head, content)
        except Exception as error:  # noqa: BLE001 - the server logs it and answers 500, as for every application
            return partial(_raise, error)

    def _answer_and_note(self, head: Head, content: bytes | None) -> tuple[WireReply | App, list[Observation]]:
        """Answer a request, and note what an observer is to see once it is kept."""
        seen = list[Observation]()
        if self.observe is None:
            return super().answer(head, content), seen
        own = vars(self).get("observe")
        self.observe = seen.append
        try:
            return super().answer(head, content), seen
        finally:
            if own is None:
                del self.observe
            else:
                self.observe = own

    async def _send_once_kept(
        self, head: Head, content: bytes | None, scope: Message, receive: Receive, send: Send
    ) -> None:
        reply = await self._answer_once_kept(head, content)
        if isinstance(reply, WireReply):
            await send_reply(reply, scope, receive, send)
        else:
            await reply(scope, receive, send)

    async def _serve_page(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._replication.condition.check()  # the start page says whether the store answers
        await self._unread_pages(scope, receive, send)


def _explain(error: Exception) -> WireReply | App:
    """Answer a call that could not be kept."""
    if not isinstance(error, StoreError):
        return partial(_raise, error)
    undecided = "whether the call was carried out is known once the store answers again"
    why = f"{error}; {undecided if isinstance(error, UndecidedError) else 'the call was not carried out'}"
    _log.error("%s", why)
    return encode_problem(503, UNAVAILABLE, why)


async def _raise(error: Exception, _scope: Message, _receive: Receive, _send: Send) -> None:
    raise error


class StoredCorsApp(StoredApp, CorsApp):
    """The application over a store under `--cors`."""
