"""The ready file: says where a sandbox is as long as it runs, so that scripts can wait for it."""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paysandbox.core.exact_json import write_json


class ReadyFile:
    """Context manager of a ready file: removes that of an earlier run before the start, and its own at the stop.

    A pipe or a device, such as /dev/stdout, is written into, and neither removed nor replaced. A link stays.
    """

    def __init__(self, path: Path | None) -> None:
        self._is_special = path is not None and path.exists() and not path.is_file()
        self._path = path if path is None or self._is_special else Path(os.path.realpath(path))
        self._written: bytes | None = None

    def __enter__(self) -> Self:
        self.remove_earlier()
        return self

    def remove_earlier(self) -> None:
        """Remove the file of an earlier run.

        Raises:
            OSError: it cannot be removed.
        """
        if self._path is not None and not self._is_special:
            self._path.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the file, unless another sandbox has written it since."""
        if self._path is None or self._written is None or self._is_special:
            return
        try:
            if self._path.read_bytes() == self._written:
                self._path.unlink()
        except OSError:
            return

    def write(self, ready: Mapping[str, Any]) -> None:
        """Write the file whole or not at all, because a script may read it the moment it is there."""
        if self._path is None:
            return
        content = write_json(ready) + b"\n"
        if content == self._written:  # written again after a reload
            return
        self._written = content
        if self._is_special:
            # A pipe waits for its reader, which must not keep the sandbox from serving or from stopping.
            threading.Thread(target=_write_into, args=(self._path, self._written), daemon=True).start()
            return
        part = self._path.with_name(f"{self._path.name}.part-{os.getpid()}")
        part.write_bytes(self._written)
        part.replace(self._path)


def _write_into(path: Path, content: bytes) -> None:
    with suppress(OSError):  # the reader has gone, or the device takes nothing
        path.write_bytes(content)
