"""Deviations that only further calls show, planted in a server with its own data: quick depth finds them.

docs/check-a-server.md lists what is found, how, and what no check can find.
"""

import json
import re
from collections.abc import Callable, Sequence
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
HIGH: Final = re.compile(rb'"amount": ?\d{5,9}(\.\d{1,2})?[,}]')  # otherwise valid, and more than is owed
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


def hide_in_lists(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    """A list has all payments but those that are new."""
    reply = ask(method, path, content)
    if method == "POST" and PAYMENTS.fullmatch(path) and reply.status == 201:
        made.add(reply.json["id"])
    if method != "GET" or not PAYMENTS.fullmatch(path.partition("?")[0]) or reply.status != 200:
        return reply
    body = json.loads(reply.content)
    body["docs"] = [payment for payment in body["docs"] if payment["id"] not in made]
    return Response(reply.status, reply.headers, json.dumps(body).encode())


def change_though_refused(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    """A payment that is refused is recorded with another amount."""
    reply = ask(method, path, content)
    if method == "POST" and PAYMENTS.fullmatch(path) and reply.status == 400:
        recorded = ask(method, path, b'{"amount": 0.01, "method": "Cash"}')
        made |= {recorded.json["id"]} if recorded.status == 201 else set()
    return reply


def charge_though_refused(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    """At CRM.COM a refused payment of an invoice takes a cent of what is owed of each."""
    reply = ask(method, path, content)
    if reply.status != 200 or reply.content.find(b'"OK"') < 0:
        if path.endswith("/payments/pay_invoice") and b'"invoice_identifier"' in content:
            made.add(f"charge {len(made)}")
        return reply
    body = json.loads(reply.content)
    if "/invoices/show?" in path:
        body["data"]["outstanding_amount"] -= len(made) / 100
    return Response(reply.status, reply.headers, json.dumps(body).encode())


def take_overpayments(pays: re.Pattern[str], name: str, lower: bytes) -> Deviation:
    """A payment of more than is owed is taken; `lower` is one that the reference takes in its place."""

    def deviate(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
        reply = ask(method, path, content)
        if method == "POST" and pays.fullmatch(path) and reply.status in (400, 422) and HIGH.search(content):
            taken = ask(method, path, lower)
            if taken.status in (200, 201):
                made.add(f"{name} {len(made)}")
                return taken
        return reply

    return deviate


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


def check(
    deviation: Deviation,
    folder: Path,
    *arguments: str,
    provider: str = "invoiless",
    operations: Sequence[str] = CHECKED,
    made: set[str] | None = None,
) -> Result:
    """The check of a server that deviates; `made` then has what it planted."""
    answer = vendor(create_other_runtime(provider, folder), provider)
    planted: set[str] = set() if made is None else made

    def deviate(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        def ask(to: str, at: str, sent: bytes) -> Response:
            return answer(to, at, sent, headers)

        return deviation(ask, method, path, content, planted)

    chosen = [part for name in operations for part in ("--operation", name)]
    with recording(deviate) as server:
        command = ["check", server.url, "--provider", provider, *chosen, *arguments]
        return CliRunner().invoke(main, command, prog_name="paysandbox")


@pytest.mark.parametrize("deviation", [keep, say_charset])
def test_a_conforming_server_is_green_and_reached(deviation: Deviation, tmp_path: Path) -> None:
    result = check(deviation, tmp_path)
    assert result.exit_code == 0, result.output
    assert "Not reached" not in result.stdout
    (unmet,) = re.findall(r"documented refusals never met: (.*)", result.stdout) or [""]
    assert "404" not in unmet, "each operation is asked for a record that does not exist"


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


@pytest.mark.parametrize(
    ("deviation", "said"),
    [
        (
            hide_in_lists,
            "listed (reading back)\n   what it made is not in its list: GET /invoices/{id}/payments has no id ",
        ),
        (change_though_refused, "a refused call changes something: it was answered 400, and GET /invoices/{id}"),
    ],
    ids=["not in the list", "changed though refused"],
)
def test_what_lists_and_refusals_show_is_found(deviation: Deviation, said: str, tmp_path: Path) -> None:
    made: set[str] = set()
    result = check(deviation, tmp_path, operations=["createPayment"], made=made)
    assert made, "nothing was planted"
    assert result.exit_code == 1, result.output
    assert said in result.stdout


def test_a_refused_call_that_changes_what_its_body_names_is_found(tmp_path: Path) -> None:
    """At CRM.COM records are named in bodies, and what is refused is answered 200."""
    made: set[str] = set()
    result = check(charge_though_refused, tmp_path, provider="crm_com", operations=["payInvoice"], made=made)
    assert made, "nothing was planted"
    assert result.exit_code == 1, result.output
    assert "a refused call changes something: it was answered 200, and GET /invoices/show " in result.stdout


def leave_out_tax(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    """At Invisible Collector a debt is shown without its tax, which no schema requires."""
    reply = ask(method, path, content)
    body = json.loads(reply.content or b"{}")
    if method != "GET" or not re.search(r"/debts/[^/?]+$", path) or not isinstance(body, dict):
        return reply
    made |= {"a tax"} if body.pop("tax", None) is not None else set()
    return Response(reply.status, reply.headers, json.dumps(body).encode())


def test_a_read_that_leaves_out_what_was_made_is_found(tmp_path: Path) -> None:
    made: set[str] = set()
    result = check(leave_out_tax, tmp_path, provider="invisible_collector", operations=["createDebt"], made=made)
    assert made, "nothing was planted"
    assert result.exit_code == 1, result.output
    assert " has nothing at /tax, but when it was made it had " in result.stdout


def take_unknown_documents(ask: Ask, method: str, path: str, content: bytes, made: set[str]) -> Response:
    """At Invisible Collector a payment of a debt that does not exist is registered."""
    reply = ask(method, path, content)
    if method != "POST" or not path.endswith("/payments") or reply.status != 404:
        return reply
    made.add("a payment")
    return Response(201, JSON, content)


def test_taking_the_payment_of_an_unknown_document_is_found(tmp_path: Path) -> None:
    """Which no generated case shows, because these name the records of the server."""
    made: set[str] = set()
    chosen: Any = {"provider": "invisible_collector", "operations": ["createPayment"]}
    result = check(take_unknown_documents, tmp_path, made=made, **chosen)
    assert made, "nothing was planted"
    assert result.exit_code == 1, result.output
    assert "what the rule unknown-document-is-404 refuses is taken with 201: the call with lines/" in result.stdout
    assert "[documented: " in result.stdout
    conforms = check(keep, tmp_path / "conforms", **chosen)
    assert conforms.exit_code == 0, conforms.output


TAKES_MORE: Final = {
    "invoiless": (
        "createPayment",
        take_overpayments(PAYMENTS, "payment", b'{"amount": 0.01, "method": "Cash"}'),
    ),
    "invoicexpress": (
        "createPartialPayment",
        take_overpayments(
            re.compile(r"/documents/[^/?]+/partial_payments.json(\?.*)?"),
            "receipt",
            b'{"partial_payment": {"amount": 0.01}}',
        ),
    ),
}


@pytest.mark.parametrize(
    ("provider", "arguments", "exit_code"),
    [("invoiless", (), 0), ("invoiless", ("--strict-assumed",), 1), ("invoicexpress", (), 1)],
    ids=["assumed", "strict", "observed"],
)
def test_taking_more_than_is_owed_is_found(
    provider: str, arguments: tuple[str, ...], exit_code: int, tmp_path: Path
) -> None:
    """The provenance of the rule decides whether it is a question to the vendor."""
    operation, deviation = TAKES_MORE[provider]
    made: set[str] = set()
    result = check(deviation, tmp_path, *arguments, provider=provider, operations=[operation], made=made)
    assert made, "nothing was planted"
    assert result.exit_code == exit_code, result.output
    assert "the rule overpayment-is-refused refuses is taken with 20" in result.stdout
    assert ("Questions to the vendor" in result.stdout) == (exit_code == 0)
    asked = check(keep, tmp_path / "conforms", *arguments, provider=provider, operations=[operation])
    assert asked.exit_code == 0, asked.output
    assert "rule_enforced" not in asked.stdout
