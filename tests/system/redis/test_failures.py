"""An engine that is lost, slow, restarted or behind: what was answered is kept, and once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.helpers.cutting import Proxy, proxying
from tests.helpers.redis_servers import RedisServer, running
from tests.helpers.served import Served
from tests.system.redis.conftest import Serve

STREAM = "paysandbox:{default}"
UNDECIDED = "; whether the call was carried out is known once the store answers again"
NOT_DONE = "; the call was not carried out"


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[Proxy]:
    with proxying(server.port) as proxy:
        yield proxy


@pytest.fixture
def worker(serve: Serve, proxy: Proxy) -> Served:
    """A worker behind the proxy, which waits for the engine no longer than 400 milliseconds."""
    worker = serve(f"redis://127.0.0.1:{proxy.port}?answer_ms=400&connect_ms=400")
    assert worker.pay("R 0", "0.75").status_code == 201
    return worker


def list_paid(worker: Served) -> list[str]:
    """The numbers of the payments that are kept."""
    payments = worker.get("namespaces/default/state/invisible_collector/payments").values()
    return sorted(payment["number"] for payment in payments if payment["number"][:2] in {"R ", "S "})


@pytest.mark.parametrize("where", ["cut_before", "cut_after"])
def test_a_connection_that_is_cut_at_an_append_changes_no_reply(worker: Served, proxy: Proxy, where: str) -> None:
    """It is appended once more, and an entry that had arrived is found in the log."""
    for number in range(1, 6):
        proxy.cuts = 1
        setattr(proxy, where, b"EVALSHA")
        reply = worker.pay(f"R {number}", "1")
        assert (reply.status_code, reply.headers["x-sandbox-request"]) == (201, f"default-{number + 1}")
        assert proxy.cuts == 0
    assert list_paid(worker) == [f"R {number}" for number in range(6)]


@pytest.mark.parametrize(("where", "status"), [("cut_before", 201), ("cut_after", 200)])
def test_a_call_that_cannot_be_decided_says_so_and_is_not_made_twice(
    worker: Served, proxy: Proxy, where: str, status: int
) -> None:
    """Its repetition is the first one if nothing had arrived, and is recognised if it had."""
    proxy.cuts = 1000
    setattr(proxy, where, b"EVALSHA")
    reply = worker.pay("R 1", "1")
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")
    assert reply.json()["title"] == "Store unavailable"
    assert reply.json()["detail"] == f"{worker.ready['store']}: the connection was closed{UNDECIDED}"
    proxy.cuts = 0
    assert worker.pay("R 1", "1").status_code == status
    assert list_paid(worker) == ["R 0", "R 1"]


def test_an_engine_that_is_silent_is_not_waited_for_without_end(worker: Served, proxy: Proxy) -> None:
    proxy.is_silent = True
    started = time.monotonic()
    reply = worker.pay("R 1", "1")
    assert reply.status_code == 503
    assert reply.json()["detail"].endswith(UNDECIDED)
    store = worker.get("health")["store"]
    assert (store["answers"], store["writes"]) == (False, False)
    assert time.monotonic() - started < 30
    proxy.is_silent = False
    proxy.cut_all()
    assert worker.pay("R 1", "1").status_code in {200, 201}
    assert worker.get("health")["store"] == {"engine": "redis", "answers": True, "writes": True}
    assert list_paid(worker) == ["R 0", "R 1"]


def test_a_slow_engine_slows_calls_but_holds_up_no_other_namespace(worker: Served, proxy: Proxy) -> None:
    proxy.delay = 0.1
    with ThreadPoolExecutor(16) as pool:
        paths = [f"/ns/n{number}/invisible-collector/companies" for number in range(16)]
        started = time.monotonic()
        replies = list(pool.map(worker.http.get, paths))
        assert time.monotonic() - started < 16 * 2 * proxy.delay  # one after the other they would take longer
    assert {reply.headers["x-sandbox-request"] for reply in replies} == {f"n{number}-1" for number in range(16)}


def test_an_engine_that_is_restarted_with_its_data_goes_on(tmp_path: Path, serve: Serve) -> None:
    with running(tmp_path, lasting=True) as server:
        both = serve(server.url), serve(server.url)
        assert both[0].pay("R 1", "1").status_code == 201
        server.kill()
        reply = both[0].pay("R 2", "1")
        assert reply.status_code == 503
        assert reply.json()["detail"] in {
            f"{server.url} cannot be reached: nothing listens there{NOT_DONE}",
            f"{server.url}: the connection was closed{UNDECIDED}",  # if the call overtakes the news of the kill
        }
        server.start()
        for number, worker in enumerate((*both, *both), 2):
            reply = worker.pay(f"R {number}", "1")
            assert (reply.status_code, reply.headers["x-sandbox-request"]) == (201, f"default-{number}")
        assert list_paid(both[0]) == list_paid(both[1]) == [f"R {number}" for number in range(1, 6)]


def test_an_engine_that_is_restarted_without_its_data_begins_anew(server: RedisServer, serve: Serve) -> None:
    """For all workers alike, whatever they had in memory."""
    both = serve(server.url), serve(server.url)
    for number in range(4):
        assert both[number % 2].pay(f"R {number}", "1").status_code == 201
    server.kill()
    server.start()
    for number, worker in enumerate((*both, *both)):
        reply = worker.pay(f"R {number}", "1")
        assert (reply.status_code, reply.headers["x-sandbox-request"]) == (201, f"default-{number + 1}")
    assert list_paid(both[0]) == list_paid(both[1]) == [f"R {number}" for number in range(4)]
    assert both[0].get("namespaces/default/requests") == both[1].get("namespaces/default/requests")


@pytest.mark.parametrize("goes_on", [False, True])
def test_an_engine_that_has_lost_the_end_of_a_log_stays_readable(
    server: RedisServer, serve: Serve, *, goes_on: bool
) -> None:
    """As after a failover, with one worker that knows the lost entries. XADD alone would append behind a gap."""
    both = serve(server.url), serve(server.url)
    assert both[0].pay("R 0", "1").status_code == 201
    assert both[1].pay("R 1", "1").status_code == 201
    kept = server.ask("DUMP", STREAM)
    for number in (2, 3):
        assert both[0].pay(f"R {number}", "1").status_code == 201
    assert server.ask("RESTORE", STREAM, 0, kept, "REPLACE") == b"OK"
    if goes_on:  # up to the same version
        for number in (2, 3):
            assert both[1].pay(f"S {number}", "1").status_code == 201
    reply = both[0].pay("R 4", "1")
    assert (reply.status_code, reply.headers["x-sandbox-request"]) == (201, f"default-{5 if goes_on else 3}")
    assert list_paid(both[0]) == list_paid(both[1]) == ["R 0", "R 1", "R 4", *(["S 2", "S 3"] if goes_on else [])]
    assert serve(server.url).get("namespaces/default/requests") == both[0].get("namespaces/default/requests")


def test_a_full_memory_refuses_calls_and_keeps_what_is_there(server: RedisServer, serve: Serve) -> None:
    worker = serve(server.url)
    assert worker.pay("R 1", "1").status_code == 201
    server.ask("CONFIG", "SET", "maxmemory", "1")
    reply = worker.pay("R 2", "1")
    assert reply.status_code == 503
    assert reply.json()["detail"] == f"{server.url}: its memory is full{NOT_DONE}"
    store = worker.get("health")["store"]
    assert (store["answers"], store["writes"]) == (True, False)
    assert "paysandbox_store_writable 0" in worker.http.get("/_sandbox/metrics").text
    assert "takes no changes: " in worker.http.get("/_sandbox/", headers={"accept": "text/html"}).text
    assert worker.get("health")["store"] == store  # since then
    server.ask("CONFIG", "SET", "maxmemory", "0")
    assert worker.get("health")["store"] == {"engine": "redis", "answers": True, "writes": True}
    assert server.ask("KEYS", "*") == [STREAM.encode()]
    assert worker.pay("R 2", "1").headers["x-sandbox-request"] == "default-2"
    assert list_paid(worker) == ["R 1", "R 2"]


def test_a_damaged_entry_is_named_by_its_version(server: RedisServer, serve: Serve) -> None:
    worker = serve(server.url)
    for number in range(3):
        worker.pay(f"R {number}", "1")
    items = server.ask("XRANGE", STREAM, "-", "+")
    server.ask("DEL", STREAM)
    for number, (name, fields) in enumerate(items):
        content = fields[3][:-9] + b"damaged!!" if number == 1 else fields[3]
        assert server.ask("XADD", STREAM, name, "token", fields[1], "entry", content) == name
    second = serve(server.url)  # the last entry can be read
    reply = second.pay("R 3", "1")
    assert reply.status_code == 503
    assert reply.json()["detail"].startswith("version 2 of the namespace default is damaged; ")
    assert second.http.get("/ns/other/invisible-collector/companies").headers["x-sandbox-request"] == "other-1"
