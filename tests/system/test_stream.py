"""The stream of calls over HTTP, and the command that prints it: live, resumed, bounded, ended at a stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from paysandbox.client.http import ControlClient, SandboxError, SandboxUnreachable
from paysandbox.evidence.callers import call_in_memory
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.replaying import run_replay
from paysandbox.kit.settings import Settings
from paysandbox.recordings.exchange import Log
from paysandbox.recordings.reading import read_recording
from paysandbox.server.live import Server

PATIENCE = 60
KEY = {"api-key": "invoiless-test-key"}
BEARER = {"authorization": "Bearer ic-test-token"}
COMPANY = "/invisible-collector/companies"

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


def look(url: str, namespace: str = "default", query: str = "") -> None:
    httpx.get(f"{url}/ns/{namespace}{COMPANY}{query}", headers=BEARER, trust_env=False)


@contextmanager
def watching(client: ControlClient, path: str = "/stream", **asked: Any) -> Iterator[Queue[Any]]:
    """A thread that reads a stream into a queue; an exception ends it, and is in the queue as well."""
    found: Queue[Any] = Queue()

    def read() -> None:
        try:
            for event in client.stream(path, **asked):
                found.put(event)
        except SandboxError as error:
            found.put(error)
        found.put(None)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield found


def test_calls_of_all_namespaces_come_while_they_are_made(server: Server) -> None:
    url = server.url()
    look(url)
    with watching(ControlClient(url), latest=1) as events:
        assert json.loads(events.get(timeout=PATIENCE).data)["id"] == "default-1"
        look(url, "a")
        assert json.loads(events.get(timeout=PATIENCE).data)["id"] == "a-1"


def test_a_stream_of_a_namespace_has_its_calls_alone(server: Server) -> None:
    url = server.url()
    look(url, "a")
    with watching(ControlClient(url), "/namespaces/a/stream", latest=1) as events:
        assert json.loads(events.get(timeout=PATIENCE).data)["id"] == "a-1"
        look(url)
        look(url, "a")
        assert json.loads(events.get(timeout=PATIENCE).data)["id"] == "a-2"


def test_a_stream_goes_on_after_the_last_event(server: Server) -> None:
    url = server.url()
    client = ControlClient(url)
    look(url)
    look(url)
    with watching(client, latest=2) as events:
        first = events.get(timeout=PATIENCE)
    look(url)
    with watching(client, after=first.id) as events:
        shown = [json.loads(events.get(timeout=PATIENCE).data)["id"] for _ in range(2)]
    assert shown == ["default-2", "default-3"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stream?lates=3", 422),
        ("/stream?latest=many", 422),
        ("/stream?provider=paypal", 404),
        ("/namespaces/nobody/stream", 404),
        ("/namespaces/%00/stream", 404),
    ],
)
def test_a_stream_of_nothing_is_refused_with_the_reason(server: Server, path: str, status: int) -> None:
    reply = httpx.get(f"{server.url()}/_sandbox{path}", trust_env=False)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["detail"]


def test_a_stream_wants_the_control_token_and_no_other_site() -> None:
    with Server(settings=Settings(control_token="secret")) as server:
        with pytest.raises(SandboxError) as refused:
            next(iter(ControlClient(server.url()).stream("/stream")))
        assert refused.value.status == 401
        reply = httpx.get(
            f"{server.url()}/_sandbox/stream",
            headers={"authorization": "Bearer secret", "origin": "https://evil.example"},
            trust_env=False,
        )
        assert reply.status_code == 403
        with watching(ControlClient(server.url(), control_token="secret"), latest=1) as events:
            look(server.url(), query="?api_key=hidden-value")
            event = events.get(timeout=PATIENCE)
        assert "hidden-value" not in event.data


def test_a_client_that_never_reads_holds_nobody_up(server: Server) -> None:
    """Its calls are dropped, those of another are not."""
    url = server.url()
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as silent, watching(ControlClient(url), latest=0) as events:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        silent.sendall(b"GET /_sandbox/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.5)
        with httpx.Client(base_url=url, headers=BEARER, trust_env=False) as client:
            for number in range(300):
                client.get(f"{COMPANY}?q={number}{'x' * 4000}")
        shown = 0
        while shown < 300:
            event = events.get(timeout=PATIENCE)
            shown += json.loads(event.data)["count"] if event.kind == "skipped" else 1
    assert shown == 300


def test_two_hundred_open_pages_are_told_of_each_call(server: Server) -> None:
    url = server.url()
    host, _, port = url.removeprefix("http://").partition(":")
    pages = [socket.create_connection((host, int(port))) for _ in range(200)]
    try:
        for page in pages:
            page.sendall(b"GET /_sandbox/stream?latest=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        look(url)
        for page in pages:
            page.settimeout(PATIENCE)
            read = b""
            while b'"id":"default-1"' not in read:
                read += page.recv(4096)
    finally:
        for page in pages:
            page.close()


@contextmanager
def serve(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    file = folder / "ready.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", str(port), "--ready-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        try:
            while not file.exists():
                assert process.poll() is None
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_the_command_prints_calls_and_waits_for_the_next_sandbox(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "paysandbox", "tail", "--url", url, "--refused"]
    with ExitStack() as stack:
        server = stack.enter_context(serve(port, tmp_path))
        look(url, query="?nonsense=1")
        tail = stack.enter_context(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own
        )
        stack.callback(tail.kill)
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert server.stderr is not None
        line = tail.stdout.readline()
        assert " default-1 " in line
        assert " GET /companies?nonsense=1 invisible_collector getCompany " in line
        assert "unknown query parameter 'nonsense'" in line
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=PATIENCE) == 0
        assert b"Traceback" not in server.stderr.read()
        assert "waiting for the sandbox" in tail.stderr.readline()
        stack.enter_context(serve(port, tmp_path))
        look(url)
        look(url, "b", query="?nonsense=2")
        assert " b-1 " in tail.stdout.readline()
        tail.send_signal(signal.SIGINT)
        assert tail.wait(timeout=PATIENCE) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_lines_of_json_are_a_recording(server: Server, tmp_path: Path) -> None:
    """With the bodies of both sides: what `drift` judges and `replay` sends is what was called."""
    url = server.url()
    look(url)
    httpx.post(f"{url}/invoiless/v1/customers", content=b"{no json", headers={"api-key": "key"}, trust_env=False)
    httpx.post(f"{url}/invoiless/v1/customers", json={"company": "A"}, headers=KEY, trust_env=False)
    command = [sys.executable, "-m", "paysandbox", "tail", "--url", url, "--latest", "3", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tail:  # noqa: S603 - our own
        assert tail.stdout is not None
        lines = [tail.stdout.readline() for _ in range(3)]
        tail.send_signal(signal.SIGINT)
    file = tmp_path / "calls.jsonl"
    file.write_bytes(b"".join(lines))
    log = Log()
    found = list(read_recording(file, log))
    assert (log.skipped.total(), log.notices) == (0, [])
    assert [one.request.content for one in found] == [b"", b"{no json", b'{"company":"A"}']
    assert all(one.reply.content for one in found)
    drift = run_drift([file], server.runtime)
    assert drift.exchanges == {"invisible_collector": 1, "invoiless": 2}
    replay = run_replay([file], server.runtime, call_in_memory(server.runtime))
    assert (len(replay.results), replay.exit_code) == (3, 0)


def test_a_sandbox_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SandboxUnreachable):
        next(iter(ControlClient(f"http://127.0.0.1:{port}").stream("/stream")))
