"""HTTP to values and back: the only module that knows ASGI messages. It decides nothing about any API."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from paysandbox.control.webhook_view import find_busy_webhooks
from paysandbox.core.content_encoding import decode_content
from paysandbox.core.messages import Request, problem_document
from paysandbox.kit.namespace_suffix import carry_suffix
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import (
    NO_PROVIDER,
    NO_WISH,
    Headers,
    Observation,
    Observer,
    WireReply,
    Wishes,
    dispatch,
    encode_headers,
    refuse_long_head,
    refuse_unknown_mount,
    refuse_wish,
)
from paysandbox.pipeline.process import Outcome, encode_body, process
from paysandbox.pipeline.routing import Address, Router
from paysandbox.store.namespaces import DEFAULT, NAMESPACE_PREFIX
from paysandbox.store.webhooks import Webhooks
from paysandbox.web.effects import HANG_UP, App, Message, Receive, Send, hang_up, send_reply
from paysandbox.web.head import ENCODING, EXPECT, PREFER, Head, read_head

DRAINED: Final = 64  # body limits that are read and dropped of a body that is too long
# Keys of the ASGI scope.
REQUEST: Final = "paysandbox.request"  # the request of a page, its path below the control plane's root
_READING: Final = ("GET", "HEAD")
# A browser that shows JSON asks for it by itself, which is no call of anybody's code, so no journal has it.
_ICON: Final = "/favicon.ico"
_NO_ICON: Final[Headers] = [(b"cache-control", b"max-age=86400")]
# Control plane replies repeat what clients sent, so a browser must not guess their type, store them, or show them to
# other sites.
CONTROL_HEADERS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class ClientDisconnected(Exception):
    """The client disconnected before it sent the whole request."""


class AsgiApp:
    """The plain ASGI application that every request enters: calls of the providers, and of the control API.

    `pages` is the ASGI application for paths of the control plane that its contract lacks. `observe` is called with
    each exchange once its reply is made. Set it on an application, or on the class for all of them (a plain function
    then needs `staticmethod`).
    """

    observe: Observer | None = None
    waits = False  # whether replies wait for a network; see `StoredApp.answer_later`
    flushes = False  # whether replies wait for the end of the event loop's turn; see `StoredApp.answer_later`

    def __init__(self, runtime: Runtime, pages: App) -> None:
        self._runtime = runtime
        self._pages = pages
        self._settings = runtime.settings
        self._connect()
        runtime.listeners.append(self._connect)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            content = await read_body(receive, self._settings.body_limit)
        except ClientDisconnected:
            return
        except asyncio.CancelledError:
            if HANG_UP not in scope:
                raise
            hang_up(scope)  # the server is stopping; not an error of the application
            return
        reply = self.answer(read_head(scope), content)
        if isinstance(reply, WireReply):
            await send_reply(reply, scope, receive, send)
        else:
            await reply(scope, receive, send)

    def answer(self, head: Head, content: bytes | None) -> WireReply | App:
        """Answer a request at once, or return the ASGI application that must, because it has to wait or is a page's.

        `content` is the body as sent; None was too long to read.
        """
        decoding_error = None
        if content is not None and len(content) > self._settings.body_limit:
            content = None
        if ENCODING in head.lists:
            content, decoding_error = decode_content(content, head.lists[ENCODING], self._settings.body_limit)
        address = self._router.find(head.path, head.host, head.port)
        chosen = head.namespace if address.namespace is None else address.namespace
        request = Request(
            method=head.method,
            path=address.path,
            query=head.query,
            headers=head.headers,
            content=content,
            origin=head.origin,
            head_size=head.size,
            decoding_error=decoding_error,
            root=f"{NAMESPACE_PREFIX}{chosen}{address.mount}" if chosen else address.mount,
        )
        service = self._runtime.services.get(address.provider or "")
        if service is None:
            if head.size > self._settings.head_limit:
                return encode_problem(431, "Request head too large", f"the limit is {self._settings.head_limit} bytes")
            return self._answer_without_provider(request, address, chosen or DEFAULT, head.lists)
        if head.may_have_suffix or service.may_hide_suffix:
            request = carry_suffix(request, service)
        return self._reply_of_provider(request, service, chosen, head.lists)

    def _connect(self) -> None:
        """Route to the services of the runtime, at the start and after each reload."""
        runtime, settings = self._runtime, self._settings
        self._control = runtime.control
        self._router = Router(runtime.services, runtime.control.provider, settings.ports, settings.tls_ports)

    def _answer_without_provider(
        self, request: Request, address: Address, namespace: str, lists: Mapping[bytes, str]
    ) -> WireReply | App:
        if address.provider is not None:
            return self._answer_by_control(request)
        if request.path == "/" and address.namespace is None:
            return self._lead_to_start_page(request)
        if request.path == _ICON and address.namespace is None and request.method in _READING:
            return WireReply(204, list(_NO_ICON), b"")
        try:
            found = self._runtime.namespaces.get(namespace)
        except ValueError:
            found = self._runtime.namespaces.get(DEFAULT)
        if EXPECT in lists and not _expects_refusal(lists):
            return refuse_wish(request, found, *_describe_expectation(lists))
        return refuse_unknown_mount(
            request, found, self._describe_mounts(request.path), expects_refusal=EXPECT in lists
        )

    def _answer_by_control(self, request: Request) -> WireReply | App:
        if not self._control.contract.has_path(request.path):
            return partial(self._send_page, request)  # of a page, or of nothing: the pages word that 404
        outcome = process(request, self._control, self._runtime)
        busy = find_busy_webhooks(outcome.call, self._runtime)
        if busy is not None:
            return partial(self._send_after_deliveries, request, outcome, busy)
        return self._encode_control_reply(request, outcome)

    async def _send_page(self, request: Request, scope: Message, receive: Receive, send: Send) -> None:
        await self._pages({**scope, REQUEST: request, "path": request.path, "root_path": ""}, receive, send)

    async def _send_after_deliveries(
        self, request: Request, outcome: Outcome, webhooks: Webhooks, scope: Message, receive: Receive, send: Send
    ) -> None:
        """Answer once what is due has been delivered: a reading call says how that went."""
        if self._runtime.deliveries is not None:
            await self._runtime.deliveries.wait(webhooks)
        if request.method in _READING:
            outcome = await self._process_again(request)
        await send_reply(self._encode_control_reply(request, outcome), scope, receive, send)

    async def _process_again(self, request: Request) -> Outcome:
        return process(request, self._control, self._runtime)

    def _encode_control_reply(self, request: Request, outcome: Outcome) -> WireReply:
        reply = encode_control_reply(outcome)
        if self.observe is not None:
            self.observe(Observation(self._control.provider.name, request, outcome, reply))
        return reply

    def _reply_of_provider(
        self, request: Request, service: Service, chosen: str | None, lists: Mapping[bytes, str]
    ) -> WireReply:
        name = chosen if chosen is not None else request.namespace_suffix[1:] or DEFAULT
        provider = service.provider.name
        try:
            namespace = self._runtime.namespaces.get(name)
        except ValueError as error:
            default = self._runtime.namespaces.get(DEFAULT)
            return refuse_wish(request, default, "No such namespace", str(error), provider)
        if EXPECT in lists and not _expects_refusal(lists):
            return refuse_wish(request, namespace, *_describe_expectation(lists), provider)
        if request.head_size > self._settings.head_limit:
            why = f"the request head has {request.head_size} bytes, and the limit is {self._settings.head_limit} bytes"
            return refuse_long_head(request, service, namespace, why, expects_refusal=EXPECT in lists)
        own_variants = namespace.own_variants.get(service.provider.name)
        service = service.with_variants(own_variants) if own_variants else service
        wishes = Wishes(lists.get(PREFER), EXPECT in lists) if lists else NO_WISH
        return dispatch(request, service, namespace, wishes, self.observe)

    def _lead_to_start_page(self, request: Request) -> WireReply:
        """Lead a browser from `/` to the start page; anything else is a 404 that lists the providers."""
        if request.method in _READING and _accepts_html(request):
            start = f"/{self._control.provider.prefix}/".encode()
            return WireReply(303, [(b"location", start), (b"content-length", b"0")], b"")
        return encode_problem(404, NO_PROVIDER, self._describe_mounts(request.path))

    def _describe_mounts(self, path: str) -> str:
        """Say where the providers are, and where a path was probably meant to lead."""
        prefixes = [service.prefix for service in self._runtime.services.values()]
        near = self._router.find_nearest(path)
        hint = "" if near is None else f"did you mean {near}? "
        where = ", ".join(f"/{prefix}" for prefix in prefixes)
        return f"{hint}the providers are at {where}; the control plane is at /{self._control.provider.prefix}"


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """Read the body; None if it comes in parts and is longer than the limit.

    Raises:
        ClientDisconnected: before the body was complete.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    content: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return content
    parts, length = [content], len(content)
    # Beyond the limit bytes are dropped, but still read for a while, because closing a connection with unread bytes
    # resets it, and the client would never see the reply.
    while message.get("more_body", False) and length <= limit * DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        part = message.get("body", b"")
        length += len(part)
        if length <= limit:
            parts.append(part)
    return b"".join(parts) if length <= limit else None


