"""The application over a store: a reply is sent once what its call has changed is kept."""

import logging
from functools import partial
from typing import Final

from paysandbox.core.messages import Request
from paysandbox.kit.runtime import CONTROL_PREFIX, Runtime
from paysandbox.pipeline.dispatch import WireReply
from paysandbox.pipeline.process import Outcome, process
from paysandbox.store.log.engine import StoreError, UndecidedError
from paysandbox.store.log.replication import Replication, run_at_once
from paysandbox.store.namespaces import DEFAULT
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

    def answer(self, head: Head, content: bytes | None) -> WireReply | App:
        """Answer a request, at once if the store is a file of this machine."""
        if self._replication.log.waits:
            return partial(self._send_once_kept, head, content)
        return run_at_once(self._answer_once_kept(head, content))

    async def _process_again(self, request: Request) -> Outcome:
        """Answer a reading control call again, from what is kept by then."""
        try:
            return await self._replication.run(partial(process, request, self._control, self._runtime))
        except StoreError as error:
            _log.error("%s", error)
            return describe_problem(503, UNAVAILABLE, str(error))

    async def _answer_once_kept(self, head: Head, content: bytes | None) -> WireReply | App:
        answer = partial(super().answer, head, content)
        try:
            if head.path.endswith(_WATCHING):
                await self._replication.check()
                return answer()
            return await self._replication.run(answer)
        except UndecidedError as error:
            why = f"{error}; whether the call was carried out is known once the store answers again"
        except StoreError as error:
            why = f"{error}; the call was not carried out"
        _log.error("%s", why)
        return encode_problem(503, UNAVAILABLE, why)

    async def _send_once_kept(
        self, head: Head, content: bytes | None, scope: Message, receive: Receive, send: Send
    ) -> None:
        reply = await self._answer_once_kept(head, content)
        if isinstance(reply, WireReply):
            await send_reply(reply, scope, receive, send)
        else:
            await reply(scope, receive, send)

    async def _serve_page(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._replication.check()  # the start page says whether the store answers
        try:
            await self._replication.catch_up(DEFAULT)  # and shows its calls
        except StoreError as error:
            _log.error("%s", error)
        await self._unread_pages(scope, receive, send)


class StoredCorsApp(StoredApp, CorsApp):
    """The application over a store under `--cors`."""
