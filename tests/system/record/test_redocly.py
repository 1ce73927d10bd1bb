"""Redocly's experimental `drift` and `proxy` beside ours: each reads what the other writes, and what each finds.

The table in docs/evidence.md says what was found. These tests run where the command `redocly` is installed.
"""

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from paysandbox.core.exact_json import write_json
from paysandbox.evidence.callers import OverHttp
from paysandbox.evidence.drift import run_drift
from paysandbox.judging.differences import CONFIRMED, CONSISTENT, DIFFERENT
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Log, Message
from paysandbox.recordings.reading import read_recording
from paysandbox.server.live import Server
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import JSON, change_reply, record_valid_calls, write

REDOCLY: Final = shutil.which("redocly")
CONTRACT: Final = Path(__file__).parents[3] / "schemas" / "invoiless" / "openapi.yaml"
HOST: Final = "https://api.invoiless.com"
Plant = Callable[[Exchange], Exchange]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(REDOCLY is None, reason="the command redocly (npm package @redocly/cli) is not installed"),
]


def change(*steps: Any, value: Any) -> Plant:
    return lambda exchange: change_reply(exchange, *steps, value=value)


def add_header(exchange: Exchange) -> Exchange:
    return replace(exchange, reply=Message((*exchange.reply.headers, ("X-Quota-Left", "7")), exchange.reply.content))


def refuse(exchange: Exchange) -> Exchange:
    """The vendor refuses a customer that the contract allows."""
    return replace(exchange, status=400, reply=Message(JSON, write_json({"message": "no"})))


def send_unknown(exchange: Exchange) -> Exchange:
    """The vendor takes a request that the contract refuses."""
    return replace(exchange, request=Message(exchange.request.headers, write_json({"made_up": 1, "company": "Ann"})))


READ: Final = ("GET", "/v1/invoices/6523c1c99b3e7d00418c2f8c")
MAKE: Final = ("POST", "/v1/customers")
# Name, the call that is changed, the change; whether ours finds it, whether Redocly's does.
PLANTED: Final = (
    ("a property is missing", READ, change("id", value=...), True, True),
    ("a property has another type", READ, change("number", value=[1]), True, True),
    ("an enum has another value", READ, change("status", value="Lost"), True, True),
    ("a property is undocumented", READ, change("colour", value="red"), True, True),
    ("an amount is text", READ, change("total", value="5400.00"), True, True),
    ("a status is undocumented", READ, lambda exchange: replace(exchange, status=202), True, False),
    ("a header is undocumented", READ, add_header, True, False),
    ("a refusal of what is allowed", MAKE, refuse, True, False),
    ("a request that is not allowed is taken", MAKE, send_unknown, True, True),
    ("nothing", READ, lambda exchange: exchange, False, False),
)


@pytest.fixture
def seen(runtime: Runtime, client: Client, tmp_path: Path) -> list[Exchange]:
    """A valid call of each operation, as if it had been made to the vendor."""
    path = record_valid_calls(runtime, client, "invoiless", tmp_path / "valid.har")
    found = read_recording(path, Log())
    return [replace(one, url=one.url.replace("http://127.0.0.1/invoiless", HOST)) for one in found]


def run_theirs(path: Path) -> list[dict[str, Any]]:
    """The problems that Redocly's drift finds, without mere information."""
    assert REDOCLY is not None
    command = [REDOCLY, "drift", str(path), "--api", str(CONTRACT), "--format", "json", "--min-severity", "warning"]
    report = path.with_suffix(".json")
    done = subprocess.run([*command, "--output", str(report)], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own command
    assert report.exists(), done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(report.read_text())["problems"]
    return found


@pytest.mark.parametrize("row", PLANTED, ids=[row[0].replace(" ", "-") for row in PLANTED])
def test_what_each_finds(runtime: Runtime, seen: list[Exchange], tmp_path: Path, row: Any) -> None:
    _, call, plant, *expected = row
    (exchange,) = [one for one in seen if (one.method, one.url) == (call[0], HOST + call[1])]
    path = write(tmp_path / "seen.har", [plant(exchange)])
    differences = run_drift([path], runtime, None).differences
    found = [one for one in differences if one.verdict not in (CONFIRMED, CONSISTENT)]
    assert [bool(found), bool(run_theirs(path))] == expected


def test_ours_reads_what_their_proxy_writes(runtime: Runtime, seen: list[Exchange], tmp_path: Path) -> None:
    """Calls to a sandbox through `redocly proxy`: each is judged, and none differs."""
    assert REDOCLY is not None
    har, port = tmp_path / "proxy.har", find_free_port()
    with Server() as server:
        command = [REDOCLY, "proxy", "--target", f"{server.url()}/invoiless", "--port", str(port), "--har", str(har)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as proxy:  # noqa: S603 - the user's own command
            try:
                wait_until_open(port)
                with closing(OverHttp(f"http://127.0.0.1:{port}")) as caller:
                    answers = [
                        caller.send(
                            one.method,
                            one.url.removeprefix(HOST),
                            "",
                            {
                                **dict(one.request.headers),
                                "api-key": runtime.services["invoiless"].credentials["api_key"],
                            },
                            one.request.content or None,
                        )
                        for one in seen[:5]
                    ]
            finally:
                proxy.send_signal(signal.SIGINT)
                proxy.wait(20)
    assert [answer.status for answer in answers] == [one.status for one in seen[:5]]
    drift = run_drift([har], runtime, "invoiless")
    assert drift.exchanges == {"invoiless": 5}
    assert [one for one in drift.differences if one.verdict in DIFFERENT] == []


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found: int = server.getsockname()[1]
        return found


def wait_until_open(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.fail("the proxy has not started")
