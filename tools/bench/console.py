"""What open pages cost the calls: valid payments beside no, one and twenty open streams of calls."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Final

from tools.bench.calls import payments, request
from tools.bench.figures import Figure, figure, share
from tools.bench.plan import Plan
from tools.bench.processes import SANDBOX, Running, running
from tools.bench.throughput import Rates, measure, order

PAGES: Final = (0, 1, 20)
_CONNECTIONS: Final = 16
_TURN_SECONDS: Final = 0.2  # after which the reader looks whether it is to end
_STREAM: Final = request("GET", "/_sandbox/stream")


def measured(plan: Plan) -> Iterator[Figure]:
    """Yield rates and the processor's time for a call, and both beside those without a page."""
    found = {pages: Rates([], []) for pages in PAGES}
    with ExitStack() as stack:
        servers = {str(pages): stack.enter_context(running(SANDBOX)) for pages in PAGES}
        sources = {server: payments(0) for server in servers.values()}
        for turn in plan.turns("console"):
            for name, server in order(servers, turn):
                with open_streams(server, int(name)):
                    measure(found[int(name)], server, sources[server], plan.seconds, _CONNECTIONS, b"201")
    for pages, rates in found.items():
        yield figure(f"valid POST, {pages} open pages: rate", "per s", rates.seconds)
        yield figure(f"valid POST, {pages} open pages: processor", "µs", rates.busy)
    for pages in PAGES[1:]:
        what = f"valid POST, {pages} open pages against none"
        yield share(f"{what}: rate", found[pages].seconds, found[0].seconds)
        yield share(f"{what}: processor", found[pages].busy, found[0].busy)


@contextmanager
def open_streams(server: Running, count: int) -> Iterator[None]:
    """Context manager: so many clients read the calls of a server as they come in."""
    done = Event()
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5)) for _ in range(count)
        ]
        for one in sockets:
            one.sendall(_STREAM)
            if not one.recv(65536).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("a stream was not answered")
        reader = Thread(target=_read, args=(sockets, done))
        reader.start()
        try:
            yield
        finally:
            done.set()
            reader.join()


def _read(sockets: list[socket.socket], done: Event) -> None:
    """Read what comes, as a page does that keeps up."""
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        while not done.is_set():
            if not sockets:
                done.wait(_TURN_SECONDS)
            for key, _ in selector.select(_TURN_SECONDS) if sockets else ():
                if isinstance(key.fileobj, socket.socket):
                    key.fileobj.recv(1 << 20)
