"""HTTP as bytes on a TCP socket: what no client library sends, what comes back, and one provider on a live server."""

import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Final, Self
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.kit.provider import find_providers
from paysandbox.server.live import Server
from tests.conformance.subject import Subject
from tests.helpers.runtimes import Response, dump

PATIENCE: Final = 30  # seconds; a server that is silent for so long hangs
Address = tuple[str, int]


class Message(Struct, frozen=True):
    """A request in parts. Unless `headers` say otherwise, its body has a Content-Length and the connection closes."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    version: str = "HTTP/1.1"

    def but(self, **parts: Any) -> Self:
        return replace(self, **parts)

    def having(self, name: str, *values: str) -> Self:
        """The same with these values of a header and no other; without any it is left out."""
        kept = [pair for pair in self.headers if pair[0] != name]
        return replace(self, headers=(*kept, *((name, value) for value in values)))

    @property
    def head(self) -> bytes:
        given = {name for name, _ in self.headers}
        usual = {"host": "127.0.0.1", "connection": "close"}
        if self.body and "transfer-encoding" not in given:
            usual["content-length"] = str(len(self.body))
        pairs = [*((name, value) for name, value in usual.items() if name not in given), *self.headers]
        lines = [f"{self.method} {self.target} {self.version}", *(f"{name}: {value}" for name, value in pairs)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def wire(self) -> bytes:
        return self.head + self.body

    def chunked(self, size: int = 1 << 16, ending: bytes = b"0\r\n\r\n") -> Self:
        """The same with its body in chunks."""
        chunks = [self.body[at : at + size] for at in range(0, len(self.body), size)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + ending
        return self.having("transfer-encoding", "chunked").but(body=body)


def replies(
    address: Address, parts: Sequence[bytes], *, pause: float = 0, leaves: bool = False, head_only: bool = False
) -> list[Response]:
    """What comes back for bytes sent one part after the other, until the server closes the connection.

    `pause` is in seconds, from one part to the next. With `leaves` the client says afterwards that nothing more will
    come; with `head_only` no body is expected.

    Raises:
        TimeoutError: the server neither answers nor closes.
    """
    received = b""
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, part in enumerate(parts):
            time.sleep(pause if number else 0)
            connection.sendall(part)
        if leaves:
            connection.shutdown(socket.SHUT_WR)
        while some := connection.recv(1 << 16):
            received += some
    return list(_read(received, head_only=head_only))


def break_off(address: Address, part: bytes) -> None:
    """Send some bytes and drop the connection, so that the server's next look at it is an error."""
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(part)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(received: bytes, *, head_only: bool) -> Iterator[Response]:
    while received:
        head, blank, received = received.partition(b"\r\n\r\n")
        assert blank, f"half a head: {head!r}"
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.removeprefix("HTTP/1.1 ").partition(" ")[0])
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if head_only or status < 200 else int(headers["content-length"])
        assert len(received) >= length, f"half a body: {received!r}"
        yield Response(status, headers, received[:length])
        received = received[length:]


