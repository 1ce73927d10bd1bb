"""Many clients at one server: each with a connection of its own, all beginning at once."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from http.client import HTTPConnection
from itertools import count
from json import loads
from pathlib import Path
from threading import Barrier
from typing import Any, Final, TypeVar

from msgspec import UNSET

from paysandbox.core.exact_json import write_json
from paysandbox.testing import Client, Response
from tests.helpers.raw_http import Address
from tests.helpers.redis_servers import running
from tests.system.security.processes import PATIENCE, ROOT, wait_for

T = TypeVar("T")

CLIENTS: Final = 32
TIMES: Final = 20  # calls of each


class LiveClient(Client):
    """Calls a server over one connection that is kept, below a root such as `/ns/a`."""

    def __init__(
        self, server: Address, runtime: str, root: str = "", headers: Mapping[str, str] | None = None, query: str = ""
    ) -> None:
        self._connection = HTTPConnection(*server, timeout=PATIENCE)
        self._root = runtime + root
        self._headers = dict(headers or {})
        self._query = query

    def call(  # noqa: PLR0913 - as the one in memory
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        content: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
        raw_headers: list[tuple[str, str]] | None = None,
        query: str | None = None,
    ) -> Response:
        assert raw_headers is None, "http.client sends no name twice"
        sent: dict[str, str | None] = {**self._headers, **(headers or {})}
        if json is not UNSET:
            content, sent["content-type"] = write_json(json), "application/json"
        asked = self._query if query is None else query
        target = f"{self._root}{path}{f'?{asked}' if asked else ''}"
        known = {name: value for name, value in sent.items() if value is not None}
        self._connection.request(method, target, content, known)
        with self._connection.getresponse() as reply:
            return Response(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())

    def close(self) -> None:
        self._connection.close()


class Crowd:
    """The clients of one server process."""

    _worlds = count(1)

    def __init__(self, server: Address) -> None:
        self._server = server
        self._open: list[LiveClient] = []
        self._control = self.made("/_sandbox", "/namespaces")

    def made(self, *parts: Any, **more: Any) -> LiveClient:
        """A client that is closed in the end."""
        self._open.append(LiveClient(self._server, *parts, **more))
        return self._open[-1]

    def runtime(self, now: str = "2026-03-31T12:00:00Z") -> str:
        """Create a namespace that no other test has; return its name."""
        name = f"world-{next(self._worlds)}"
        assert self.control("POST", "", {"name": name, "now": now}).status == 201
        return name

    def control(self, method: str, path: str, json: Any = UNSET) -> Response:
        """One call to the control plane, below its namespaces."""
        return self._control.call(method, path, json=json)

    def connect(self, runtime: str) -> Callable[..., LiveClient]:
        return partial(self.made, f"/ns/{runtime}")

    def close(self) -> None:
        for one in self._open:
            one.close()

    def broken_invariants(self, runtime: str) -> list[str]:
        """The ledgers' invariants that do not hold in a namespace, as the control plane tells them; there are many."""
        told = self.control("GET", f"/{runtime}/invariants").json["invariants"]
        assert len(told) > 10
        return [f"{one['provider']} {one['id']}: {one['where']}" for one in told if not one["holds"]]


def at_once(work: Callable[[int], list[T]], clients: int = CLIENTS) -> list[T]:
    """What all clients get, each being given its number, when all begin at the same moment."""
    barrier = Barrier(clients)

    def begun(number: int) -> list[T]:
        barrier.wait(PATIENCE)
        return work(number)

    with ThreadPoolExecutor(clients) as pool:
        return [one for found in pool.map(begun, range(clients), timeout=PATIENCE) for one in found]


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Address]:
    """A server in a process of its own, ended when the block ends; it must still be well then."""
    ready_file = folder / "ready"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready_file), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
        try:
            wait_for(ready_file, process)
            host, _, port = loads(ready_file.read_text())["url"].removeprefix("http://").partition(":")
            yield host, int(port)
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


@contextmanager
def serving_over(store: str, folder: Path) -> Iterator[Address]:
    """One process over `memory`, or two workers over `sqlite` or `redis`, whichever of them a connection comes to."""
    with running(folder) if store == "redis" else nullcontext() as engine:
        url = f"sqlite:{folder / 'store.db'}" if engine is None else engine.url
        options = [] if store == "memory" else ["--workers", "2", "--store", url]
        with serving(folder, *options) as address:
            yield address
