"""The pages and the stream of one worker show the calls of all, and what is known if the store is away."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import httpx
import pytest

from paysandbox.client.http import ControlClient
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from paysandbox.store.log.engine import StoreError
from paysandbox.store.log.sqlite import SqliteLog

PATIENCE = 60


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    settings = Settings(store=f"sqlite:{tmp_path / 'stub.db'}")
    with Server(settings=settings) as first, Server(settings=settings) as second:
        yield first, second


def look(server: Server, namespace: str) -> None:
    headers = {"authorization": "Bearer ic-test-token"}
    httpx.get(f"{server.url()}/ns/{namespace}/invisible-collector/companies", headers=headers).raise_for_status()


def test_a_page_shows_the_calls_of_another_worker(workers: tuple[Server, Server]) -> None:
    first, second = workers
    look(first, "a")
    look(second, "b")
    for server in workers:
        start = httpx.get(f"{server.url()}/_sandbox/").text
        for name in ("a-1", "b-1"):
            assert f">{name}</a>" in start
            assert httpx.get(f"{server.url()}/_sandbox/calls/{name}").status_code == 200


def test_a_file_is_opened_by_any_worker(workers: tuple[Server, Server]) -> None:
    """Each view by another one, because none keeps anything of it."""
    first, second = workers
    look(first, "a")
    content = httpx.get(f"{first.url()}/_sandbox/calls.har").content
    listed = httpx.post(f"{second.url()}/_sandbox/open", content=content)
    assert ">a-1</a>" in listed.text
    shown = httpx.post(f"{first.url()}/_sandbox/open?call=1", content=content)
    assert (shown.status_code, "getCompany" in shown.text) == (200, True)


def test_a_stream_has_the_calls_of_another_worker(workers: tuple[Server, Server]) -> None:
    first, second = workers
    shown: Queue[str] = Queue()

    def read() -> None:
        for event in ControlClient(second.url()).stream("/stream", latest=1):
            shown.put(json.loads(event.data)["id"])

    look(first, "a")
    threading.Thread(target=read, daemon=True).start()
    assert shown.get(timeout=PATIENCE) == "a-1"
    look(first, "a")
    look(second, "b")
    assert {shown.get(timeout=PATIENCE) for _ in range(2)} == {"a-2", "b-1"}


def test_without_its_store_a_worker_shows_what_it_knows(
    workers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = workers
    look(first, "a")

    async def fail(*_: object, **__: object) -> None:
        raise StoreError("the store is away")

    for method in ("list_names", "read"):
        monkeypatch.setattr(SqliteLog, method, fail)
    assert ">a-1</a>" in httpx.get(f"{first.url()}/_sandbox/").text
    stream = httpx.get(f"{first.url()}/_sandbox/namespaces/b/stream")
    assert stream.status_code == 503
    assert "the store is away" in stream.json()["detail"]
