"""Deviations that only a second call shows, planted in a server with its own data: quick depth finds them.

docs/check-a-server.md lists what is found, how, and what no check can find.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from click.testing import CliRunner, Result

from paysandbox.check.profiles import PROFILES
from paysandbox.cli.main import main
from paysandbox.testing import Response
from tests.helpers.other_data import create_other_runtime
from tests.system.check.servers import recording, vendor

CHECKED: Final = ("createPayment", "getPayment", "deletePayment")
PAYMENT: Final = re.compile(r"/v1/payments/([^/?]+)")
PAYMENTS: Final = re.compile(r"/v1/invoices/[^/?]+/payments")
NO_PAYMENT: Final = f"/v1/payments/{'f' * 24}"
JSON: Final = {"content-type": "application/json"}
Ask = Callable[[str, str, bytes], Response]
Deviation = Callable[[Ask, str, str, bytes, set[str]], Response]


def keep(ask: Ask, method: str, path: str, content: bytes, _: set[str]) -> Response:
    return ask(method, path, content)


def say_charset(ask: Ask, method: str, path: str, content: bytes, _: set[str]) -> Response:
    """Most servers do, and it is no deviation."""
    reply = ask(method, path, content)
    return Response(reply.status, {**reply.headers, "content-type": "application/json; charset=utf-8"}, reply.content)


def forget_what_is_made(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    found = PAYMENT.fullmatch(path)
    reply = ask(method, NO_PAYMENT if found and found[1] in made else path, content)
    if method == "POST" and PAYMENTS.fullmatch(path) and reply.status == 201:
        made.add(reply.json["id"])
    return reply


def keep_what_is_deleted(ask: Ask, method: str, path: str, content: bytes, _: set[str]) -> Response:
    if method == "DELETE" and PAYMENT.fullmatch(path) and ask("GET", path, b"").status == 200:
        return Response(200, JSON, b'{"message": "Deleted."}')
    return ask(method, path, content)


def change_read(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Deviation:
    def deviate(ask: Ask, method: str, path: str, content: bytes, _: set[str]) -> Response:
        reply = ask(method, path, content)
        if method != "GET" or not PAYMENT.fullmatch(path) or reply.status != 200:
            return reply
        body = json.loads(reply.content)
        return Response(reply.status, reply.headers, json.dumps(body | change(body)).encode())

    return deviate


@pytest.fixture(autouse=True)
def _no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test fails on a time."""
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], seconds=900))


def check(deviation: Deviation, folder: Path) -> Result:
    """The check of an Invoiless server that deviates."""
    answer = vendor(create_other_runtime("invoiless", folder), "invoiless")
    made: set[str] = set()

    def deviate(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        def ask(to: str, at: str, sent: bytes) -> Response:
            return answer(to, at, sent, headers)

        return deviation(ask, method, path, content, made)

    chosen = [part for name in CHECKED for part in ("--operation", name)]
    with recording(deviate) as server:
        arguments = ["check", server.url, "--provider", "invoiless", *chosen]
        return CliRunner().invoke(main, arguments, prog_name="paysandbox")


@pytest.mark.parametrize("deviation", [keep, say_charset])
def test_a_conforming_server_is_green_and_reached(deviation: Deviation, tmp_path: Path) -> None:
    result = check(deviation, tmp_path)
    assert result.exit_code == 0, result.output
    assert "Not reached" not in result.stdout


@pytest.mark.parametrize(
    ("deviation", "said"),
    [
        (
            forget_what_is_made,
            "createPayment: read_back (reading back)\n   what it made cannot be read: GET /",
        ),
        (keep_what_is_deleted, "deletePayment: read_back (reading back)\n   what it deleted can still be read: GET /"),
        (change_read(lambda body: {"id": body["id"][::-1]}), " at /id, but when it was made it had "),
        (change_read(lambda body: {"amount": int(body["amount"])}), " at /amount, but when it was made it had "),
    ],
    ids=["made but not readable", "deleted but readable", "another id", "rounded"],
)
def test_what_a_second_call_shows_is_found(deviation: Deviation, said: str, tmp_path: Path) -> None:
    """The finding says which calls contradict each other, and what the contract says, with its provenance."""
    result = check(deviation, tmp_path)
    assert result.exit_code == 1, result.output
    assert said in result.stdout
    assert "[documented: Invoiless API" in result.stdout
