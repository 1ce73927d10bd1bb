"""A live server: real sockets, ready when it says so, stopped cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from paysandbox.core.problems import StartupError
from paysandbox.kit.settings import Settings
from paysandbox.server.access_log import FIELDS
from paysandbox.server.live import Live, Server

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds for a start or a stop, far beyond what it takes
BODY = {
    "number": "RG 1",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": 1}],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox with a port for each provider."""
    with Server(provider_ports=True) as running:
        yield running


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client that keeps its connections and believes no proxy."""
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        yield client


def pay(http: httpx.Client, server: Server, **options: Any) -> httpx.Response:
    """Register a payment."""
    headers = {"authorization": f"Bearer {server.credentials('invisible_collector')['token']}"} | options
    return http.post(f"{server.url('invisible_collector')}/payments", json=BODY, headers=headers)


def test_every_provider_answers_at_its_own_port(server: Server, http: httpx.Client) -> None:
    """All ports differ; the shared one has the control plane."""
    urls = [server.url(name) for name in server.runtime.services]
    assert len({server.url(), *urls}) == len(urls) + 1
    assert http.get(f"{server.url()}/_sandbox/health").json()["status"] == "ok"
    for name in server.runtime.services:
        assert http.get(f"{server.url(name)}/no/such/path").headers["x-sandbox-request"].startswith("default-")


def test_at_a_providers_port_there_is_no_control_plane(server: Server, http: httpx.Client) -> None:
    """Nor any other provider."""
    for name in server.runtime.services:
        assert http.post(f"{server.url(name)}/_sandbox/reset").json()["title"] == "No such provider"


def test_the_shared_port_has_every_provider_by_prefix_and_by_host(server: Server, http: httpx.Client) -> None:
    """The same world."""
    by_prefix = http.get(f"{server.url()}/invoiless/v1/payments/x")
    by_host = http.get(f"{server.url()}/v1/payments/x", headers={"host": "invoiless.localhost"})
    at_port = http.get(f"{server.url('invoiless')}/v1/payments/x")
    assert by_prefix.content == by_host.content == at_port.content
    assert by_prefix.status_code == by_host.status_code == at_port.status_code
    assert "x-sandbox-explain" in by_host.headers


def test_posts_follow_each_other_on_one_connection(server: Server, http: httpx.Client) -> None:
    """The world is one, whatever the connection; amounts go through exactly."""
    runtime = {"x-sandbox-namespace": "keep-alive"}
    first, second = pay(http, server, **runtime), pay(http, server, **runtime)
    assert (first.status_code, second.status_code) == (201, 200)
    streams = [one.extensions["network_stream"].get_extra_info("client_addr") for one in (first, second)]
    assert streams[0] == streams[1]


def test_a_body_beyond_the_limit_is_refused_and_the_server_goes_on(server: Server, http: httpx.Client) -> None:
    """Announced or in chunks."""
    url = f"{server.url('invisible_collector')}/payments"
    headers = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}
    chunks = (b" " * 65536 for _ in range(20))
    for content in (b" " * (1 << 20) + b"{}", chunks):
        assert http.post(url, content=content, headers=headers).status_code == 400
    assert http.get(f"{server.url()}/_sandbox/health").status_code == 200


def test_a_long_head_is_refused(server: Server, http: httpx.Client) -> None:
    """By us, where the server underneath would take it."""
    response = http.get(f"{server.url()}/_sandbox/health", headers={"x-long": "y" * 65536})
    assert response.status_code == 431


def test_the_server_does_not_say_what_it_is_made_of(server: Server, http: httpx.Client) -> None:
    """A vendor's answer has no `server: uvicorn`."""
    assert "uvicorn" not in str(http.get(f"{server.url()}/_sandbox/health").headers)


def test_two_sandboxes_in_one_process_share_nothing(server: Server, http: httpx.Client) -> None:
    """Each has its ports and its worlds."""
    with Server() as other:
        assert other.url() != server.url()
        assert pay(http, other).status_code == 201
        assert pay(http, server, **{"x-sandbox-namespace": "two"}).status_code == 201


def test_after_the_block_nobody_listens(http: httpx.Client) -> None:
    """The port is free again."""
    with Server() as other:
        url = other.url()
        assert http.get(f"{url}/_sandbox/health").status_code == 200
    with pytest.raises(httpx.ConnectError):
        http.get(f"{url}/_sandbox/health")


