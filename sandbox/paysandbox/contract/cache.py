"""Parsed values of contract and fixture files, so that a start reads no YAML.

The wheel carries the values of its own files; those of other files are kept in the user's cache folder. Reading and
checking the YAML of all providers takes two seconds, and most starts read the same text again. A value is used only if
its stamp fits the file's content and the reader's version, so neither place can be out of date. Where the cache folder
cannot be written, every start reads its files again.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from paysandbox.core.exact_json import read_own_json, write_json
from paysandbox.core.problems import Malformed, StartupError

LARGEST: Final = 64 << 20  # bytes
MOST_FILES: Final = 64  # in the user's cache folder; the oldest go, because test runs use a new path each time
PACKAGE_DATA: Final = Path(__file__).parents[1] / "data"
PARSED: Final = "parsed"  # below the package's data

Read = Callable[[str], Any]


def value_of(path: Path, read: Read, version: str) -> Any:
    """The value that `read` makes of a text file, from the wheel or the cache where it is there.

    `version` names what `read` does: after a change of it, files are read again.

    Raises:
        StartupError: the file is not UTF-8 text, is longer than 64 MiB, or `read` refuses it.
    """
    content = _content(path)
    stamp = _stamp(content, version)
    if path.is_relative_to(PACKAGE_DATA):
        found = _load(PACKAGE_DATA / PARSED / entry_name(path), stamp)
        if found is not None:
            return found[1]
    kept = user_folder() / f"{path.parent.name}-{path.stem}-{_hash(str(path.resolve()))[:12]}.json"
    found = _load(kept, stamp)
    if found is None:
        found = [stamp, read(_decode(content, path))]
        _keep(kept, write_json(found))
    return found[1]


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


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StartupError([f"{path}:{line}: this is not UTF-8 text"]) from None


def _load(path: Path, stamp: str) -> Any:
    try:
        found = read_own_json(path.read_bytes())
    except (OSError, Malformed):
        return None
    return found if isinstance(found, list) and found[:1] == [stamp] else None


def _keep(path: Path, content: bytes) -> None:
    import tempfile  # noqa: PLC0415 - only the first start with a file keeps anything

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
