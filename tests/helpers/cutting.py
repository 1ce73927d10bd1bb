"""A TCP proxy that cuts, holds or swallows what goes through it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Passes bytes on to a port of loopback.

    Attributes:
        cut_before: close both sides instead of passing on what a client sends with these bytes in it.
        cut_after: pass it on, but close both sides instead of passing on the reply to it.
        cuts: how often either is still done.
        delay: seconds that each reply is held.
        is_silent: pass on nothing more to clients, with connections open.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.cut_before = self.cut_after = b""
        self.cuts = 1
        self.delay = 0.0
        self.is_silent = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_all(self) -> None:
        """Close all connections."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut_all()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self._open += client, server
                threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        is_cut = threading.Event()
        answering = threading.Thread(target=self._answer, args=(client, server, is_cut), daemon=True)
        answering.start()
        with suppress(OSError):
            while data := client.recv(1 << 20):
                if self.cut_before and self.cut_before in data and self.cuts:
                    self.cuts -= 1
                    break
                if self.cut_after and self.cut_after in data and self.cuts:
                    self.cuts -= 1
                    is_cut.set()
                server.sendall(data)
                if is_cut.is_set():
                    answering.join()  # the reply has come, and was not passed on
                    break
        for connection in (client, server):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        answering.join()
        client.close()
        server.close()

    def _answer(self, client: socket.socket, server: socket.socket, is_cut: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if is_cut.is_set():
                    return
                if self.delay:
                    time.sleep(self.delay)
                if not self.is_silent:
                    client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxying(target: int) -> Iterator[Proxy]:
    """Run a proxy of a port."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
