"""A sandbox over a store: what was answered survives a crash, and two processes serve the same namespaces."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.receiver import receiving

PATIENCE = 180  # seconds for a start, far beyond what it takes
TOKEN = {"authorization": "Bearer ic-test-token"}


class Process:
    """A `paysandbox serve` of its own, and a client of it."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any]) -> None:
        self.process, self.ready = process, ready
        self.http = httpx.Client(base_url=ready["url"], trust_env=False, timeout=PATIENCE)

    def pay(self, number: str) -> httpx.Response:
        """Pay the whole of a debt of 30.75."""
        body = {
            "number": number,
            "type": "TB",
            "date": "2026-01-01",
            "currency": "EUR",
            "lines": [{"number": "FT TEST/001", "amount": 30.75}],
        }
        return self.http.post("/invisible-collector/payments", json=body, headers=TOKEN)

    def pay_part(self) -> httpx.Response:
        """Pay 600.00 of a document of 1070.00."""
        url = "/invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"
        return self.http.post(url, json={"partial_payment": {"amount": 600}})

    def get(self, path: str) -> Any:
        return self.http.get(f"/_sandbox/{path}").json()


@contextmanager
def serve(
    store: Path, folder: Path, *options: str, program: tuple[str, ...] = ("-m", "paysandbox")
) -> Iterator[Process]:
    """Run `paysandbox serve` over a file; whatever happens, it is killed in the end."""
    file = folder / "ready.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, *program, "serve", "--port", "0", "--ready-file", str(file)]
    process = subprocess.Popen([*command, "--store", f"sqlite:{store}", *options], stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        deadline = time.monotonic() + PATIENCE
        while not file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        served = Process(process, json.loads(file.read_text()))
        with served.http:
            yield served
    finally:
        process.kill()
        process.wait()


def test_pay_kill_start_again_read_the_receipt(tmp_path: Path) -> None:
    store = tmp_path / "stub.db"
    with serve(store, tmp_path) as first:
        assert first.ready["store"] == f"sqlite:{store}"
        assert first.pay("R 1").status_code == 201
        first.http.post("/_sandbox/namespaces/default/snapshots", json={"name": "paid"})
        first.http.put("/_sandbox/namespaces/default/clock", json={"now": "2030-01-01T00:00:00Z", "frozen": True})
        first.http.post("/_sandbox/namespaces", json={"name": "mine", "now": "2026-02-03T04:05:06Z"})
        before = {path: first.get(path) for path in ("namespaces", "coverage", "namespaces/default/requests")}
        first.process.kill()
        first.process.wait()
        with serve(store, tmp_path) as second:
            for held in before["namespaces"]["namespaces"]:
                for provider in held["providers"].values():
                    provider["url"] = provider["url"].replace(first.ready["url"], second.ready["url"])
            assert {path: second.get(path) for path in before} == before
            repeated = second.pay("R 1")
            assert (repeated.status_code, repeated.headers["x-sandbox-request"]) == (200, "default-2")
            assert second.get("namespaces/default/clock") == {"now": "2030-01-01T00:00:00Z", "frozen": True}


def test_of_64_conflicting_payments_through_two_processes_one_is_registered(tmp_path: Path) -> None:
    """The others would pay more than is owed. Request numbers have no gap."""
    with ExitStack() as stack:
        both = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            both.append(stack.enter_context(serve(tmp_path / "stub.db", tmp_path / name)))
        with ThreadPoolExecutor(16) as pool:
            replies = list(pool.map(lambda number: both[number % 2].pay_part(), range(64)))
        assert Counter(reply.status_code for reply in replies) == {200: 1, 422: 63}
        numbers = sorted(int(reply.headers["x-sandbox-request"].removeprefix("default-")) for reply in replies)
        assert numbers == list(range(1, 65))
        for path in ("requests", "state/invoicexpress/receipts", "coverage", "invariants"):
            assert both[0].get(f"namespaces/default/{path}") == both[1].get(f"namespaces/default/{path}")
        assert all(one["holds"] for one in both[0].get("namespaces/default/invariants")["invariants"])
        assert len(both[0].get("namespaces/default/requests")["requests"]) == 64


def test_a_server_in_a_thread_goes_on_with_a_store(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:{tmp_path / 'stub.db'}")
    for wanted in (1, 2):
        with Server(settings=settings) as server, httpx.Client(trust_env=False, timeout=PATIENCE) as http:
            reply = http.get(f"{server.url('invisible_collector')}/companies", headers=TOKEN)
            assert reply.headers["x-sandbox-request"] == f"default-{wanted}"


def test_events_are_delivered_once_by_the_process_of_their_call(tmp_path: Path) -> None:
    """Both processes have them in their logs."""
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        both = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            both.append(stack.enter_context(serve(tmp_path / "stub.db", tmp_path / name)))
        both[0].http.post("/_sandbox/namespaces/default/webhooks", json={"url": receiver.url})
        url = "/invoiless/v1/invoices/6554cb5f9b3e7d00418c2f7e/payments"
        for place, amount in ((0, 10), (1, 20), (0, 30), (1, None)):
            body = {"method": "Card"} if amount is None else {"method": "Card", "amount": amount}
            both[place].http.post(url, json=body, headers={"api-key": "invoiless-test-key"}).raise_for_status()
        logs = [one.get("namespaces/default/webhooks")["deliveries"] for one in both]
        assert logs[0] == logs[1]
        assert len(logs[0]) >= 5
        assert {one["progress"] for one in logs[0]} == {"delivered"}
        assert len(receiver.requests) == len(logs[0])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--store", "valkey://me:secret@db"], "there is no store 'valkey'"),
        (["--store", "sqlite:"], "a store in SQLite is sqlite:PATH"),
        (["--store", "sqlite:/nowhere/stub.db"], "there is no folder /nowhere; make it first"),
        (["--store", "sqlite:stub.db", "--reload"], "--reload needs --store memory"),
    ],
)
def test_a_store_that_cannot_be_used_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert done.exit_code == 2
    assert says in done.output
    assert "secret" not in done.output
    if "--reload" not in options:
        done = CliRunner().invoke(main, ["exec", *options, "--", "true"])
        assert (done.exit_code, says in done.output) == (2, True)


def test_other_fixtures_do_not_go_on_with_a_store(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'stub.db'}"
    with Server(settings=Settings(store=store)) as server, httpx.Client(trust_env=False) as http:
        http.get(f"{server.url('invisible_collector')}/companies", headers=TOKEN)
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--store", store, "--seed", "another"])
    assert done.exit_code == 2
    assert "version 1 of the namespace default was written over other fixtures" in done.output
