"""HAR files that the sandbox writes: what is read from them is what was written, and they are whole at any moment."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.recordings.exchange import Exchange, Judgement, Message, Place
from paysandbox.recordings.har_writer import HarWriter, build_entry, write_har
from tests.unit.recordings.hars import read

JSON_HEADERS = (("Content-Type", "application/json"), ("x-twice", "1"), ("x-twice", "2"))


def exchange(number: int = 1, **changes: Any) -> Exchange:
    fields: dict[str, Any] = {
        "method": "POST",
        "url": "https://api.example.test/v1/payments?page=1&empty=",
        "request": Message(JSON_HEADERS, b'{"amount": 25.10}'),
        "status": 422,
        "reply": Message(JSON_HEADERS, '{"error": "não"}'.encode()),
        "place": Place("seen.har", number),
        "at": datetime(2026, 3, 1, 9, 0, 0, 123000, UTC),
        "duration": Decimal("12.500"),
        "judgement": Judgement("toy", "pay", refused=True, explanation="why", violations=({"pointer": "/amount"},)),
    }
    return Exchange(**{**fields, **changes})


def write(*exchanges: Exchange) -> bytes:
    return b"".join(write_har(exchanges, version="1.2.3"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": None, "reply": Message()},
        {"judgement": None, "duration": Decimal(0)},
        {"request": Message((), b"\x00\xff"), "reply": Message((), b"\x89PNG")},
        {"request": Message(JSON_HEADERS, None), "reply": Message(JSON_HEADERS, None)},
    ],
)
def test_what_is_written_is_read_again(changes: dict[str, Any]) -> None:
    written = exchange(**changes)
    found, log = read(write(written))
    if written.request.content is None:  # a body of unknown size is one that there may not have been
        assert found[0].request.content == found[0].reply.content == b""
    else:
        assert found == [written]
    assert (log.skipped, log.notices) == ({}, [])


@given(st.binary(max_size=40), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_bytes_come_back(content: bytes, text: str) -> None:
    written = exchange(request=Message((), content), reply=Message((("x-text", text),), content[::-1]))
    assert read(write(written))[0] == [written]


def test_an_entry_has_all_that_har_wants() -> None:
    """The properties that HAR 1.2 has as required."""
    entry = build_entry(exchange())
    assert {*entry} == {"startedDateTime", "time", "request", "response", "cache", "timings", "_paysandbox"}
    assert entry["startedDateTime"] == "2026-03-01T09:00:00.123Z"
    assert entry["timings"].keys() == {"send", "wait", "receive"}
    assert entry["request"].keys() == {
        *("method", "url", "httpVersion", "cookies", "headers", "queryString", "postData", "headersSize", "bodySize")
    }
    assert entry["request"]["queryString"] == [{"name": "page", "value": "1"}, {"name": "empty", "value": ""}]
    assert entry["response"].keys() == {
        *("status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"),
        *("headersSize", "bodySize"),
    }
    assert entry["response"]["statusText"].startswith("Unprocessable")
    assert entry["response"]["content"]["mimeType"] == "application/json"
    assert entry["_paysandbox"] == {
        "provider": "toy",
        "operation": "pay",
        "refused": True,
        "explanation": "why",
        "violations": ({"pointer": "/amount"},),
    }


def test_the_file_names_its_creator() -> None:
    log = json.loads(write())["log"]
    assert log == {"version": "1.2", "creator": {"name": "Paysandbox", "version": "1.2.3"}, "entries": []}


def test_a_file_is_whole_after_each_exchange() -> None:
    """So a recorder that is killed has lost nothing that was answered."""
    stream = io.BytesIO()
    writer = HarWriter(stream, version="1.2.3")
    for number in range(1, 4):
        assert len(read(stream.getvalue())[0]) == writer.count == number - 1
        writer.write(exchange(number))
    assert stream.getvalue() == write(*map(exchange, range(1, 4)))
