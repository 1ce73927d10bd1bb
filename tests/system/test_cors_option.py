"""`serve --cors`: which origins are taken, and a live sandbox under it."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.cli.options import Origin

PAGE = "http://localhost:3000"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (PAGE, PAGE),
        ("HTTP://LocalHost:3000", PAGE),
        ("http://shop.test:80", "http://shop.test"),
        ("https://shop.test:443", "https://shop.test"),
        ("https://shop.test:80", "https://shop.test:80"),
        ("http://[::1]:5173", "http://[::1]:5173"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("*", "*"),
    ],
)
def test_an_origin_is_taken_as_browsers_write_it(given: str, taken: str) -> None:
    assert Origin().convert(given, None, None) == taken


@pytest.mark.parametrize(
    "given",
    [
        "",
        "null",
        "localhost:3000",
        f"{PAGE}/",
        f"{PAGE}/shop",
        "http://*.shop.test",
        "http://a:99999",
        "http://a b",
        "http://",
    ],
)
def test_another_text_is_refused(given: str) -> None:
    with pytest.raises(click.BadParameter, match="is not an origin such as http://localhost:3000"):
        Origin().convert(given, None, None)


def test_the_command_names_the_option() -> None:
    result = CliRunner().invoke(main, ["serve", "--cors", f"{PAGE}/"], prog_name="paysandbox")
    assert result.exit_code == 2
    assert "--cors" in result.stderr
    assert "no last slash" in result.stderr


def test_a_page_calls_a_live_sandbox(tmp_path: Path) -> None:
    """Its preflight, its call, and its attempt on the control plane; the origins come from the environment here."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready)]
    environment = {**os.environ, "PAYSANDBOX_CORS": f"https://shop.test {PAGE}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own command
        try:
            while not ready.exists():
                assert server.poll() is None
                time.sleep(0.05)
            address = ready.read_text().split('"http://')[1].split('"')[0]
            asked = {
                "Origin": PAGE,
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "api-key",
            }
            path = "/invoiless/v1/invoices"
            found = [
                call(address, "OPTIONS", path, asked),
                call(address, "GET", path, {"Origin": PAGE, "api-key": "invoiless-test-key"}),
                call(address, "GET", path, {"Origin": "https://evil.example", "api-key": "invoiless-test-key"}),
                call(address, "POST", "/_sandbox/reset", {"Origin": PAGE}),
            ]
        finally:
            server.terminate()
    assert found == [(204, PAGE), (200, PAGE), (200, None), (403, None)]


def call(address: str, method: str, path: str, headers: dict[str, str]) -> tuple[int, str | None]:
    """The status, and the origin that may read the reply."""
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.headers["Access-Control-Allow-Origin"]
    finally:
        connection.close()
