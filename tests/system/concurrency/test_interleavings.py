"""Calls whose bodies and replies come in pieces, in any order: each is whole, as if the calls had come one by one.

Hypothesis decides who of several clients goes on: a request's body comes in two parts, and its reply is taken in two,
so that a call can wait at every place where the edge awaits. A call is carried out in one go when its last part is
there; from then on the outcome must be that of the same calls made whole in that order. A handler that awaits, or
anything else that lets another call in between its first look at the records and its last change, would not be.
"""

from collections.abc import Callable, Coroutine, Generator, Iterator
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct

from paysandbox.app import Sandbox
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, Response, broken_invariants, fresh_runtime
from tools.matrix.vendors import VENDORS, Vendor

WORLDS: Final = ("a", "b")
CLIENTS: Final = 3
DONE: Final = object()


class Asked(Struct, frozen=True):
    """A request, as it is sent."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    def whole(self, runtime: Runtime) -> Response:
        """Its reply, when it is sent in one piece."""
        return Client(runtime).call(
            self.method, self.path, query=self.query, headers=dict(self.headers), content=self.content
        )


class Recording(Client):
    """Keeps what it sends."""

    def __init__(
        self, runtime: Runtime, kept: list[Asked], below: str, root: str, headers: Any = None, query: str = ""
    ) -> None:
        super().__init__(runtime, below + root, headers, query)
        self._kept, self._fixed, self._below, self._asks = kept, dict(headers or {}), below + root, query

    def call(self, method: str, path: str, **parts: Any) -> Response:
        headers, content, json = {**self._fixed}, b"", parts.get("json", UNSET)
        if json is not UNSET:
            content, headers["content-type"] = write_json(json), "application/json"
        query = self._asks if parts.get("query") is None else parts["query"]
        self._kept.append(Asked(method, self._below + path, query, tuple(headers.items()), content))
        return super().call(method, path, **parts)


def requests(base: Runtime, runtime: str) -> list[Asked]:
    """What can be asked in a namespace: payments, cancellations and looks at each vendor, and the control plane.

    Ids come from the namespace and a counter, so those of this recording come again in any other order; a request for
    one that is not there yet is refused.
    """
    kept: list[Asked] = []
    for made in VENDORS:
        alone = fresh_runtime(base)
        vendor: Vendor = made(partial(Recording, alone, kept, f"/ns/{runtime}"))
        document = vendor.document()
        for number, amount in enumerate((vendor.whole * 4 // 10, vendor.whole * 7 // 10, vendor.whole, None)):
            paid = vendor.pay(document, amount, number % 2)
            if vendor.carried_out(paid):
                vendor.cancel(paid)
        vendor.owed(document)
    control = f"/_sandbox/namespaces/{runtime}"
    json = (("content-type", "application/json"),)
    kept += [
        Asked("POST", f"{control}/snapshots", "", json, b'{"name": "kept"}'),
        Asked("POST", f"{control}/snapshots/kept/restore", "", (), b""),
        Asked("POST", f"{control}/snapshots/fixtures/restore", "", (), b""),
        Asked("POST", f"{control}/reset", "", (), b""),
        Asked("POST", f"{control}/clock/advance", "", json, b'{"seconds": 3600}'),
        Asked("GET", f"{control}/snapshots/fixtures/diff", "", (), b""),
    ]
    return list(dict.fromkeys(kept))


class Pause:
    """Where a call waits until it is told to go on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class Running:
    """A call under way: its body comes in two parts, and every message of its reply waits to be taken."""

    def __init__(self, app: Sandbox, asked: Asked, answered: Callable[[], None]) -> None:
        half = len(asked.content) // 2
        self._parts = [(asked.content[:half], True), (asked.content[half:], False)]
        self._messages: list[Any] = []
        self._answered = answered
        scope = {
            "type": "http",
            "method": asked.method,
            "scheme": "http",
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "query_string": asked.query.encode(),
            "headers": [(b"host", b"127.0.0.1:4080")] + [(a.encode(), b.encode()) for a, b in asked.headers],
            "server": ("127.0.0.1", 4080),
        }
        self._steps: Coroutine[Any, Any, None] = app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        await Pause()
        part, more = self._parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": more}

    async def _send(self, message: Any) -> None:
        if not self._messages:
            self._answered()
        self._messages.append(message)
        await Pause()

    def goes_on(self) -> bool:
        """Let it go on to where it waits next; False when it is done."""
        try:
            self._steps.send(None)
        except StopIteration:
            return False
        return True

    @property
    def reply(self) -> Response:
        start, body = self._messages
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], headers, body["body"])


