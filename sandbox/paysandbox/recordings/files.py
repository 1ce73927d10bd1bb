"""Which files are read as recordings: each content once, and each with a name of its own in reports."""

import filecmp
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct


class RecordingFile(Struct, frozen=True):
    """A recording on disk. `label` is what messages call it, and `name` what places do."""

    path: Path
    label: str
    name: str

    def __str__(self) -> str:
        return self.label


def choose_files(paths: Sequence[Path | RecordingFile], notices: list[str]) -> list[RecordingFile]:
    """Return the files to read, in their order; one that has been named before is left out with a notice.

    Files of one name in two folders have their paths as names.
    """
    chosen: list[RecordingFile] = []
    for file in map(describe_file, paths):
        before = next((one for one in chosen if _is_same(one.path, file.path)), None)
        if before is None:
            chosen.append(file)
        else:
            notices.append(f"{file.label} is the same recording as {before.label}, and is counted once")
    names = Counter(file.name for file in chosen)
    return [RecordingFile(file.path, file.label, file.label if names[file.name] > 1 else file.name) for file in chosen]


def describe_file(path: Path | RecordingFile) -> RecordingFile:
    """Return a path as a file whose name is the last part of it."""
    return path if isinstance(path, RecordingFile) else RecordingFile(path, str(path), path.name)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other) or filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False  # the reader says what is wrong with it
