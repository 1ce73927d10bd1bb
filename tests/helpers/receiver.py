"""A receiver of webhooks for tests: an HTTP server that keeps what it gets, and answers as it is told."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec

Answer = Callable[["Handler"], None]


class Received(NamedTuple):
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def event(self) -> str:
        found: str = msgspec.json.decode(self.content)["type"]
        return found


class Handler(BaseHTTPRequestHandler):
    """Keeps a request, then answers."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined] # set by `receiving`
        receiver.requests.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, content))
        answers = receiver.answers
        (answers.pop(0) if answers else status(200))(self)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is http.server's
        """Print nothing."""


class Receiver:
    """Requests in the order of arrival; `answers` are used up one by one, then every request gets a 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Received] = []
        self.answers: list[Answer] = []

    @property
    def events(self) -> list[str]:
        return [request.event for request in self.requests]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Context manager: a receiver at a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        server.receiver = receiver = Receiver(  # type: ignore[attr-defined] # for the handler
            f"http://127.0.0.1:{server.server_port}/hook"
        )
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield receiver
        server.shutdown()


def status(code: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Answer a status."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def endless(handler: Handler) -> None:
    """Answer 200 with a body that does not end while the connection lasts."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        handler.close_connection = True


def hang_up(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def wait_for(event: threading.Event) -> Answer:
    """Answer 200 once an event is set, or after 30 seconds."""

    def answer(handler: Handler) -> None:
        event.wait(30)
        status(200)(handler)

    return answer
