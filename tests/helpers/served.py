"""A `paysandbox serve` as a process of its own, and what tests ask of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.helpers.receiver import Receiver

PATIENCE: Final = 180  # seconds for a start, far beyond what it takes
TOKEN: Final = {"authorization": "Bearer ic-test-token"}


class Served:
    """The process, and a client of it. What it has printed is returned once it is stopped."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any], log: Path) -> None:
        self.process, self.ready, self._log = process, ready, log
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
        self.process.wait(PATIENCE)
        return self._log.read_text()


@contextmanager
def serve(
    store: str,
    file: Path,
    *options: str,
    program: Sequence[str] = ("-m", "paysandbox"),
    started_by: Sequence[str] = (),
) -> Iterator[Served]:
    """Run `paysandbox serve` over a store, with this ready file; whatever happens, it is killed in the end."""
    file.unlink(missing_ok=True)
    command = [*started_by, sys.executable, *program]
    command += ["serve", "--port", "0", "--ready-file", str(file), "--store", store, *options]
    log = file.with_suffix(".log")  # and no pipe, because a process waits once a pipe that is not read is full
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 - our own command
    try:
        deadline = time.monotonic() + PATIENCE
        while not file.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        served = Served(process, json.loads(file.read_text()), log)
        with served.http:
            yield served
    finally:
        process.kill()
        process.wait()


def check_deliveries(both: Sequence[Served], receiver: Receiver) -> None:
    """Each event of payments at two processes is delivered once, and both have it in their logs."""
    both[0].http.post("/_sandbox/namespaces/default/webhooks", json={"url": receiver.url})
    url = "/invoiless/v1/invoices/6554cb5f9b3e7d00418c2f7e/payments"
    for place, amount in ((0, 10), (1, 20), (0, 30), (1, None)):
        body = {"method": "Card"} if amount is None else {"method": "Card", "amount": amount}
        both[place].http.post(url, json=body, headers={"api-key": "invoiless-test-key"}).raise_for_status()
    logs = [process.get("namespaces/default/webhooks")["deliveries"] for process in both]
    assert logs[0] == logs[1]
    assert len(logs[0]) >= 5
    assert {delivery["progress"] for delivery in logs[0]} == {"delivered"}
    assert len(receiver.requests) == len(logs[0])