class Run:
    """Several clients at one sandbox, each with a list of requests; `order` is that in which they were carried out."""

    def __init__(self, runtime: Runtime, programs: list[list[Asked]]) -> None:
        self.runtime = runtime
        self.order: list[Asked] = []
        self.replies: dict[int, Response] = {}
        self._app = Sandbox(runtime)
        self._clients = [self._client(program) for program in programs]

    def _client(self, program: list[Asked]) -> Iterator[None]:
        """Its calls one after the other, with a rest wherever they wait."""
        for asked in program:
            places: list[int] = []

            def answered(asked: Asked = asked, places: list[int] = places) -> None:
                places.append(len(self.order))
                self.order.append(asked)

            running = Running(self._app, asked, answered)
            while running.goes_on():
                yield
            self.replies[places[0]] = running.reply

    def play(self, turns: list[int]) -> None:
        """Run the clients in these turns, then in rotation until all are done; the invariants hold after each turn."""
        waiting = list(self._clients)
        following = iter(turns)
        while waiting:
            carried_out = len(self.order)
            client = waiting.pop(next(following, 0) % len(waiting))
            if next(client, DONE) is not DONE:
                waiting.append(client)
            if len(self.order) != carried_out:
                assert broken_invariants(self.runtime) == [], self.order[-1]


PROGRAMS: Final = st.lists(
    st.lists(st.tuples(st.sampled_from(WORLDS), st.integers(0, 10_000)), max_size=8), min_size=2, max_size=CLIENTS
)
TURNS: Final = st.lists(st.integers(0, CLIENTS - 1), max_size=80)


@pytest.fixture(scope="module")
def pool(base_runtime: Runtime) -> dict[str, list[Asked]]:
    """What can be asked in each namespace; carried out one after the other, most of it is not refused."""
    found = {name: requests(base_runtime, name) for name in WORLDS}
    for name, asked in found.items():
        runtime = fresh_runtime(base_runtime)
        statuses = [one.whole(runtime).status for one in asked]
        assert len(asked) > 40, name
        assert sum(status < 300 for status in statuses) > len(asked) // 2
    return found


@settings(max_examples=200)
@given(programs=PROGRAMS, turns=TURNS)
def test_any_interleaving_is_calls_one_after_the_other(
    base_runtime: Runtime, pool: dict[str, list[Asked]], programs: list[list[tuple[str, int]]], turns: list[int]
) -> None:
    """In the order in which they were carried out, to the byte; and each namespace is as if it were alone."""
    chosen = [[pool[name][number % len(pool[name])] for name, number in program] for program in programs]
    run = Run(fresh_runtime(base_runtime), chosen)
    run.play(turns)
    replies = [run.replies[place] for place in range(len(run.order))]
    assert sorted(map(repr, run.order)) == sorted(repr(one) for program in chosen for one in program)

    again = fresh_runtime(base_runtime)
    assert [one.whole(again) for one in run.order] == replies
    for name in WORLDS:
        alone = fresh_runtime(base_runtime)
        roots = (f"/ns/{name}/", f"/_sandbox/namespaces/{name}/")
        own = [(one, reply) for one, reply in zip(run.order, replies, strict=True) if one.path.startswith(roots)]
        assert [one.whole(alone) for one, _ in own] == [reply for _, reply in own]
