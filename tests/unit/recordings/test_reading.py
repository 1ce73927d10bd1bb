"""Any recording is read; its content tells its form."""

import gzip
from pathlib import Path

import pytest

from paysandbox.recordings.exchange import Exchange, Log, UnreadableRecording
from paysandbox.recordings.reading import read_recording
from tests.unit.recordings.hars import entry, har
from tests.unit.recordings.test_cassettes import PYTHON, RUBY

JOURNAL = (
    b'{"id":"default-1","at":"2026-03-01T10:00:00Z","provider":"toy","operation":null,"method":"GET","url":"/",'
    b'"status":200,"refused":false,"request":{"headers":{},"body":null},"reply":{"headers":{},"body":null}}'
)
CASSETTE = (
    b'{"recorded_with": "VCR", "http_interactions": ['
    b'{"request": {"method": "get", "uri": "/"}, "response": {"status": 200}}]}'
)


def read(tmp_path: Path, content: bytes) -> tuple[list[Exchange], Log]:
    path = tmp_path / "seen"
    path.write_bytes(content)
    log = Log()
    return list(read_recording(path, log)), log


@pytest.mark.parametrize(
    "content",
    [
        har(entry()),
        b"\xef\xbb\xbf" + har(entry()),
        b"\n " + har(entry()),
        gzip.compress(har(entry())),
        b'{"evicted": 0, "requests": [' + JOURNAL + b"]}",
        JOURNAL + b"\n",
        CASSETTE,
        RUBY.encode(),
        b"# by a person\n" + PYTHON.encode(),
        gzip.compress(RUBY.encode()),
    ],
    ids=["har", "mark", "spaces", "gzip", "journal", "lines", "json", "ruby", "python", "gzip-yaml"],
)
def test_the_form_is_found(tmp_path: Path, content: bytes) -> None:
    found, log = read(tmp_path, content)
    assert len(found) == 1
    assert (log.notices, log.skipped) == ([], {})
    assert found[0].place.file == "seen"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PK\x03\x04rest", "unpack it first"),
        (b'{"openapi": "3.1.0"}', "it is an OpenAPI document"),
        (b'{"info": {}, "item": []}', "has no replies"),
        (b'{"differences": []}', "it is a report of drift"),
        (b"[1, 2]", "it is JSON of another form"),
        (b'{"a": 1}', "it is JSON of another form"),
        (b"{", "it is JSON that breaks off before it says what it is"),
        (b'{"lo', "it is JSON that breaks off before it says what it is"),
        (b" <!-- x -->\n<!DOCTYPE html><p>", "it is an HTML page"),
        (b"<html>", "it is an HTML page"),
        (b"<charles-session>", "it is XML"),
        (b"BZh91AY", "compressed by bzip2"),
        (b"\xfd7zXZ\x00", "compressed by xz"),
        (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
        (gzip.compress(gzip.compress(b"{}")), "compressed twice"),
        (gzip.compress(b"seen.har".ljust(257, b"\0") + b"ustar"), "a tar archive"),
        (har().decode().encode("utf-16"), "text in UTF-16"),
        (b"\xd4\xc3\xb2\xa1", "a capture of packets"),
        (b"1234:9:websocket;0:~", "export them as HAR"),
        (b"%PDF-1.4", "it is binary"),
        (b"\x00\x01", "it is binary"),
        (b"hello world", "is not a HAR file"),
        (b"openapi: 3.1.0\n", "is not a HAR file"),
    ],
)
def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableRecording, match=said):
        read(tmp_path, content)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecording, match="No such file"):
        list(read_recording(tmp_path / "none.har", Log()))
    with pytest.raises(UnreadableRecording, match="Is a directory"):
        list(read_recording(tmp_path, Log()))


def test_a_damaged_gzip_gives_what_stands_before(tmp_path: Path) -> None:
    """Damaged in the header of a block, which zlib refuses, and in the sum at the end."""
    packed = gzip.compress(har(*(entry(time=number) for number in range(2000))), compresslevel=0)
    at = 10  # behind the header of gzip; that of a block has a byte, and its length twice
    for _ in range(5):
        at += 5 + int.from_bytes(packed[at + 1 : at + 3], "little")
    block = bytearray(packed)
    block[at : at + 5] = b"\xff" * 5
    found, log = read(tmp_path, bytes(block))
    assert 0 < len(found) < 2000
    assert log.notices == ["seen breaks off, because its compressed data does"]
    found, log = read(tmp_path, packed[:-8] + bytes(8))
    assert len(found) > 1000
    assert log.notices == ["seen breaks off, because its compressed data does"]


def test_a_truncated_gzip_gives_what_stands_before(tmp_path: Path) -> None:
    packed = gzip.compress(har(*(entry(time=number) for number in range(2000))), compresslevel=1)
    found, log = read(tmp_path, packed[: len(packed) // 2])
    assert found
    assert log.notices
