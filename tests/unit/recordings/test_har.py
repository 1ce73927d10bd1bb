"""HAR files as browsers, proxies and tests write them, whole and broken."""

import base64
import gzip
import io
import json
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.recordings.exchange import Judgement, Log
from paysandbox.recordings.har import read_har
from tests.unit.recordings.hars import URL, entry, har, read, read_one

BODY = b'{"number": "FT 1/2", "note": "ol\xc3\xa1"}'


def test_an_entry_is_an_exchange() -> None:
    found = read_one()
    assert (found.method, found.url, found.status) == ("POST", URL, 201)
    assert found.request.content == b'{"amount": 25.10}'
    assert found.reply.content == b'{"id":1}'
    assert found.reply.get_headers("Content-Type") == ["application/json"]
    assert found.at == datetime(2026, 3, 1, 9, 0, 0, 123000, UTC)
    assert found.duration == Decimal("12.5")
    assert str(found.place) == "seen.har#1"


def test_a_body_in_base64_is_decoded() -> None:
    content = {"size": 4, "text": base64.b64encode(b"\x89PNG").decode(), "encoding": "base64"}
    assert read_one(response__content=content).reply.content == b"\x89PNG"


@pytest.mark.parametrize("text", ["not base64!", "AAAA\nBBB", 5, None])
def test_a_body_that_cannot_be_read_is_none(text: Any) -> None:
    content = {"size": 4, "text": text, "encoding": "base64"}
    assert read_one(response__content=content).reply.content is None


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("x-gzip", gzip.compress(BODY, mtime=0)),
    ],
    ids=["gzip", "deflate", "x-gzip"],
)
def test_a_compressed_body_is_inflated(encoding: str, packed: bytes) -> None:
    found = read_one(
        response__headers=[{"name": "Content-Encoding", "value": encoding}],
        response__content={"size": 4, "text": base64.b64encode(packed).decode(), "encoding": "base64"},
    )
    assert found.reply.content == BODY


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_body_that_was_inflated_already_stays(encoding: str) -> None:
    """Browsers keep the header of the body as it was sent."""
    found = read_one(
        response__headers=[{"name": "content-encoding", "value": encoding}],
        response__content={"size": 4, "text": BODY.decode()},
    )
    assert found.reply.content == BODY


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip", "gzip, br"])
def test_a_compressed_body_that_cannot_be_inflated_is_none(encoding: str) -> None:
    found = read_one(
        response__headers=[{"name": "content-encoding", "value": encoding}],
        response__content={"size": 4, "text": base64.b64encode(b"\x1b\xff\x00\x81").decode(), "encoding": "base64"},
    )
    assert found.reply.content is None


def test_pseudo_headers_of_http2_are_left_out() -> None:
    headers = [{"name": ":authority", "value": "api.example.test"}, {"name": "accept", "value": "*/*"}]
    assert read_one(request__headers=headers, request__postData=None).request.headers == (("accept", "*/*"),)


@pytest.mark.parametrize(
    "changes",
    [
        {"_resourceType": "websocket"},
        {"_webSocketMessages": [{"type": "send", "data": "x"}]},
        {"request__url": "wss://api.example.test/live"},
        {"response__status": 101},
    ],
)
def test_websockets_are_skipped_and_counted(changes: dict[str, Any]) -> None:
    found, log = read(har(entry(), entry(**changes), entry()))
    assert [str(one.place) for one in found] == ["seen.har#1", "seen.har#3"]
    assert log.skipped == {"websockets": 1}


@pytest.mark.parametrize("changes", [{"response__status": 304}, {"_fromCache": "disk"}])
def test_replies_from_a_cache_are_skipped_and_counted(changes: dict[str, Any]) -> None:
    """The vendor was not asked, or has said that nothing is new."""
    found, log = read(har(entry(), entry(**changes)))
    assert len(found) == 1
    assert log.skipped == {"replies from a cache": 1}


