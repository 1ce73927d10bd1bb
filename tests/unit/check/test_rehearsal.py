"""What a dry run lists of the requests that a check would send."""

import asyncio
from typing import Any

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.rehearsal import Listener, describe_shape, list_planned
from paysandbox.check.subject import Subject

BODY = b'{"amount": 25, "method": "Card"}'
INVOICE = "651d68809b3e7d00418c2f77"  # of the fixtures


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"amount": 1, "tags": ["a", "b", 2], "no": None}, "{amount: number, tags: [string or number], no: null}"),
        ({"a": {"b": {"c": {"d": 1}}}}, "{a: {b: {c: {…}}}}"),
        ([[[[1]]]], "[[[[…]]]]"),
        ({str(number): True for number in range(20)}, "{" + "".join(f"{n}: boolean, " for n in range(12)) + "…}"),
        ("text", "string"),
        ([], "[]"),
    ],
)
def test_a_shape_is_of_bounded_length(value: Any, shape: str) -> None:
    assert describe_shape(value) == shape


def test_alike_requests_are_listed_once_and_say_what_they_name() -> None:
    """Without the credential and without any value of the body."""
    subject = Subject("invoicexpress", create_runtime(provider_names=["invoicexpress"]))
    listener = Listener(answer)
    sent = [("/clients.json", "api_key=secret-7b&page=1", b"")] * 2 + [
        ("/clients.json", "page=x", b""),
        ("/no", "", b""),
    ]
    for path, query, body in sent:
        asyncio.run(call(listener, "GET", f"/invoicexpress{path}", query, body))
    listed, wrong, unknown = list_planned(subject, listener)
    assert (listed.operation, listed.path, listed.query, listed.count, listed.valid) == (
        "listClients",
        "/clients.json",
        "page=1",
        2,
        True,
    )
    assert (wrong.query, wrong.valid) == ("page=x", False)
    assert (unknown.operation, unknown.valid) == ("", False)


def test_records_are_named_by_table() -> None:
    subject = Subject("invoiless", create_runtime(provider_names=["invoiless"]))
    listener = Listener(answer)
    asyncio.run(call(listener, "POST", f"/invoiless/v1/invoices/{INVOICE}/payments", "", BODY))
    (planned,) = list_planned(subject, listener)
    assert (planned.records, planned.valid) == (("invoices",), True)
    assert planned.body == "{amount: number, method: string}"


def test_the_application_behind_gets_the_whole_body() -> None:
    got: list[bytes] = []

    async def echo(_scope: Any, receive: Any, _send: Any) -> None:
        got.append((await receive())["body"])

    listener = Listener(echo)
    asyncio.run(call(listener, "POST", "/x", "", BODY))
    assert got == [BODY]
    assert [content for *_, content in listener.seen] == [BODY]


async def answer(_scope: Any, _receive: Any, _send: Any) -> None:
    """Answer nothing."""


async def call(application: Any, method: str, path: str, query: str, body: bytes) -> None:
    """One call, whose body comes in two parts."""
    parts = [body[:5], body[5:]]

    async def receive() -> Any:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json")],
    }
    await application(scope, receive, None)