def encode_control_reply(outcome: Outcome) -> WireReply:
    """Return a reply of the control plane with the headers that keep a browser from guessing, storing or sharing it."""
    return _encode_reply(outcome, CONTROL_HEADERS)


def _encode_reply(outcome: Outcome, more: Headers | None = None) -> WireReply:
    """Encode a reply that is subject to no fault and kept in no journal."""
    headers = [*encode_headers(outcome), *(more or ())]
    if outcome.problem is not None and outcome.problem.depends_on_state:
        headers.append((b"x-sandbox-reason", b"state"))
    return WireReply(outcome.reply.status, headers, outcome.content)


def encode_problem(status: int, title: str, detail: str) -> WireReply:
    return _encode_reply(describe_problem(status, title, detail))


def describe_problem(status: int, title: str, detail: str) -> Outcome:
    reply = problem_document(status, title, detail)
    return Outcome(reply, encode_body(reply), None, ())


def _expects_refusal(lists: Mapping[bytes, str]) -> bool:
    return {value.strip().lower() for value in lists[EXPECT].split(",")} == {"refused"}


def _describe_expectation(lists: Mapping[bytes, str]) -> tuple[str, str]:
    """Say that an expectation is not known. It is refused, because a gate would count its call without a word."""
    return "No such expectation", f"X-Sandbox-Expect is {lists[EXPECT][:40]!r}; it can be 'refused'"


def _accepts_html(request: Request) -> bool:
    return any("text/html" in value for value in request.get_headers("accept"))
