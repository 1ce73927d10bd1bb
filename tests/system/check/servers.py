"""Servers to check: one that is no sandbox and remembers who called, and ones that never answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Lock, Thread

from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Client, Response
from tests.helpers.runtimes import fresh_runtime

Outcome = Callable[[str, str, bytes, dict[str, str]], Response]


class Recording(ThreadingHTTPServer):
    """Answers as it is told and keeps (method, path) and all headers' names; `url` is its root."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Outcome, tls: SSLContext | None = None, *, way: "type[Handler] | None" = None) -> None:
        super().__init__(("127.0.0.1", 0), way or Handler)
        self.answer = answer
        self.lock = Lock()
        self.seen: list[tuple[str, str]] = []
        self.headers: set[str] = set()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_port}"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)


class Handler(BaseHTTPRequestHandler):
    """Sends replies as most servers do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply, whose head and body are two writes, waits 40 ms
    server: Recording

    def handle_one_request(self) -> None:
        """Any method; unreadable requests are closed."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.seen.append((self.command, self.path))
            self.server.headers |= headers.keys()
            reply = self.server.answer(self.command, self.path, content, headers)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name != "content-length":
                self.send_header(name, value)
        self.send(reply)

    def send(self, reply: Response) -> None:
        """Send what says how long the body is, and the body."""
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class HttpOnePointZero(Handler):
    """Closes each connection, which is how the client knows that the body ends."""

    protocol_version = "HTTP/1.0"

    def send(self, reply: Response) -> None:
        self.end_headers()
        self.wfile.write(reply.content if self.command != "HEAD" else b"")


class Closing(Handler):
    """Answers over a new connection each time, and says so."""

    def send(self, reply: Response) -> None:
        self.send_header("Connection", "close")
        super().send(reply)


class Chunked(Handler):
    """Does not say beforehand how long a body is."""

    def send(self, reply: Response) -> None:
        if self.command == "HEAD" or reply.status == 204:
            self.end_headers()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(reply.content), 50):
            chunk = reply.content[start : start + 50]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")


@contextmanager
def recording(
    answer: Outcome, tls: SSLContext | None = None, *, way: type[Handler] | None = None
) -> Iterator[Recording]:
    """A server that runs for a block, over TLS if there is a context; `way` is how it sends replies."""
    with Recording(answer, tls, way=way) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def vendor(base: Runtime, provider: str) -> Outcome:
    """A provider at the root of a server that knows nothing of sandboxes and remembers every call."""
    runtime = fresh_runtime(base)
    client = Client(runtime, f"/{runtime.services[provider].provider.prefix}")

    def answer(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        path, _, query = path.partition("?")
        reply = client.call(method, path, content=content, headers=headers | {"host": "127.0.0.1"}, query=query)
        kept = {name: value for name, value in reply.headers.items() if not name.startswith("x-sandbox-")}
        return Response(reply.status, kept, reply.content)

    return answer
