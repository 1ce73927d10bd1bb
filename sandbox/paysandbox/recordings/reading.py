"""Read a recording of any known form; its content tells which it is."""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from paysandbox.recordings.cassettes import KEYS, read_cassette, read_json_cassette
from paysandbox.recordings.exchange import Exchange, Log, UnreadableRecording
from paysandbox.recordings.files import RecordingFile, describe_file
from paysandbox.recordings.har import read_har
from paysandbox.recordings.journal_file import read_journal, read_lines
from paysandbox.recordings.json_stream import BROKEN, find_property
from paysandbox.recordings.other_files import describe_other_file

_MARK: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 4096
_JSON: Final = ("log", "requests", *KEYS, "id")  # the property by which a JSON recording tells its form
_YAML: Final = re.compile(rb"^:?(?:http_)?interactions[ \t]*:", re.MULTILINE)
_FORMS: Final = "a HAR file, a VCR cassette, or a journal of the sandbox"


def is_recording(path: Path) -> bool:
    """Whether a file is one of these forms, by its beginning.

    Raises:
        UnreadableRecording: the file cannot be read.
    """
    try:
        with path.open("rb") as raw:
            stream = _inflate(raw)
            head = stream.read(_HEAD)
            stream.seek(len(_MARK) if head.startswith(_MARK) else 0)
            if head.removeprefix(_MARK).lstrip().startswith(b"{"):
                return find_property(stream, _JSON) not in (None, BROKEN)
            return _YAML.search(head.removeprefix(_MARK)) is not None
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableRecording(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is damaged'}"
        ) from None


def read_recording(path: Path | RecordingFile, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of a file; one that is compressed by gzip is inflated.

    Raises:
        UnreadableRecording: there is no such file, or it is none of these forms.
    """
    file = describe_file(path)
    try:
        with file.path.open("rb") as stream:
            yield from read_stream(stream, file.label, log, name=file.name)
    except OSError as error:
        raise UnreadableRecording(f"cannot read {file}: {error.strerror or 'it is damaged'}") from None


def read_stream(raw: BinaryIO, label: str, log: Log, *, name: str) -> Iterator[Exchange]:
    """Yield the exchanges of an open file that can seek; one that is compressed by gzip is inflated.

    `label` is what messages call the file, and `name` what places do.

    Raises:
        UnreadableRecording: it is none of these forms.
        OSError: it cannot be read.
    """
    stream = _inflate(raw)
    try:
        yield from _read_plain(stream, label, name, log)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        log.notices.append(f"{name} breaks off, because its compressed data does")


def _read_plain(stream: BinaryIO, label: str, name: str, log: Log) -> Iterator[Exchange]:
    head = stream.read(_HEAD)
    start = len(_MARK) if head.startswith(_MARK) else 0
    stream.seek(start)
    text = head[start:].lstrip()
    if not text:
        raise UnreadableRecording(f"{label} is empty")
    if not text.startswith((b"{", b"[")):
        other = describe_other_file(head)
        if other is not None:
            raise UnreadableRecording(f"{label} is not {_FORMS}; it is {other}")
        yield from _read_yaml(stream, label, name, log)
        return
    key = find_property(stream, (*_JSON, *_GUESSES)) if text.startswith(b"{") else None
    stream.seek(start)
    if key == "log":
        yield from read_har(stream, name, log)
    elif key == "requests":
        yield from read_journal(stream, name, log)
    elif key in KEYS:
        yield from read_json_cassette(stream, key or "", name, log)
    elif key == "id":
        yield from read_lines(stream, name, log)
    else:
        raise UnreadableRecording(f"{label} is not {_FORMS}{_NO_GUESS if key is None else _GUESSES[key]}")


_NO_GUESS: Final = "; it is JSON of another form"
_GUESSES: Final = {
    "openapi": "; it is an OpenAPI document",
    "item": "; it may be a collection of requests, which has no replies",
    "differences": "; it is a report of drift",
    BROKEN: "; it is JSON that breaks off before it says what it is; save it again",
}


def _inflate(raw: BinaryIO) -> BinaryIO:
    is_packed = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if is_packed else raw


def _read_yaml(stream: BinaryIO, label: str, name: str, log: Log) -> Iterator[Exchange]:
    before = len(log.notices), log.skipped.total()
    count = 0
    for exchange in read_cassette(stream, name, log):
        count += 1
        yield exchange
    if not count and (len(log.notices), log.skipped.total()) == before:
        raise UnreadableRecording(f"{label} is not {_FORMS}")
