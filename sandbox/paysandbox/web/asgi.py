"""HTTP to values and back: the one room that knows ASGI's messages. It decides nothing about any API."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from paysandbox.core.messages import Request, problem_document
from paysandbox.core.problems import Unroutable
from paysandbox.kit.namespace_suffix import SIGN, find_namespace
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import Headers, Observation, Observer, WireReply, dispatch, encode_headers
from paysandbox.pipeline.process import Outcome, encode_body, process
from paysandbox.store.faults import Effect
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.routing import Address, Router

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DRAINED: Final = 64  # how many limits are read of a body that is too long
REQUEST: Final = "paysandbox.request"  # in the scope of a page: the request, its path below the control plane's root
HANG_UP: Final = "paysandbox.hang_up"  # in the scope: closes the connection, where the server underneath can do that
_NAMESPACE: Final = b"x-sandbox-namespace"
_SIGN: Final = SIGN.encode()
# What the control plane tells is what clients sent, so a browser must take it for what it is declared as, keep none of
# it, and hand it to no other site.
_OF_CONTROL: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Gone(Exception):
    """The client left before it had sent its whole request."""


class AsgiApp:
    """The ASGI application below Starlette: every request of every provider and of the control plane passes here.

    `observe` is called with each exchange once its reply is made. Set it on an application, or on the class for all
    of them (a plain function then needs `staticmethod`).
    """

    observe: Observer | None = None

    def __init__(self, runtime: Runtime, pages: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._runtime = runtime
        self._pages = pages
        self._control = runtime.control
        self._settings = runtime.settings
        self._addresses = Router(runtime.services, runtime.control.provider, runtime.settings.ports)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            content = await _content(receive, self._settings.body_limit)
        except Gone:
            return
        except asyncio.CancelledError:
            if HANG_UP not in scope:
                raise
            _hang_up(scope)  # the server stops and waits no longer, which is no error of the application's
            return
        attended = self._answered(scope, content)
        if attended is None:
            await self._pages({**scope, "path": scope[REQUEST].path, "root_path": ""}, receive, send)
            return
        body = attended.content if scope["method"] != "HEAD" else b""
        start = {"type": "http.response.start", "status": attended.status, "headers": attended.headers}
        if attended.effect is not None:
            await _sent_badly(attended.effect, scope, send, start, body)
            return
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _answered(self, scope: Message, content: bytes | None) -> WireReply | None:
        """The answer to a request whose body is at hand (None: it was too long to read); None is for the pages."""
        sent = scope["headers"]
        raw_path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        size = len(raw_path) + len(query)
        host = chosen = prefer = None
        signed = _SIGN in query or b"%7" in query
        for name, value in sent:
            size += len(name) + len(value)
            if _SIGN in value:
                signed = True
            if name == b"host":
                host = value.decode("latin-1")
            elif name == _NAMESPACE:
                chosen = value.decode("latin-1")
            elif name == b"prefer":
                prefer = value.decode("latin-1") if prefer is None else f"{prefer},{value.decode('latin-1')}"
        if size > self._settings.head_limit:
            return _problem_document(431, "Request head too large", f"the limit is {self._settings.head_limit} bytes")
        port = scope["server"][1] if scope.get("server") else None
        address = self._addresses.find(raw_path.decode("latin-1"), host or "", port)
        request = Request(
            method=scope["method"],
            path=address.path,
            query=query.decode("latin-1"),
            headers=sent,
            content=content,
            origin=f"{scope['scheme']}://{host or '127.0.0.1'}",
            head_size=size,
        )
        if address.provider == self._control.provider.name:
            return self._control_reply(scope, request)
        return self._attended(request, address, chosen, prefer, signed=signed)

    def _control_reply(self, scope: Message, request: Request) -> WireReply | None:
        """The reply of the control API; None if its contract lacks the path, which may be a page's."""
        outcome = process(request, self._control, self._runtime)
        if isinstance(outcome.problem, Unroutable) and not outcome.problem.allow:
            scope[REQUEST] = request
            return None
        reply = control_reply(outcome)
        if self.observe is not None:
            self.observe(Observation(self._control.provider.name, request, outcome, reply))
        return reply

    def _attended(
        self, request: Request, address: Address, chosen: str | None, prefer: str | None, *, signed: bool
    ) -> WireReply:
        """A provider's answer, in the namespace that is chosen by path, else by header, else by a credential."""
        if address.provider is None:
            return self._nobody()
        service = self._runtime.services[address.provider]
        name = address.namespace if address.namespace is not None else chosen
        if name is None:
            looks = signed or service.provider.body_credential is not None
            name = (find_namespace(request, service) if looks else None) or DEFAULT
        try:
            namespace = self._runtime.namespaces.get(name)
        except ValueError as error:
            return _problem_document(400, "No such namespace", str(error))
        chosen_here = namespace.own_variants.get(address.provider)
        service = service.with_variants(chosen_here) if chosen_here else service
        return dispatch(request, service, namespace, prefer, self.observe)

    def _nobody(self) -> WireReply:
        prefixes = ", ".join(f"/{service.provider.prefix}" for service in self._runtime.services.values())
        return _problem_document(
            404,
            "Nobody is here",
            f"the providers are at {prefixes}; the control plane is at /{self._control.provider.prefix}",
        )


async def _sent_badly(effect: Effect, scope: Message, send: Send, start: Message, body: bytes) -> None:
    """A reply that comes late, in part, or not at all, because a fault says so."""
    if effect.delay_ms is not None:
        try:
            await asyncio.sleep(effect.delay_ms / 1000)
        except asyncio.CancelledError:
            # The server stops and waits no longer, which is no error of the application's.
            _hang_up(scope)
            return
    if effect.drop is not None:
        _hang_up(scope)
        return
    await send(start)
    short = effect.truncate is not None and effect.truncate < len(body)
    await send({"type": "http.response.body", "body": body[: effect.truncate], "more_body": short})
    if short:
        _hang_up(scope)


def _hang_up(scope: Message) -> None:
    """Close the connection; a server that has no such thing sees an exception, and most then close it too."""
    if HANG_UP not in scope:
        raise ConnectionAbortedError("a fault closes the connection")
    scope[HANG_UP]()


async def _content(receive: Receive, limit: int) -> bytes | None:
    """The body, or None if it is longer than the limit; what comes beyond it is not kept."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    content: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return content if len(content) <= limit else None
    parts, length = [content], len(content)
    # Beyond the limit nothing is kept, but reading goes on for a while: a connection closed with unread bytes is reset,
    # and the client would never see why.
    while message.get("more_body", False) and length <= limit * DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        length += len(part)
        if length <= limit:
            parts.append(part)
    return b"".join(parts) if length <= limit else None


def control_reply(outcome: Outcome) -> WireReply:
    """Return a reply of the control plane with the headers that keep a browser from guessing, storing or sharing it."""
    return _plain(outcome, _OF_CONTROL)


def _plain(outcome: Outcome, more: Headers | None = None) -> WireReply:
    """An answer that no fault can touch, and that no journal keeps."""
    headers = [*encode_headers(outcome), *(more or ())]
    if outcome.problem is not None and outcome.problem.depends_on_state:
        headers.append((b"x-sandbox-reason", b"state"))
    return WireReply(outcome.reply.status, headers, outcome.content)


def _problem_document(status: int, title: str, detail: str) -> WireReply:
    reply = problem_document(status, title, detail)
    return _plain(Outcome(reply, encode_body(reply), None, ()))
