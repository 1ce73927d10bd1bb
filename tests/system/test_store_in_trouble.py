"""A store that is deleted, locked, or written by another release while sandboxes run over it: no call is lost."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.redis_servers import running
from tests.helpers.served import PATIENCE, TOKEN

GONE = "the file was deleted, moved or replaced; start the sandbox anew to go on with what is there now"
NOT_DONE = "; the call was not carried out"
OTHERS = "was written over other fixtures, by another release, or with another seed"


class Worker:
    """A sandbox in a thread, and a client of it."""

    def __init__(self, stack: ExitStack, store: str, seed: str = "one") -> None:
        server = stack.enter_context(Server(settings=Settings(store=store, seed=seed)))
        self.http = stack.enter_context(httpx.Client(base_url=server.url(), trust_env=False, timeout=PATIENCE))

    def call(self, namespace: str) -> httpx.Response:
        return self.http.get(f"/ns/{namespace}/invisible-collector/companies", headers=TOKEN)

    def control(self, path: str) -> Any:
        return self.http.get(f"/_sandbox/{path}")

    def number(self, namespace: str) -> str:
        """Make a call that is answered; return the number of the request."""
        reply = self.call(namespace)
        assert reply.status_code == 200, reply.text
        return reply.headers["x-sandbox-request"]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def check_refused(reply: httpx.Response, says: str) -> None:
    """Check that a call is refused in the sandbox's own voice."""
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json"), reply.text
    assert reply.json()["title"] == "Store unavailable"
    assert says in reply.json()["detail"]


def test_a_file_that_is_deleted_refuses_calls_until_the_sandbox_is_started_anew(
    tmp_path: Path, stack: ExitStack
) -> None:
    """Else they would go on in a file that has no name, where no other process and no later start finds them."""
    store = f"sqlite:{tmp_path / 'stub.db'}"
    both = Worker(stack, store), Worker(stack, store)
    assert [worker.number("mine") for worker in (*both, *both)] == [f"mine-{number}" for number in range(1, 5)]
    for file in tmp_path.iterdir():
        file.unlink()
    time.sleep(0.15)  # longer than a sandbox goes on without a look
    third = Worker(stack, store)
    assert third.number("mine") == "mine-1"
    for worker in both:
        store = worker.control("health").json()["store"]
        assert (store["answers"], store["writes"]) == (False, False)
        for reply in (worker.call("mine"), worker.call("new"), worker.http.post("/_sandbox/namespaces/mine/reset")):
            check_refused(reply, f"{GONE}{NOT_DONE}")
    assert third.number("mine") == "mine-2"


def test_a_file_that_another_process_locks_keeps_nothing_of_a_call(
    tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.sqlite.BUSY_SECONDS", 0.2)
    path = tmp_path / "stub.db"
    worker = Worker(stack, f"sqlite:{path}")
    assert worker.number("mine") == "mine-1"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for namespace in ("mine", "new"):
        check_refused(
            worker.call(namespace), f"another process has locked the file for more than 0.2 seconds{NOT_DONE}"
        )
    before = time.monotonic()
    store = worker.control("health").json()["store"]
    assert (store["answers"], store["writes"]) == (True, False)
    assert time.monotonic() - before < 5, "it has waited for the other process"
    holder.execute("ROLLBACK")
    holder.close()
    assert [worker.number(namespace) for namespace in ("mine", "new")] == ["mine-2", "new-1"]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def test_two_releases_refuse_the_namespaces_of_each_other(tmp_path: Path, stack: ExitStack, engine: str) -> None:
    """Both have started over an empty store, as in an update that has no pause."""
    store = f"sqlite:{tmp_path / 'stub.db'}" if engine == "sqlite" else stack.enter_context(running(tmp_path)).url
    old, new = Worker(stack, store, "old"), Worker(stack, store, "new")
    assert [old.number("theirs"), old.number("theirs"), new.number("ours")] == ["theirs-1", "theirs-2", "ours-1"]
    for worker, namespace in ((new, "theirs"), (old, "ours")):
        path = f"/_sandbox/namespaces/{namespace}"
        for reply in (
            worker.call(namespace),
            worker.http.post(f"{path}/reset"),
            worker.http.get(f"{path}/requests"),
            worker.http.post("/_sandbox/namespaces/default/fork", json={"name": namespace}),
        ):
            check_refused(reply, f"of the namespace {namespace} {OTHERS}")
    assert [old.number("theirs"), new.number("ours")] == ["theirs-3", "ours-2"]
    assert [len(old.control("namespaces/theirs/requests").json()["requests"]) for _ in range(2)] == [3, 3]
