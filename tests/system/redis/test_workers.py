"""Sandboxes over Redis: what one has answered another knows, conflicts have one outcome, and restarts lose nothing."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.helpers.receiver import receiving
from tests.helpers.redis_servers import RedisServer, running, running_cluster
from tests.helpers.served import check_deliveries
from tests.system.redis.conftest import Serve

USER = "keeper-of-keys"
SECRET = "se%2Fcr%40et"
PLAIN_SECRET = "se/cr@et"


def test_pay_at_one_and_read_at_the_other(server: RedisServer, serve: Serve) -> None:
    one, other = serve(server.url), serve(server.url)
    assert one.ready["store"] == server.url
    assert one.pay("R 1").status_code == 201
    repeated = other.pay("R 1")
    assert (repeated.status_code, repeated.headers["x-sandbox-request"]) == (200, "default-2")
    for path in ("requests", "coverage", "state/invisible_collector/debts"):
        assert one.get(f"namespaces/default/{path}") == other.get(f"namespaces/default/{path}")
    assert one.get("health")["store"] == {"engine": "redis", "answers": True, "writes": True}


def test_pay_kill_start_again_and_read_the_receipt(server: RedisServer, serve: Serve) -> None:
    first = serve(server.url)
    assert first.pay("R 1").status_code == 201
    first.http.post("/_sandbox/namespaces", json={"name": "mine", "now": "2026-02-03T04:05:06Z"})
    before = {path: first.get(path) for path in ("coverage", "namespaces/default/requests", "namespaces/mine/clock")}
    first.process.kill()
    second = serve(server.url)
    assert {path: second.get(path) for path in before} == before
    assert second.pay("R 1").status_code == 200


def test_of_64_conflicting_payments_through_two_workers_one_is_registered(server: RedisServer, serve: Serve) -> None:
    """The others would pay more than is owed. Request numbers have no gap."""
    both = serve(server.url), serve(server.url)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda number: both[number % 2].pay_part(), range(64)))
    assert Counter(reply.status_code for reply in replies) == {200: 1, 422: 63}
    numbers = sorted(int(reply.headers["x-sandbox-request"].removeprefix("default-")) for reply in replies)
    assert numbers == list(range(1, 65))
    for path in ("requests", "state/invoicexpress/receipts", "coverage", "invariants"):
        assert both[0].get(f"namespaces/default/{path}") == both[1].get(f"namespaces/default/{path}")
    assert all(invariant["holds"] for invariant in both[0].get("namespaces/default/invariants")["invariants"])


def test_forked_workers_have_connections_of_their_own(server: RedisServer, serve: Serve) -> None:
    worker = serve(server.url, "--workers", "2")
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: worker.pay_part(), range(64)))
    assert Counter(reply.status_code for reply in replies) == {200: 1, 422: 63}
    for _ in range(1000):  # the kernel chooses which process gets a connection
        if sum("cmd=evalsha" in client for client in server.ask("CLIENT", "LIST").decode().splitlines()) == 2:
            break
        httpx.get(f"{worker.ready['url']}/invisible-collector/companies", trust_env=False)
    else:
        pytest.fail("one process has answered all calls, or both have one connection to the engine")


def test_namespaces_are_listed_and_forked_by_any_worker_of_a_cluster(tmp_path: Path, serve: Serve) -> None:
    with running_cluster(tmp_path) as servers:
        url = "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in servers)
        one, other = serve(url), serve(url)
        for number in range(12):
            worker = (one, other)[number % 2]
            assert worker.http.post("/_sandbox/namespaces", json={"name": f"n{number}"}).status_code == 201
        reply = other.http.post("/_sandbox/namespaces", json={"name": "copy", "copy_of": "n3"})
        names = [found["name"] for found in one.get("namespaces")["namespaces"]]
        assert names == [found["name"] for found in other.get("namespaces")["namespaces"]]
        assert {*names} >= {"default", *(f"n{number}" for number in range(12))}
        assert ("copy" in names) == (reply.status_code == 201)
        assert one.http.delete("/_sandbox/namespaces/n4").status_code == 204
        assert other.http.get("/_sandbox/namespaces/n4").status_code == 404


def test_events_are_delivered_once_by_whichever_worker(server: RedisServer, serve: Serve) -> None:
    with receiving() as receiver:
        both = serve(server.url), serve(server.url)
        check_deliveries(both, receiver)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_credentials_are_shown_nowhere(tmp_path: Path, serve: Serve, format_: str) -> None:
    with running(tmp_path, "--user", USER, "on", f">{PLAIN_SECRET}", "~*", "+@all") as server:
        url = server.url.replace("redis://", f"redis://{USER}:{SECRET}@")
        worker = serve(url, "--access-log", "--log-format", format_)
        shown = [str(worker.ready), worker.pay("R 1").text]
        paths = ["health", "providers", "namespaces", "namespaces/default/requests", "openapi.json", ""]
        shown += [worker.http.get(f"/_sandbox/{path}").text for path in paths]
        assert worker.http.get("/_sandbox/", headers={"accept": "text/html"}).text.count(server.url) == 1
        server.kill()
        failed = worker.pay("R 2")
        assert failed.status_code == 503
        assert f"{server.url} cannot be reached: nothing listens there" in failed.json()["detail"]
        shown += [failed.text, *failed.headers.values(), worker.http.get("/_sandbox/").text, str(worker.get("health"))]
        assert worker.get("health")["store"]["answers"] is False
        shown.append(worker.stop())
        assert server.url in shown[-1]
        command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0"]
        environment = {**os.environ, "PAYSANDBOX_STORE": url}
        for options in ([], ["--help"], ["--body-limit", "x"], ["--reload"]):  # the server is away
            done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
            assert done.returncode == (0 if "--help" in options else 2)
            shown += [done.stdout, done.stderr]
        assert not [text for text in shown if SECRET in text or PLAIN_SECRET in text or USER in text]
