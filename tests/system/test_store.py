"""A sandbox over a store: what was answered survives a crash, and two processes serve the same namespaces."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from paysandbox.cli.main import main
from paysandbox.core.problems import StoreFailed
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Live, Server
from tests.helpers import served
from tests.helpers.receiver import receiving
from tests.helpers.runtimes import Client
from tests.helpers.served import PATIENCE, TOKEN, Served, check_deliveries


def serve(store: Path, folder: Path) -> AbstractContextManager[Served]:
    return served.serve(f"sqlite:{store}", folder / "ready.json")


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
        check_deliveries(both, receiver)


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


def list_open(folder: Path) -> list[str]:
    """List the files of a folder that this process has open."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            found.append(str(number.readlink()))
    return [path for path in found if path.startswith(str(folder))]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not say which files are open")
def test_a_store_that_was_opened_is_closed_though_nothing_is_served(tmp_path: Path) -> None:
    """At once, and not when somebody looks for garbage: the file may be wanted for something else."""
    settings = Settings(store=f"sqlite:{tmp_path / 'stub.db'}")
    with Live(settings=settings):
        assert list_open(tmp_path)
    assert list_open(tmp_path) == []
    with Server(settings=settings) as server:
        assert Client(server.runtime).get("/invisible-collector/companies", headers=TOKEN).status == 200
    assert list_open(tmp_path) == []
    with pytest.raises(StoreFailed, match="another seed") as failed:
        Live(settings=replace(settings, seed="another"))
    assert list_open(tmp_path) == []
    assert failed.value  # which holds what was being opened
