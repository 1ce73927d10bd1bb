"""The sandbox's journal as a recording: what the control plane lists, and its entries as lines of JSON."""

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest

from paysandbox.core.exact_json import write_json
from paysandbox.recordings.exchange import Exchange, Log
from paysandbox.recordings.journal_file import read_entry, read_journal, read_lines
from tests.helpers.runtimes import Client

JSON = {"content-type": "application/json"}


@pytest.fixture
def listing(client: Client) -> dict[str, Any]:
    """A journal with a refused call and one that succeeded."""
    client.call("POST", "/invoiless/v1/customers", content=b"{no json", headers={**JSON, "api-key": "wrong"})
    client.get("/invoiless/v1/customers", headers={"api-key": "invoiless-test-key"})
    found: dict[str, Any] = client.get("/_sandbox/namespaces/default/requests").json
    return found


def check(found: list[Exchange]) -> None:
    refused, listed = found
    assert (refused.method, refused.url, refused.status) == ("POST", "/v1/customers", 403)
    assert refused.request.content == b"{no json"
    assert refused.judgement is not None
    assert refused.judgement.provider == "invoiless"
    assert refused.judgement.refused
    assert refused.judgement.explanation
    assert listed.status == 200
    assert listed.reply.content is not None
    assert listed.reply.content.startswith(b'{"docs":[')
    assert listed.at is not None
    assert listed.duration is not None


def test_a_listing_is_read(listing: dict[str, Any]) -> None:
    check(list(read_journal(io.BytesIO(write_json(listing)), "journal.json", Log())))


def test_lines_are_read(listing: dict[str, Any]) -> None:
    lines = b"\n".join(map(write_json, listing["requests"]))
    found = list(read_lines(io.BytesIO(b"\n" + lines + b"\n"), "calls.jsonl", Log()))
    check(found)
    assert [str(one.place) for one in found] == ["calls.jsonl#2", "calls.jsonl#3"]


def test_an_entry_gets_an_absolute_url(listing: dict[str, Any]) -> None:
    found = read_entry(listing["requests"][0], base="http://127.0.0.1:4080/invoiless")
    assert found.url == "http://127.0.0.1:4080/invoiless/v1/customers"


Reader = Callable[[BinaryIO, str, Log], Iterator[Exchange]]


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (read_lines, b'{"half": \n7\n[]\n{"request": {}}\n'),
        (read_journal, b'{"requests": [null, 7, [], {"request": {}}]}'),
    ],
)
def test_what_is_no_entry_is_skipped_and_counted(read: Reader, content: bytes) -> None:
    log = Log()
    assert list(read(io.BytesIO(content), "x", log)) == []
    assert log.skipped.total() == 4


def test_calls_without_bodies_are_told_from_rubbish(client: Client) -> None:
    """As the stream has them where it is not asked for bodies."""
    client.get("/invoiless/v1/customers", headers={"api-key": "invoiless-test-key"})
    (entry,) = client.get("/_sandbox/namespaces/default/requests").json["requests"]
    short = {name: value for name, value in entry.items() if name not in ("request", "reply")}
    log = Log()
    assert list(read_lines(io.BytesIO(write_json(short)), "calls.jsonl", log)) == []
    (reason,) = log.skipped
    assert reason.startswith("calls without bodies")
