"""Parsed values of contract and fixture files, so that a start reads no YAML.

The wheel carries the values of its own files; those of other files are kept in the user's cache folder. Reading and
checking the YAML of all providers takes seconds, and most starts read the same text again. A value is used only if its
stamp fits the file's content and the reader's version, so neither place can be out of date. The cache is by content, so
a copy of a checkout finds what another has read. Where its folder cannot be written, every start reads its files again.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from paysandbox.core.exact_json import read_own_json, write_json
from paysandbox.core.problems import Malformed, StartupError

LARGEST: Final = 64 << 20  # bytes
MOST_FILES: Final = 128  # in the user's cache folder; beyond that the least recently used are deleted
PACKAGE_DATA: Final = Path(__file__).parents[1] / "data"
PARSED: Final = "parsed"  # below the package's data

Read = Callable[[str], Any]


class KnownValue(NamedTuple):
    """The value of a file that was read before, not decoded yet.

    `stamp` is the hash of the file's text and its reader. `is_packaged` is whether the wheel carries the value.
    """

    stamp: str
    entry: bytes
    is_packaged: bool

    def decode(self) -> Any:
        """Return the value.

        Raises:
            Malformed: the entry is damaged.
        """
        return read_own_json(self.entry)[1]


def find_known(path: Path, version: str) -> KnownValue | None:
    """Find the value of a text file in the wheel or the cache; None if the file must be read.

    Raises:
        StartupError: the file is longer than 64 MiB.
    """
    return _find_known(path, _stamp(_content(path), version))


def value_of(path: Path, read: Read, version: str) -> Any:
    """The value that `read` makes of a text file, from the wheel or the cache where it is there.

    `version` names what `read` does: after a change of it, files are read again.

    Raises:
        StartupError: the file is not UTF-8 text, is longer than 64 MiB, or `read` refuses it.
    """
    content = _content(path)
    stamp = _stamp(content, version)
    known = _find_known(path, stamp)
    if known is not None:
        with suppress(Malformed):
            return known.decode()
    value = read(_decode(content, path))
    keep_entry(_name_kept(path, stamp), write_json([stamp, value]))
    return value


def entry_of(path: Path, read: Read, version: str) -> bytes:
    """What the wheel carries for a file, below `data/parsed/` under its `entry_name`.

    Raises:
        StartupError: as `value_of`.
    """
    content = _content(path)
    return write_json([_stamp(content, version), read(_decode(content, path))])


def entry_name(path: Path) -> str:
    """`schemas/invoiless/openapi.yaml` is kept as `invoiless-openapi.json`."""
    return f"{path.parent.name}-{path.stem}.json"


def user_folder() -> Path:
    """Where this user's cache of Paysandbox is."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - a start from the wheel's own files needs no cache

    return user_cache_path("paysandbox", appauthor=False)


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST:
        raise StartupError([f"{path}:1: the file has {size} bytes; the limit is {LARGEST}"])
    return path.read_bytes()


def _stamp(content: bytes, version: str) -> str:
    return hashlib.sha256(version.encode() + b"\0" + content).hexdigest()


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StartupError([f"{path}:{line}: this is not UTF-8 text"]) from None


def _find_known(path: Path, stamp: str) -> KnownValue | None:
    if path.is_relative_to(PACKAGE_DATA):
        packaged = _read_entry(PACKAGE_DATA / PARSED / entry_name(path), stamp)
        if packaged is not None:
            return KnownValue(stamp, packaged, is_packaged=True)
    kept = read_entry(_name_kept(path, stamp), stamp)
    return None if kept is None else KnownValue(stamp, kept, is_packaged=False)


def _name_kept(path: Path, stamp: str) -> str:
    return f"{path.parent.name}-{path.stem}-{stamp[:12]}.json"


def read_packaged_entry(name: str, stamp: str) -> bytes | None:
    """Return an entry of the wheel that begins with this stamp; None if there is none."""
    return _read_entry(PACKAGE_DATA / PARSED / name, stamp)


def read_entry(name: str, stamp: str) -> bytes | None:
    """Return an entry of the user's cache, a JSON array that begins with this stamp; None if there is none."""
    path = user_folder() / name
    entry = _read_entry(path, stamp)
    if entry is not None:
        with suppress(OSError):
            os.utime(path)  # because other programs' entries would push out what each start needs
    return entry


def _read_entry(path: Path, stamp: str) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if content.startswith(f'["{stamp}"'.encode()) else None


def keep_entry(name: str, content: bytes) -> None:
    """Keep an entry in the user's cache, where that can be written."""
    import tempfile  # noqa: PLC0415 - only the first start with a file keeps anything

    path = user_folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)  # whole or not at all, because another process may be reading
        kept = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for old in kept[:-MOST_FILES]:
            old.unlink(missing_ok=True)
    except OSError:
        return
