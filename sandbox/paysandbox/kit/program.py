"""Whether the program itself has changed on disk since it was started, which no reload can take over."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from paysandbox.kit.runtime import FileVersion, Runtime

ROOT: Final = Path(__file__).parents[1]
RESTART: Final = "the program of the sandbox itself has changed since it was started: restart the sandbox"


def read_program() -> dict[str, FileVersion]:
    """Return the versions of the program's files by their paths, which takes a millisecond or some."""
    return dict(_read_folder(str(ROOT)))


def note_program(runtime: Runtime) -> None:
    """Remember the versions of the program's files."""
    runtime.program = read_program()


def has_program_changed(runtime: Runtime) -> bool:
    """Tell whether a file of the program has changed since `note_program`; False if that was not called."""
    return bool(runtime.program) and read_program() != runtime.program


def _read_folder(folder: str) -> Iterator[tuple[str, FileVersion]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            # Names as strings, because a `Path` of each of 330 files would take a tenth of a start.
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, (found.st_mtime_ns, found.st_size)
            elif entry.name != "__pycache__" and entry.is_dir():
                yield from _read_folder(entry.path)
