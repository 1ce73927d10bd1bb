"""HTTP to values and back: the one room that knows ASGI's messages. It decides nothing about any API."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from msgspec import UNSET

from sandbox.addresses import Addresses, namespace_or_default
from sandbox.answer import Answer, answer
from sandbox.documents import write_json
from sandbox.exchange import Request, own_voice
from sandbox.explanation import headers as explanation_headers
from sandbox.problems import Unroutable
from sandbox.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DRAINED: Final = 64  # how many limits are read of a body that is too long
_NAMESPACE: Final = b"x-sandbox-namespace"
_log = logging.getLogger("sandbox.edge")


class Gone(Exception):
    """The client left before it had sent its whole request."""


class Edge:
    """The ASGI application below Starlette: every request of every provider and of the control plane passes here."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = world.control
        self._settings = world.settings
        self._addresses = Addresses(world.services, world.control.provider, world.settings.ports)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            content = await _content(receive, self._settings.body_limit)
        except Gone:
            return
        status, headers, body = self._answered(scope, content)
        if scope["method"] == "HEAD":
            body = b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answered(self, scope: Message, content: bytes | None) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body for a request whose body is at hand (None: it was too long to read)."""
        sent = scope["headers"]
        raw_path = scope.get("raw_path") or scope["path"].encode()
        size = len(raw_path) + len(scope["query_string"])
        host = chosen = None
        for name, value in sent:
            size += len(name) + len(value)
            if name == b"host":
                host = value.decode("latin-1")
            elif name == _NAMESPACE:
                chosen = value.decode("latin-1")
        if size > self._settings.head_limit:
            return _own_voice(431, "Request head too large", f"the limit is {self._settings.head_limit} bytes")
        port = scope["server"][1] if scope.get("server") else None
        address = self._addresses.find(raw_path.decode("latin-1"), host or "", port)
        request = Request(
            method=scope["method"],
            path=address.path,
            query=scope["query_string"].decode("latin-1"),
            headers=sent,
            content=content,
            origin=f"{scope['scheme']}://{host or '127.0.0.1'}",
        )
        if address.provider == self._control.provider.name:
            return _written(answer(request, self._control, self._world), [])
        if address.provider is None:
            return self._nobody()
        try:
            namespace = self._world.namespaces.get(namespace_or_default(address.namespace, chosen))
        except ValueError as error:
            return _own_voice(400, "No such namespace", str(error))
        answered = answer(request, self._world.services[address.provider], namespace.state(address.provider))
        return _written(answered, explanation_headers(answered, namespace.next_request()))

    def _nobody(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        prefixes = ", ".join(f"/{service.provider.prefix}" for service in self._world.services.values())
        return _own_voice(
            404,
            "Nobody is here",
            f"the providers are at {prefixes}; the control plane is at /{self._control.provider.prefix}",
        )


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


def _written(answered: Answer, extra: list[tuple[bytes, bytes]]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    reply = answered.reply
    headers = [(b"content-length", str(len(answered.content)).encode())]
    if reply.body is not UNSET:
        headers.append((b"content-type", reply.media_type.encode()))
    if isinstance(answered.problem, Unroutable) and answered.problem.allow:
        headers.append((b"allow", ", ".join(answered.problem.allow).encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    return reply.status, headers + extra, answered.content


def _own_voice(status: int, title: str, detail: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    reply = own_voice(status, title, detail)
    return _written(Answer(reply, write_json(reply.body), None, ()), [])