@pytest.mark.parametrize("provider_ports", [False, True])
def test_a_start_that_fails_leaves_no_socket_open(tmp_path: Path, *, provider_ports: bool) -> None:
    """The port can be taken at once (an open socket would be a warning, and so an error, here)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):
        with pytest.raises(StartupError):
            Live(port=port, provider_ports=provider_ports, fixtures=tmp_path)
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))
        again.listen()


@pytest.mark.parametrize(("host", "made_up"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])  # noqa: S104 - the claim is about it
def test_beyond_loopback_there_is_a_control_token(host: str, *, made_up: bool) -> None:
    """Made up if none is given; another one each time."""
    with opened(host=host) as one, opened(host=host) as other:
        tokens = [live.runtime.settings.control_token for live in (one, other)]
    if made_up:
        assert None not in tokens
        assert tokens[0] != tokens[1]
    else:
        assert tokens == [None, None]
    with opened(host=host, settings=Settings(control_token="mine")) as given:
        assert given.runtime.settings.control_token == "mine"


@contextmanager
def opened(**options: Any) -> Iterator[Live]:
    """A sandbox on its sockets that is not run."""
    live = Live(**options)
    try:
        yield live
    finally:
        for one in live._sockets.sockets:  # noqa: SLF001 - nobody else will ever close them
            one.close()


@contextmanager
def serving(tmp_path: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """`python -m sandbox serve` on free ports, once it is ready, and its ready file."""
    ready = tmp_path / "ready.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYSANDBOX_")}
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready), *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            assert ready.exists(), (
                process.stderr.read() if process.stderr and process.poll() is not None else "not ready"
            )
            yield process, json.loads(ready.read_text())
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_is_ready_when_its_file_is_there_and_stops_with_0(
    tmp_path: Path, http: httpx.Client, number: signal.Signals
) -> None:
    """Also while a client keeps a connection; the banner names every URL and credential."""
    with serving(tmp_path, "--provider-ports") as (process, ready):
        assert (ready["pid"], list(ready)) == (process.pid, ["url", "pid", "store", "providers"])
        assert http.get(f"{ready['url']}/_sandbox/health").json()["providers"] == list(ready["providers"])
        for provider in ready["providers"].values():
            assert http.get(f"{provider['url']}/no/such/path").headers["x-sandbox-request"]
        process.send_signal(number)
        banner, log = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert log == ""
    assert not (tmp_path / "ready.json").exists()
    assert ready["url"] in banner
    for provider in ready["providers"].values():
        assert provider["credentials"]
        for said in (provider["url"], *provider["credentials"].values()):
            assert said in banner


def test_beyond_loopback_serve_prints_its_token_and_demands_it(tmp_path: Path, http: httpx.Client) -> None:
    """Health is for everybody; the ready file's URL is one that works here."""
    with serving(tmp_path, "--host", "0.0.0.0") as (process, ready):  # noqa: S104 - the claim is about it
        url = ready["url"]
        assert url.startswith("http://127.0.0.1:")
        assert http.get(f"{url}/_sandbox/health").status_code == 200
        refused = http.get(f"{url}/_sandbox/providers")
        wrong = http.get(f"{url}/_sandbox/providers", headers={"authorization": "Bearer wrong"})
        process.send_signal(signal.SIGTERM)
        banner, _ = process.communicate(timeout=PATIENCE)
    assert (refused.status_code, wrong.status_code) == (401, 401)
    assert "Control token" in banner
    assert len(banner.rsplit(":", 1)[1].strip()) >= 32


def test_a_token_that_was_given_is_taken_and_not_printed(tmp_path: Path, http: httpx.Client) -> None:
    """On loopback as well."""
    with serving(tmp_path, "--control-token", "mine-alone") as (process, ready):
        url = f"{ready['url']}/_sandbox/providers"
        statuses = [
            http.get(url).status_code,
            http.get(url, headers={"authorization": "Bearer mine-alone"}).status_code,
        ]
        process.send_signal(signal.SIGTERM)
        banner, _ = process.communicate(timeout=PATIENCE)
    assert statuses == [401, 200]
    assert "mine-alone" not in banner


def test_requests_are_logged_with_masked_credentials(tmp_path: Path, http: httpx.Client) -> None:
    """As JSON, one line each, if asked for."""
    with serving(tmp_path, "--access-log", "--log-format", "json") as (process, ready):
        http.get(f"{ready['url']}/invoicexpress/x?api_key=ix-test-key")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
    (line,) = [json.loads(one) for one in log.splitlines()]
    assert list(line) == ["at", "level", "logger", *FIELDS]
    assert (line["method"], line["url"], line["status"]) == ("GET", "/invoicexpress/x?api_key=***", 404)
    assert line["request"] == "default-1"
    assert line["reason"].startswith("InvoiceXpress API has no path /x")
    assert line["duration_ms"] > 0
    assert "ix-test-key" not in log


def test_a_delayed_reply_to_a_client_that_is_gone_ends_at_once(tmp_path: Path, http: httpx.Client) -> None:
    """So that it does not hold up a stop, or a connection; the call was carried out before, and is in the log."""
    with serving(tmp_path, "--access-log") as (process, ready):
        fault = {"then": {"delay_ms": 60_000}}
        assert http.post(f"{ready['url']}/_sandbox/namespaces/default/faults", json=fault).status_code == 201
        with pytest.raises(httpx.ReadTimeout):
            http.get(f"{ready['url']}/invoiless/v1/payments/1", timeout=0.3)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - started < 3
    assert process.returncode == 0
    _, line = log.splitlines()
    assert '"GET /invoiless/v1/payments/1 HTTP/1.1" - ' in line
    assert line.endswith(": the client has gone")