@pytest.mark.parametrize("url", ["data:application/json,{}", "blob:https://a.test/1", "chrome-extension://abc/x.js"])
def test_urls_of_the_browser_are_skipped_and_counted(url: str) -> None:
    scheme = url.partition(":")[0]
    found, log = read(har(entry(request__url=url), entry()))
    assert len(found) == 1
    assert log.skipped == {f"URLs of a browser's own ({scheme}:)": 1}


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3", None])
def test_the_version_of_the_form_does_not_matter(version: str | None) -> None:
    whole = json.dumps({"log": {"version": version, "entries": [entry()]}}).encode()
    found, log = read(whole)
    assert (len(found), log) == (1, Log())


def test_the_media_type_beside_a_body_stands_for_a_header() -> None:
    """Some recorders write it there alone."""
    body = {"mimeType": "application/json; charset=UTF-8", "text": "{}"}
    found = read_one(request__headers=[], request__postData=body)
    assert found.request.get_headers("content-type") == ["application/json; charset=UTF-8"]
    written = [{"name": "CONTENT-TYPE", "value": "text/plain"}]
    assert read_one(request__headers=written, request__postData=body).request.get_headers("content-type") == [
        "text/plain"
    ]
    empty = {"mimeType": "application/json", "text": ""}
    assert read_one(request__headers=[], request__postData=empty).request.headers == ()


def test_an_endless_number_is_none() -> None:
    """As an integer it would have a million digits."""
    content = har(entry()).replace(b'"status": 201', b'"status": 1e1000000').replace(b"12.5", b"1e1000000")
    (found,), _ = read(content)
    assert found.status is None


@pytest.mark.parametrize("wrong", [None, [], 7, "text", {}, {"request": {}}, {"request": {"url": 4}}])
def test_what_is_no_entry_is_skipped_and_counted(wrong: Any) -> None:
    found, log = read(har(wrong, entry()))
    assert len(found) == 1
    assert log.skipped == {"entries without a request": 1}


@pytest.mark.parametrize("response", [None, {}, {"status": 0}, {"status": -1}, {"status": True}, {"status": "none"}])
def test_no_reply_is_no_status(response: Any) -> None:
    """As browsers record a request that was cancelled."""
    found = read_one(response=response)
    assert found.status is None
    assert found.reply.content == b""


