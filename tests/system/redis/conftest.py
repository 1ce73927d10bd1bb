"""What the tests on Redis share: sandboxes as processes, over a URL."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.redis_servers import RedisServer, running

PATIENCE = 180  # seconds for a start, far beyond what it takes
TOKEN = {"authorization": "Bearer ic-test-token"}


class Worker:
    """A `paysandbox serve` of its own, and a client of it. What it prints is in `printed` once it is stopped."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self.process, self.ready = process, ready
        self.http = httpx.Client(base_url=ready["url"], trust_env=False, timeout=PATIENCE)

    def pay(self, number: str, amount: str = "30.75") -> httpx.Response:
        """Pay a part of a debt of 30.75, or all of it."""
        body = (
            f'{{"number": "{number}", "type": "TB", "date": "2026-01-01", "currency": "EUR", '
            f'"lines": [{{"number": "FT TEST/001", "amount": {amount}}}]}}'
        )
        headers = {**TOKEN, "content-type": "application/json"}
        return self.http.post("/invisible-collector/payments", content=body, headers=headers)

    def pay_part(self) -> httpx.Response:
        """Pay 600.00 of a document of 1070.00."""
        url = "/invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"
        return self.http.post(url, json={"partial_payment": {"amount": 600}})

    def get(self, path: str) -> Any:
        return self.http.get(f"/_sandbox/{path}").json()

    def stop(self) -> str:
        """Stop, and return what was printed."""
        self.process.terminate()
        printed, _ = self.process.communicate(timeout=PATIENCE)
        return printed


Serve = Callable[..., Worker]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts sandboxes over a store; whatever happens, they are killed in the end."""
    with ExitStack() as stack:
        count = 0

        def start(store: str, *options: str) -> Worker:
            nonlocal count
            count += 1
            file = tmp_path / f"ready-{count}.json"
            command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(file)]
            process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, "--store", store, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            deadline = time.monotonic() + PATIENCE
            while not file.exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            worker = Worker(process, json.loads(file.read_text()))
            stack.enter_context(worker.http)
            return worker

        yield start
