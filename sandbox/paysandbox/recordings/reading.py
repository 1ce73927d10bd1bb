"""Read a recording of any known form; its content tells which it is."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from paysandbox.recordings.cassettes import KEYS, read_cassette, read_json_cassette
from paysandbox.recordings.exchange import Exchange, Log, UnreadableRecording
from paysandbox.recordings.har import read_har
from paysandbox.recordings.journal_file import read_journal, read_lines
from paysandbox.recordings.json_stream import find_property

_MARK: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
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
            is_packed = raw.read(len(_GZIP)) == _GZIP
        with _open(path, is_packed=is_packed) as stream:
            head = stream.read(_HEAD)
            stream.seek(len(_MARK) if head.startswith(_MARK) else 0)
            if head.removeprefix(_MARK).lstrip().startswith(b"{"):
                return find_property(stream, _JSON) is not None
            return _YAML.search(head.removeprefix(_MARK)) is not None
    except (OSError, EOFError) as error:
        raise UnreadableRecording(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is damaged'}"
        ) from None


def read_recording(path: Path, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of a file; one that is compressed by gzip is inflated.

    Raises:
        UnreadableRecording: there is no such file, or it is none of these forms.
    """
    name = path.name
    try:
        with path.open("rb") as raw:
            head = raw.read(_HEAD)
        if head.startswith(_ZIP):
            raise UnreadableRecording(f"{path} is a zip archive; unpack it first")
        with _open(path, is_packed=head.startswith(_GZIP)) as stream:
            start = 3 if (head := stream.read(_HEAD)).startswith(_MARK) else 0
            stream.seek(start)
            text = head[start:].lstrip()
            if not text:
                raise UnreadableRecording(f"{path} is empty")
            if not text.startswith((b"{", b"[")):
                yield from _read_yaml(stream, path, name, log)
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
                raise UnreadableRecording(f"{path} is not {_FORMS}{_GUESSES.get(key or '', '')}")
    except OSError as error:
        raise UnreadableRecording(f"cannot read {path}: {error.strerror or 'it is damaged'}") from None
    except EOFError:
        log.notices.append(f"{name} breaks off, because its compressed data does")


_GUESSES: Final = {
    "openapi": "; it is an OpenAPI document",
    "item": "; it may be a collection of requests, which has no replies",
}


def _open(path: Path, *, is_packed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if is_packed else path.open("rb")


def _read_yaml(stream: BinaryIO, path: Path, name: str, log: Log) -> Iterator[Exchange]:
    before = len(log.notices), log.skipped.total()
    count = 0
    for exchange in read_cassette(stream, name, log):
        count += 1
        yield exchange
    if not count and (len(log.notices), log.skipped.total()) == before:
        raise UnreadableRecording(f"{path} is not {_FORMS}")