class WireTarget:
    """One API at live servers that answer by turns, its contract, and valid calls of its operations as bytes."""

    def __init__(self, name: str, *urls: str) -> None:
        self.name = name
        self.subject = Subject(name)  # what the contract says; its own world is never called
        self.provider = self.subject.service.provider
        self.operations = self.subject.operations
        self.addresses = tuple(_address_of(url) for url in urls)
        self._turns = cycle(self.addresses)

    @property
    def address(self) -> Address:
        """The server whose turn it is."""
        return next(self._turns)

    def valid(self, operation: Operation, path_id: str | None = None) -> Message:
        """A call that is carried out on fresh fixtures, unless it is given another id for its path, as it stands."""
        path = operation.template
        headers, query = self.subject.credential_of(operation)
        for parameter in self.subject.parameters(operation):
            name, given = parameter["name"], quote(str(parameter.get("example")), safe="")
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", given if path_id is None else path_id)
            elif parameter.get("required") and parameter["in"] == "query":
                query += f"&{name}={given}"
        target = self.subject.root + path + (f"?{query.strip('&')}" if query else "")
        message = Message(operation.method, target, tuple(headers.items()))
        if operation.body is None:
            return message
        examples = list(self.subject.examples(operation).values())
        example = next(filter(None, examples), examples[0])  # an empty one has nothing to change
        return message.having("content-type", "application/json").but(body=write_json(example))

    def send(self, message: Message) -> Response:
        """The one reply to a request."""
        asks = any(name == "expect" for name, _ in message.headers)  # and waits a little before it sends its body
        parts = [message.head, message.body] if asks else [message.wire]
        *before, reply = replies(self.address, parts, pause=0.01 * asks, head_only=message.method == "HEAD")
        assert [one.status for one in before] == [100] * asks, before
        return reply

    def done(self, operation: Operation, reply: Response) -> bool:
        """Whether the call was carried out."""
        return self.subject.is_success(operation, reply.status, reply.json if reply.is_json else None)

    def reset(self) -> None:
        """The default namespace back to its fixtures."""
        raise NotImplementedError

    def dump(self) -> Any:
        """All that a refused call must not change."""
        raise NotImplementedError

    @contextmanager
    def unharmed(self, operation: Operation) -> Iterator[None]:
        """Check that the block changes nothing, and that the operation's valid call is carried out after it."""
        self.reset()
        before = self.dump()
        yield
        for _ in self.addresses:
            self.send(Message("GET", "/_sandbox/health"))  # by then it has noticed a client that left without a reply
        assert self.dump() == before, operation.id
        assert self.done(operation, self.send(self.valid(operation))), operation.id

    def with_credential(self, operation: Operation, values: Sequence[str]) -> Message:
        """A valid call with these values where its credential belongs; `{}` in them is the one that works."""
        message, member = self.valid(operation), self.provider.body_credential
        scheme = operation.scheme
        if scheme is None:
            assert member is not None, "the operation wants no credential"
            body = read_json(message.body)
            members = [(member, value.replace("{}", body[member])) for value in values]
            members += [one for one in body.items() if one[0] != member]
            return message.but(body=b"{%b}" % b",".join(write_json(a) + b":" + write_json(b) for a, b in members))
        credentials = self.subject.credentials
        known = credentials[scheme.choose_name(credentials)]
        given = [value.replace("{}", known) for value in values]
        if scheme.place == "query":
            path, _, sent = message.target.partition("?")
            pairs = [f"{scheme.name}={quote(value, encoding='latin-1')}" for value in given]
            pairs += [pair for pair in sent.split("&") if pair.partition("=")[0] != scheme.name]
            return message.but(target=f"{path}?{'&'.join(pairs)}")
        return message.having(scheme.name, *map(scheme.write, given))


class Target(WireTarget):
    """One provider on a live server of this process, so that its state is at hand."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__(name, server.url())
        self._runtime = server.runtime

    def reset(self) -> None:
        """The default namespace back to its fixtures."""
        self._runtime.namespaces.get("default").reset()

    def dump(self) -> Any:
        """Everything that the provider remembers."""
        return dump(self._runtime, self.name)


def takes_a_body(operation: Operation) -> bool:
    """Whether a body is read at all."""
    return operation.body is not None


def takes_an_object(operation: Operation) -> bool:
    """Whether the body is an object; no other takes an array without items as well."""
    return operation.body is not None and not operation.body.validator.is_valid([])


def has_an_id(operation: Operation) -> bool:
    """Whether the path has a parameter."""
    return "{" in operation.template


def wants_a_credential(operation: Operation) -> bool:
    """Whether the operation wants a credential, in a header, in the query or in the body."""
    in_the_body = {provider.body_credential for provider in find_providers()} - {None}
    return operation.scheme is not None or (operation.body is not None and bool(operation.body.members & in_the_body))


def _address_of(url: str) -> Address:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
