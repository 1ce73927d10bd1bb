"""GET /_sandbox/calls.har: the calls that a filter accepts, as a file that says what the journal says."""

import io
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from paysandbox.kit.settings import Settings
from paysandbox.recordings.exchange import Log
from paysandbox.recordings.har import read_har
from paysandbox.server.live import Server

PAY = "invoicexpress/documents/1/partial_payments.json"
RIGHT = {"partial_payment": {"amount": 1}}
WRONG = {"partial_payment": {"amount": 1, "payment_date": "2017-10-26", "note": "</script>\u0000é"}}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


def ask(server: Server, path: str, **options: Any) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.request(options.pop("method", "GET"), f"{server.url()}/{path}", **options)


def pay(server: Server, body: Any = RIGHT, namespace: str = "default", key: str = "ix-test-key") -> None:
    ask(server, f"ns/{namespace}/{PAY}?api_key={key}", method="POST", json=body)


def download(server: Server, query: str = "") -> list[dict[str, Any]]:
    reply = ask(server, f"_sandbox/calls.har{query}")
    assert reply.status_code == 200
    assert reply.headers["content-disposition"] == 'attachment; filename="calls.har"'
    assert reply.headers["x-content-type-options"] == "nosniff"
    entries: list[dict[str, Any]] = json.loads(reply.content)["log"]["entries"]
    return entries


def test_an_entry_says_all_that_the_journal_says(server: Server) -> None:
    """URL, bodies and headers as HAR has them, and the judgement as the journal has it."""
    pay(server, WRONG)
    ask(server, "_sandbox/namespaces/default/faults", method="POST", json={"when": {}, "then": {"status": 503}})
    pay(server)
    ask(server, "nothing/at/all")
    listed = ask(server, "_sandbox/namespaces/default/requests").json()["requests"]
    journal = [ask(server, f"_sandbox/namespaces/default/requests/{call['id']}").json() for call in listed]
    found = download(server)
    assert len(found) == len(journal) == 3
    for entry, call in zip(found, journal, strict=True):
        for name, value in entry["_paysandbox"].items():
            assert value == ("default" if name == "namespace" else call[name])
        left_out = {"id", "url", "refused", "explanation", "violations", "rules", "fault", "advice", "operation"}
        for name in left_out - entry["_paysandbox"].keys():
            assert not call[name]
        assert entry["response"]["status"] == call["status"]
        if call["request"]["body"] is not None:
            assert json.loads(entry["request"]["postData"]["text"]) == call["request"]["body"]
    assert found[0]["_paysandbox"]["violations"][0]["pointer"] == "/partial_payment/payment_date"
    assert found[0]["request"]["url"] == f"{server.url()}/ns/default/{PAY}?api_key=***"
    assert found[2]["request"]["url"] == f"{server.url()}/ns/default/nothing/at/all"
    assert found[2]["_paysandbox"]["changes"] == []
    exchanges = list(read_har(io.BytesIO(ask(server, "_sandbox/calls.har").content), "calls.har", Log()))
    assert [one.judgement.id for one in exchanges if one.judgement] == [call["id"] for call in journal]


def test_no_credential_stands_in_it(server: Server) -> None:
    pay(server, {"partial_payment": {"amount": 1, "note": "my-own-secret-key"}}, key="my-own-secret-key")
    assert "my-own-secret-key" not in ask(server, "_sandbox/calls.har").text


def test_it_has_the_calls_that_the_page_lists(server: Server) -> None:
    pay(server)
    pay(server, WRONG)
    pay(server, WRONG, namespace="other")
    for query, ids in (
        ("", ["default-1", "default-2", "other-1"]),
        ("?refused=false", ["default-1"]),
        ("?namespace=other&refused=true&text=", ["other-1"]),
        ("?text=2017-10-26", ["default-2", "other-1"]),
        ("?status=599", []),
    ):
        assert [entry["_paysandbox"]["id"] for entry in download(server, query)] == ids


@pytest.mark.parametrize(
    ("query", "status"), [("?x=1", 422), ("?refused=1", 422), ("?namespace=nobody", 404), ("?provider=nobody", 404)]
)
def test_a_filter_that_cannot_be_is_refused(server: Server, query: str, status: int) -> None:
    assert ask(server, f"_sandbox/calls.har{query}").status_code == status


def test_it_takes_only_get_and_head(server: Server) -> None:
    head = ask(server, "_sandbox/calls.har", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("application/json")
    assert ask(server, "_sandbox/calls.har", method="POST").status_code == 405


def test_it_is_as_guarded_as_the_pages() -> None:
    """By the token, and against other sites."""
    with Server(settings=Settings(control_token="right-token-of-the-test")) as server:
        assert ask(server, "_sandbox/calls.har").status_code == 401
        allowed = {"authorization": "Bearer right-token-of-the-test"}
        assert ask(server, "_sandbox/calls.har", headers=allowed).status_code == 200
        foreign = {**allowed, "sec-fetch-site": "cross-site"}
        assert ask(server, "_sandbox/calls.har", headers=foreign).status_code == 403


def test_a_client_that_does_not_read_keeps_nothing_alive_and_stops_nobody(server: Server) -> None:
    """What the journal loses meanwhile is left out, and the file is whole."""
    long = {"partial_payment": {"amount": 1, "note": "x" * 500_000}}
    for _ in range(30):
        pay(server, long)
    host, port = server.url().removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as silent:
        silent.sendall(b"GET /_sandbox/calls.har HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert silent.recv(9) == b"HTTP/1.1 "
        ask(server, "_sandbox/namespaces/default", method="DELETE")
        pay(server)
        content = b""
        while part := silent.recv(1 << 16):
            content += part
    assert content.endswith(b"]}}\n\r\n0\r\n\r\n")
    assert content.count(b"startedDateTime") < 30


def test_an_entry_says_what_the_call_changed(server: Server) -> None:
    pay(server)
    (entry,) = download(server)
    changes = entry["_paysandbox"]["changes"]
    assert changes == ask(server, "_sandbox/namespaces/default/requests/default-1").json()["changes"]
    assert {"added" if one["before"] is None else "changed" for one in changes} == {"added", "changed"}
