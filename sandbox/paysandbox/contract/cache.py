"""Files that people write, read once: their value is kept where Python keeps its own compiled files.

Reading and checking YAML takes hundreds of milliseconds, and most starts read the same text again. Nothing is lost
where the folder cannot be written: then every start reads anew.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from paysandbox.core.exact_json import read_own_json, write_json
from paysandbox.core.problems import Malformed, StartupError

FOLDER: Final = Path(__file__).parent / "__pycache__"
LARGEST: Final = 64 << 20  # bytes


def value_of(path: Path, read: Callable[[str], Any], version: str) -> Any:
    """The value of a text file as `read` makes it. `version` names what `read` does, so that a new sandbox reads anew.

    Raises:
        Unusable: the file is no UTF-8 text, or longer than 64 MiB, or `read` says so.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise StartupError([f"{path}:1: the file has {size} bytes; the limit is {LARGEST}"])
    content = path.read_bytes()
    stamp = hashlib.sha256(version.encode() + b"\0" + content).hexdigest()
    kept = (
        FOLDER / f"{path.parent.name}-{path.stem}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}.json"
    )
    found = _kept(kept, stamp)
    if found is None:
        found = [stamp, read(_text(content, path))]
        _keep(kept, found)
    return found[1]


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StartupError([f"{path}:{line}: this is not UTF-8 text"]) from None


def _kept(path: Path, stamp: str) -> Any:
    try:
        found = read_own_json(path.read_bytes())
    except (OSError, Malformed):
        return None
    return found if isinstance(found, list) and found[:1] == [stamp] else None


def _keep(path: Path, value: Any) -> None:
    if sys.dont_write_bytecode:
        return
    import tempfile  # noqa: PLC0415 - only the first start keeps anything

    try:
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(write_json(value))
        Path(name).replace(path)  # whole or not at all: another process may be reading
    except OSError:
        return
