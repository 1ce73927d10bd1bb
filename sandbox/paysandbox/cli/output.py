"""Files and folders that commands write, refused before anything runs if they cannot be written."""

import tempfile
from pathlib import Path
from typing import Any

import click


class NewFile(click.Path):
    """A file that the command will write. Refused before anything runs if it cannot be written."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or fail with what is wrong with it."""
        if str(value) == "-":
            self.fail("name a file; standard output has what the command prints", param, ctx)
        path = Path(value)
        if not path.parent.is_dir():
            self.fail(f"cannot write {path}: there is no folder {path.parent}; make it first", param, ctx)
        try:
            _try_to_write(path.parent)
        except OSError:
            self.fail(f"cannot write {path}: the folder {path.parent} is not writable", param, ctx)
        return super().convert(value, param, ctx)


class OutputFolder(click.Path):
    """A folder that the command will write files into. Made, and refused if it cannot be, before anything runs."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or fail with what is wrong with it."""
        path = Path(value)
        try:
            path.mkdir(parents=True, exist_ok=True)
            _try_to_write(path)
        except OSError as error:
            self.fail(f"cannot write into the folder {path}: {error.strerror or error}", param, ctx)
        return super().convert(value, param, ctx)


def _try_to_write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):  # because permissions do not say it of every file system, such as /proc
        pass
