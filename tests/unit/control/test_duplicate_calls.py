"""Advice about requests that were carried out twice, as a retry does where an API cannot tell it from a new request."""

from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, When
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.advised import (
    IC,
    INVOICE,
    IX,
    KEY,
    LOGIN,
    PAID,
    PARTIAL,
    PAYMENT,
    PAYMENTS,
    RECEIPT,
    TOKENS,
    URL,
    about,
    advice,
)


def test_a_payment_carried_out_twice(client: Client) -> None:
    """However its JSON is written, and whichever form its credential has; the second reply shows that there are two."""
    client.post(PARTIAL, RECEIPT, query=IX)
    content = b'{"partial_payment": {"payment_date":"26/10/2017", "amount":1.00}}'
    client.call("POST", PARTIAL, content=content, headers={"content-type": "application/json"}, query=IX + "~default")
    client.post(PARTIAL, RECEIPT, query=IX)
    assert about(advice(client, 1), "This call repeats") == []
    (hint,) = about(advice(client, 2), "This call repeats")
    assert hint.startswith("This call repeats default-1, which was carried out (it answered 200). ")
    assert "There are two now, because this API has no idempotency" in hint
    (hint,) = about(advice(client, 3), "This call repeats")
    assert hint.startswith("This call repeats default-2, ")
    assert "There are three now" in hint


@pytest.mark.parametrize(
    ("effect", "how"),
    [
        (Effect(drop="after"), "its reply was lost by fault-1"),
        (Effect(truncate=3), "its reply was cut short by fault-1"),
    ],
)
def test_a_retry_after_a_lost_reply(client: Client, effect: Effect, how: str) -> None:
    """It was carried out all the same."""
    client.runtime.namespaces.get("default").faults.add(None, None, When(times=1), effect)
    with suppress(ConnectionError, ValueError):  # a client in memory has no connection that could be closed
        client.post(PARTIAL, RECEIPT, query=IX)
    client.post(PARTIAL, RECEIPT, query=IX)
    (hint,) = about(advice(client, 2), "This call repeats")
    assert f"default-1, which was carried out ({how})" in hint


@pytest.mark.parametrize("effect", [Effect(status=503), Effect(drop="before")])
def test_a_retry_of_what_was_not_done(client: Client, effect: Effect) -> None:
    client.runtime.namespaces.get("default").faults.add(None, None, When(times=1), effect)
    with suppress(ConnectionError, ValueError):
        client.post(PARTIAL, RECEIPT, query=IX)
    client.post(PARTIAL, RECEIPT, query=IX)
    assert about(advice(client, 2), "This call repeats") == []


def test_a_repeat_that_makes_nothing_new(client: Client) -> None:
    """An API that recognises it answers the very same."""
    client.post(PAYMENTS, PAYMENT, headers=IC)
    assert client.post(PAYMENTS, PAYMENT, headers=IC).status == 200
    assert about(advice(client, 2), "This call repeats") == []


def test_a_repeat_that_is_refused(client: Client) -> None:
    for _ in (1, 2):
        client.post(PARTIAL, {"partial_payment": {"amount": "x"}}, query=IX)
    assert client.get(f"{URL}/default-2").json["refused"] is True
    assert about(advice(client, 2), "This call repeats") == []


def test_a_payment_made_again_after_it_was_deleted(client: Client) -> None:
    made = client.post(INVOICE, PAID, headers=KEY)
    assert made.status in {200, 201}
    assert client.delete(f"/invoiless/v1/payments/{made.json['id']}", headers=KEY).status in {200, 204}
    client.post(INVOICE, PAID, headers=KEY)
    client.post(INVOICE, PAID, headers=KEY)
    assert about(advice(client, 3), "This call repeats") == []
    (hint,) = about(advice(client, 4), "This call repeats")
    assert hint.startswith("This call repeats default-3, ")
    assert "There are two now" in hint


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        (PARTIAL, IX, {"partial_payment": {"amount": 2, "payment_date": "26/10/2017"}}),
        (PARTIAL, IX, {"partial_payment": {"amount": 1, "payment_date": "27/10/2017"}}),
        (PARTIAL, IX + "&attempt=2", RECEIPT),
        (PARTIAL.replace("/1/", "/2/"), IX, RECEIPT),
        ("/ns/other" + PARTIAL, IX, RECEIPT),
    ],
)
def test_another_payment_is_no_repeat(client: Client, path: str, query: str, body: Any) -> None:
    """It differs in amount, date, query, document or namespace."""
    client.post(PARTIAL, RECEIPT, query=IX)
    client.post(path, body, query=query)
    entries = [
        entry
        for namespace in client.runtime.namespaces
        for entry in client.get(f"/_sandbox/namespaces/{namespace.name}/requests").json["requests"]
    ]
    assert len(entries) == 2
    assert [about(entry["advice"], "This call repeats") for entry in entries] == [[], []]


@pytest.mark.parametrize(("key", "repeats"), [("invoiless-test-key", 1), ("invoiless-test-key~x", 1), ("another", 0)])
def test_the_same_payment_of_somebody_else_is_no_repeat(client: Client, key: str, repeats: int) -> None:
    """Whose it is, the credential says, without what chooses a namespace."""
    client.post(INVOICE, PAID, headers=KEY)
    client.post(INVOICE, PAID, headers=KEY)
    journal = client.runtime.namespaces.get("default").journal
    first, second = journal
    headers = [(name, key.encode() if name == b"api-key" else value) for name, value in second.request.headers]
    journal.clear()
    journal.add(first)
    journal.add(replace(second, request=replace(second.request, headers=headers)))
    assert len(about(advice(client, 2), "This call repeats")) == repeats


def test_what_was_refused_with_success_was_not_carried_out(base_runtime: Runtime) -> None:
    """Some APIs refuse with 200; sending the same again, once it can be done, is right."""
    token = Client(fresh_runtime(base_runtime)).post(TOKENS, LOGIN).json["data"]["token"]
    client = Client(fresh_runtime(base_runtime))
    client.post(f"{TOKENS}/release", {"token": token})
    assert client.post(TOKENS, LOGIN).json["data"]["token"] == token
    client.post(f"{TOKENS}/release", {"token": token})
    entries = client.get(URL).json["requests"]
    assert [(entry["status"], entry["refused"]) for entry in entries] == [(200, True), (200, False), (200, False)]
    assert about(advice(client, 3), "This call repeats") == []


def test_two_logins_are_no_repeat(client: Client) -> None:
    first, second = (client.post(TOKENS, LOGIN).json["data"]["token"] for _ in (1, 2))
    assert first != second
    assert advice(client, 2) == []


def test_a_filter_hides_no_repeat(client: Client) -> None:
    """The advice about a call depends on all calls before it, also on those that are not shown."""
    client.post(PARTIAL, RECEIPT, query=IX)
    client.post(PARTIAL, RECEIPT, query=IX)
    (entry,) = client.get(URL, query="limit=1").json["requests"]
    assert len(about(entry["advice"], "repeats default-1")) == 1
