"""`serve --workers`: several processes answer as one, whichever of them a connection comes to."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main

PATIENCE = 180  # seconds, far beyond what a start or a stop takes
TOKEN = {"authorization": "Bearer ic-test-token"}


class Served:
    """A `paysandbox serve --workers 2` of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        self.process, self.folder = process, folder
        self.ready: dict[str, Any] = json.loads((folder / "ready.json").read_text())

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def list_workers(self) -> set[int]:
        """The processes that the first one has started, by their numbers."""
        assert self.process.poll() is None, self.log
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                _, _, fields = stat.read_text().rpartition(")")
            except OSError:  # it has ended
                continue
            if fields.split()[0] != "Z" and int(fields.split()[1]) == self.process.pid:
                found.add(int(stat.parent.name))
        return found

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Get a path over a connection of its own, so that any worker may answer."""
        return httpx.get(self.ready["url"] + path, timeout=PATIENCE, trust_env=False, **options)

    def count_calls(self) -> int:
        """The number of calls that any worker reports for all."""
        text = self.get("/_sandbox/metrics").text
        return sum(int(line.rpartition(" ")[2]) for line in text.splitlines() if "_calls_total{" in line)

    def pay_part(self, amount: int = 600) -> httpx.Response:
        """Pay a part of a document of 1070.00."""
        url = f"{self.ready['url']}/invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"
        return httpx.post(url, json={"partial_payment": {"amount": amount}}, timeout=PATIENCE, trust_env=False)


def wait_for(what: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def serve(folder: Path, *options: str, workers: int = 2) -> Iterator[Served]:
    """Run `paysandbox serve` with workers over a file; whatever happens, it is ended."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready)]
    command += ["--workers", str(workers), "--store", f"sqlite:{folder / 'stub.db'}", *options]
    with (folder / "log.txt").open("wb") as log, (folder / "banner.txt").open("wb") as banner:
        process = subprocess.Popen(command, stdout=banner, stderr=log)  # noqa: S603 - our own command
        try:
            wait_for(lambda: ready.exists() or process.poll() is not None)
            assert process.poll() is None, (folder / "log.txt").read_text()
            yield Served(process, folder)
        finally:
            process.kill()
            process.wait()


def test_of_64_conflicting_payments_to_two_workers_one_is_registered(tmp_path: Path) -> None:
    """The others would pay more than is owed. Request numbers have no gap, whichever worker gave them."""
    with serve(tmp_path) as served:
        assert len(served.list_workers()) == 2
        with ThreadPoolExecutor(16) as pool:
            replies = list(pool.map(lambda _: served.pay_part(), range(64)))
        assert Counter(reply.status_code for reply in replies) == {200: 1, 422: 63}
        numbers = sorted(int(reply.headers["x-sandbox-request"].removeprefix("default-")) for reply in replies)
        assert numbers == list(range(1, 65))
        listings = {served.get("/_sandbox/namespaces/default/requests").text for _ in range(16)}
        assert len(listings) == 1
        assert len(json.loads(listings.pop())["requests"]) == 64
        banner = (tmp_path / "banner.txt").read_text()
        assert "Workers       2 processes" in banner
        assert f"Store         sqlite:{tmp_path / 'stub.db'}" in banner
        assert served.ready["workers"] == 2
        assert served.get("/_sandbox/health").json()["store"] == {"engine": "sqlite", "answers": True, "writes": True}


def test_a_killed_worker_is_replaced_and_a_stop_ends_all_with_0(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        assert served.pay_part(1).status_code == 200
        first, second = sorted(served.list_workers())
        for victim in (first, second):
            time.sleep(3)  # workers publish what they count every second
            os.kill(victim, signal.SIGKILL)
            assert served.pay_part(1).status_code == 200  # by the other one
            wait_for(lambda: len(served.list_workers()) == 2)
        wait_for(lambda: served.log.count("was ended by SIGKILL; another one takes its place") == 2)
        assert not {first, second} & served.list_workers()
        numbers = {served.pay_part(1).headers["x-sandbox-request"] for _ in range(8)}
        assert numbers == {f"default-{number}" for number in range(4, 12)}
        wait_for(lambda: served.count_calls() == 11)  # of all workers, the killed ones included
        workers = served.list_workers()
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
        assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []
        assert not (tmp_path / "ready.json").exists()


def test_ctrl_c_in_a_terminal_ends_all_with_0(tmp_path: Path) -> None:
    """A terminal sends SIGINT to every process of the group."""
    with serve(tmp_path) as served:
        for pid in (*served.list_workers(), served.process.pid):
            os.kill(pid, signal.SIGINT)
        assert served.process.wait(PATIENCE) == 0
        assert served.log == ""


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        workers = served.list_workers()
        served.process.kill()
        served.process.wait()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_every_port_is_served_by_workers_and_every_call_logged(tmp_path: Path) -> None:
    options = ("--provider-ports", "--tls", "--tls-port", "0", "--access-log", "--log-format", "json")
    with serve(tmp_path, *options) as served:
        provider = served.ready["providers"]["invisible_collector"]
        trusted = ssl.create_default_context(cafile=served.ready["tls"]["ca_file"])
        for url in (provider["url"], provider["https_url"]) * 8:
            reply = httpx.get(f"{url}/companies", headers=TOKEN, verify=trusted, trust_env=False, timeout=PATIENCE)
            assert reply.status_code == 200
        served.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "nothing was reloaded" in served.log)
        lines = [json.loads(line) for line in served.log.splitlines()]
        requests = [line["request"] for line in lines if line["logger"] == "paysandbox.access"]
        assert sorted(requests) == sorted(f"default-{number}" for number in range(1, 17))


def test_a_worker_that_does_not_start_stops_the_start(tmp_path: Path) -> None:
    """The store can be lost after it was checked."""
    script = (
        "from paysandbox.server.live import Live\n"
        "from paysandbox.core.problems import StoreFailed\n"
        "from paysandbox.cli.main import main\n"
        "def fail(self): raise StoreFailed(['the store is gone'])\n"
        "Live.reopen_store = fail\n"
        f"main(['serve', '--port', '0', '--workers', '2', '--store', 'sqlite:{tmp_path / 'stub.db'}'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own script
    assert done.returncode == 2
    assert "a worker did not start: the store is gone" in done.stderr
    assert "a worker ended with exit code 1 before it was ready; its log says why" in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--workers", "4"], "--workers 4 needs a --store that they share"),
        (["--workers", "0", "--store", "sqlite:stub.db"], "0 is not in the range 1<=x<=256"),
        (["--workers", "many", "--store", "sqlite:stub.db"], "'many' is not a valid integer"),
    ],
)
def test_workers_that_cannot_be_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert (done.exit_code, says in done.output) == (2, True), done.output
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("PAYSANDBOX_WORKERS", options[1])
    done = CliRunner().invoke(main, ["serve", "--port", "0", *options[2:]])
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_workers_sign_a_browser_in_by_the_token_alone(tmp_path: Path) -> None:
    """Each would take the code of a link once; a session is good at all of them."""
    with serve(tmp_path, "--control-token", "t0ken") as served:
        assert "/_sandbox/#" not in (tmp_path / "banner.txt").read_text()
        url = f"{served.ready['url']}/_sandbox"
        signed_in = httpx.post(f"{url}/session", json={"token": "t0ken"}, trust_env=False)
        cookie = {"cookie": signed_in.headers["set-cookie"].partition(";")[0]}
        statuses = {served.get("/_sandbox/namespaces", headers=cookie).status_code for _ in range(20)}
        assert statuses == {200}
