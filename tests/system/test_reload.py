"""`serve --reload` and SIGHUP: files are taken over while clients call, and nothing is lost, or it is said."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.client.namespace import SandboxClient
from tests.helpers.own_providers import write_toy

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 30  # seconds for what takes a fraction of one
EDITS: Final = 10
INVOICE: Final = "651d68809b3e7d00418c2f77"
CUSTOMERS: Final = "extends: default\ntables:\n  customers:\n"

pytestmark = pytest.mark.slow


class Served:
    """A sandbox in a process of its own, with all that it logs."""

    def __init__(self, process: "subprocess.Popen[str]", ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.client = SandboxClient(ready["url"])
        self.log: list[str] = []
        assert process.stderr is not None
        self._reading = threading.Thread(target=self.log.extend, args=[process.stderr], daemon=True)
        self._reading.start()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "".join(self.log)
            time.sleep(0.02)

    def wait_for_log(self, text: str, count: int = 1) -> None:
        self.wait_for(lambda: sum(text in line for line in self.log) >= count)


@contextmanager
def serve(folder: Path, *options: str | Path) -> Iterator[Served]:
    """Serve until the block ends; SIGTERM then stops it with 0."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", ready, *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        [str(part) for part in command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not ready.exists():
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.02)
            yield Served(process, json.loads(ready.read_text()))
        finally:
            process.terminate()
            assert process.wait(timeout=PATIENCE) == 0


def write(folder: Path, text: str) -> Path:
    path = folder / "mine" / "invoiless" / "default.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def add_customer(number: int) -> str:
    return CUSTOMERS + (
        f"    - {{id: 65a0000000000000000000{number:02}, account: 603df7939b3e7d00418c2f07, name: Ana {number}}}\n"
    )


def has_customer(served: Served, number: int, namespace: str = "default") -> bool:
    """Whether of the added customers this one is there, and no other."""
    records = served.client.call("GET", f"/namespaces/{namespace}/state/invoiless/customers").values()
    return [record["name"] for record in records if record["name"].startswith("Ana ")] == [f"Ana {number}"]


def test_edits_are_taken_over_while_a_client_pays(tmp_path: Path) -> None:
    """Ten edits, each followed by one with a mistake: no call fails, and every payment is there at the end."""
    file = write(tmp_path, "extends: default\n")
    with serve(tmp_path, "--fixtures", tmp_path / "mine", "--reload") as served:
        namespace = served.client.namespace("shop")
        paid: list[Any] = []
        failed: list[Any] = []
        is_over = threading.Event()

        def pay() -> None:
            import httpx  # noqa: PLC0415 - only here

            with httpx.Client(trust_env=False) as client:
                while not is_over.is_set():
                    reply = client.post(
                        f"{namespace.url('invoiless')}/v1/invoices/{INVOICE}/payments",
                        json={"amount": 0.01, "method": "Card"},
                        headers={"api-key": "invoiless-test-key"},
                    )
                    (paid if reply.status_code == 201 else failed).append(reply.json())

        client = threading.Thread(target=pay)
        client.start()
        try:
            for number in range(1, EDITS + 1):
                file.write_text(add_customer(number))
                served.wait_for(partial(has_customer, served, number, "shop"))
                file.write_text(add_customer(number).replace("name:", "nam"))
                served.wait_for_log("nothing was reloaded", number)
        finally:
            is_over.set()
            client.join(PATIENCE)
        assert failed == []
        assert len(paid) > EDITS
        payments = served.client.call("GET", "/namespaces/shop/state/invoiless/payments")
        assert {payment["id"] for payment in paid} <= payments.keys()
        assert len({payment["id"] for payment in paid}) == len(paid)
        invariants = served.client.call("GET", "/namespaces/shop/invariants")["invariants"]
        assert all(invariant["holds"] for invariant in invariants)
        assert served.client.call("GET", "/namespaces/shop")["requests"] == len(paid)
        assert served.client.call("GET", "/namespaces/shop")["providers"]["invoiless"]["url"] == namespace.url(
            "invoiless"
        )
        assert any(f"{file}:4: " in line for line in served.log)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_sighup_reloads(tmp_path: Path) -> None:
    """Without --reload; the ready file has the new credentials."""
    file = write(tmp_path, "extends: default\n")
    with serve(tmp_path, "--fixtures", tmp_path / "mine") as served:
        text = "tables:\n  accounts: [{id: 603df7939b3e7d00418c2f07, name: Ours, apiKey: our-key}]\n"
        file.write_text(f"credentials: {{api_key: our-key}}\n{text}")
        os.kill(served.process.pid, signal.SIGHUP)
        served.wait_for_log(f"reloaded {file}")
        ready = json.loads((tmp_path / "ready.json").read_text())
        assert ready["providers"]["invoiless"]["credentials"] == {"api_key": "our-key"}
        file.write_text("tables: [")
        os.kill(served.process.pid, signal.SIGHUP)
        served.wait_for_log("nothing was reloaded")
        served.wait_for_log(f"{file}:2: ")


def test_a_file_of_fixtures_and_providers_are_watched(tmp_path: Path) -> None:
    """A file that an editor replaces, and the code of a provider."""
    toy = write_toy(tmp_path / "providers")
    file = tmp_path / "ours.yaml"
    file.write_text("invoiless: {extends: default}\n")
    with serve(tmp_path, "--fixtures", file, "--providers", toy.parent, "--reload") as served:
        new = tmp_path / "ours.yaml.new"
        new.write_text("invoiless:\n  " + add_customer(1).replace("\n", "\n  ").rstrip() + "\n")
        new.replace(file)
        served.wait_for(partial(has_customer, served, 1))
        code = toy / "provider" / "errors.py"
        text = code.read_text()
        code.write_text(f"{text}\nraise RuntimeError('half done')\n")
        served.wait_for_log("half done")
        code.write_text(text)
        served.wait_for_log("reloaded ", 2)
        assert Decimal(served.client.health()["uptime_seconds"]) > 0