@pytest.mark.parametrize("text", [{}, {"text": ""}], ids=["no text", "empty text"])
def test_a_form_that_was_recorded_as_pairs_is_written(text: dict[str, str]) -> None:
    """As a browser would, with the Content-Type that stands beside it."""
    pairs = [{"name": "a b", "value": "1&2"}, {"name": "é"}, {"name": "a b", "value": "=", "comment": "twice"}]
    data = {"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "params": pairs, **text}
    request = read_one(request__postData=data, request__headers=[]).request
    assert request.content == b"a+b=1%262&%C3%A9=&a+b=%3D"
    assert request.headers == (("content-type", data["mimeType"]),)


@pytest.mark.parametrize(
    ("media_type", "pair"),
    [
        ("multipart/form-data; boundary=x", {"name": "a", "value": "b"}),
        ("application/x-www-form-urlencoded", {"name": "a", "fileName": "b.pdf"}),
        ("application/x-www-form-urlencoded", {"name": "a", "value": 1}),
        ("application/x-www-form-urlencoded", {"value": "b"}),
        ("application/x-www-form-urlencoded", "a=b"),
        (None, {"name": "a", "value": "b"}),
    ],
    ids=["parts", "a file", "no text", "no name", "no pair", "no media type"],
)
def test_a_form_whose_bytes_were_not_recorded_has_no_body(media_type: str | None, pair: Any) -> None:
    data = {"mimeType": media_type, "params": [{"name": "x", "value": "y"}, pair], "text": ""}
    assert read_one(request__postData=data).request.content is None


def test_a_time_without_a_zone_is_unknown() -> None:
    assert read_one(startedDateTime="2026-03-01T10:00:00").at is None
    assert read_one(startedDateTime="yesterday").at is None


def test_what_the_sandbox_said_is_read_again() -> None:
    said = {"provider": "toy", "refused": True, "explanation": "why", "advice": ["do", 3], "violations": [{"a": 1}, 2]}
    judgement = read_one(_paysandbox=said).judgement
    assert judgement == Judgement("toy", None, True, "why", ("do",), ({"a": 1},))  # noqa: FBT003 - as it is declared


SECRET = "s3cr3t-Key-of-a-recording"


@pytest.mark.parametrize("cut", [0.35, 0.5, 0.75, 0.99])
def test_of_a_truncated_file_the_entries_before_are_used(cut: float) -> None:
    """Where it breaks off is said, and nothing of the file is quoted."""
    whole = har(*(entry(request__url=f"{URL}&key={SECRET}") for _ in range(10)))
    found, log = read(whole[: int(len(whole) * cut)])
    assert 0 < len(found) <= 10
    (notice,) = log.notices
    assert notice.startswith(f"seen.har breaks off, or is not JSON, behind entry {len(found)} ")
    assert SECRET not in notice


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x00\xff\xfe", b'{"log": {"entries": [{]', b"<html></html>", b"[" * 100_000]
)
def test_rubbish_is_said_to_be_none(rubbish: bytes) -> None:
    found, log = read(rubbish)
    assert found == []
    assert len(log.notices) == 1


@pytest.mark.parametrize(
    "other",
    [b'{"log": {"entries": {}}}', b"[]", b'{"x": {"entries": [1]}, "log": [{"entries": [1]}]}', b'{"log": 1, "a": []}'],
)
def test_json_without_entries_has_none(other: bytes) -> None:
    assert read(other) == ([], Log())


def test_the_entries_are_found_behind_other_properties() -> None:
    before = b'{"entries": [1], "x": {"log": {"entries": [2]}}, "log": {"pages": [{"entries": []}], "entries": ['
    found, log = read(before + json.dumps(entry()).encode() + b"]}}")
    assert len(found) == 1
    assert not log.skipped


def test_numbers_keep_their_digits() -> None:
    """A duration is a Decimal, as amounts are."""
    content = json.dumps({"log": {"entries": [entry()]}}).replace("12.5", "0.1234567890123456789").encode()
    (found,) = read_har(io.BytesIO(content), "seen.har", Log())
    assert found.duration == Decimal("0.1234567890123456789")


LARGE = """
import io, json, resource, sys
from paysandbox.recordings.exchange import Log
from paysandbox.recordings.har import read_har
from tests.unit.recordings.hars import entry

class Endless(io.RawIOBase):
    '''A HAR file of 100 MiB that is made while it is read.'''
    def __init__(self):
        one = json.dumps(entry(response__content={"size": 1, "text": "x" * 10000})).encode()
        self.parts = self.make(one, (100 << 20) // len(one))
        self.rest = b""
    def make(self, one, count):
        yield b'{"log": {"entries": ['
        yield one
        for _ in range(count):
            yield b"," + one
        yield b"]}}"
    def read(self, size=-1):
        while len(self.rest) < size and (part := next(self.parts, None)) is not None:
            self.rest += part
        part, self.rest = self.rest[:size], self.rest[size:]
        return part

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
log = Log()
count = sum(1 for _ in read_har(Endless(), "large.har", log))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(count, grown, len(log.notices))
"""


@pytest.mark.slow
def test_a_file_of_100_mib_takes_the_memory_of_an_entry() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LARGE], capture_output=True, text=True, check=True
    )
    count, grown, notices = map(int, done.stdout.split())
    assert count > 9_000
    assert notices == 0
    assert grown < 20 << 10  # KiB, as Linux counts; the file has 102,400
