"""The argument FILE of commands about recordings: a file, a pipe, or `-` for standard input."""

import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

if TYPE_CHECKING:
    from paysandbox.recordings.files import RecordingFile

_STANDARD_INPUT: Final = "-"


class RecordingPath(click.Path):
    """A recording. What cannot be read twice is copied into a temporary file, which goes when the command ends."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, allow_dash=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or the `RecordingFile` of a copy."""
        if str(value) == _STANDARD_INPUT:
            if sys.stdin.isatty():
                self.fail("- reads standard input, which is a terminal here; name a file, or pipe one", param, ctx)
            return _copy(sys.stdin.buffer, "standard input", ctx)
        path = Path(value)
        try:
            is_stream = not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode))
            if is_stream:
                with path.open("rb") as stream:
                    return _copy(stream, str(path), ctx)
        except OSError:
            pass  # the reader says what is wrong with it
        return super().convert(value, param, ctx)


def _copy(stream: BinaryIO, label: str, ctx: click.Context | None) -> "RecordingFile":
    from paysandbox.recordings.files import RecordingFile  # noqa: PLC0415 - --help need not wait for it

    copy = tempfile.NamedTemporaryFile(prefix="paysandbox-", suffix=".recording")  # noqa: SIM115 - the context closes it
    if ctx is not None:
        ctx.call_on_close(copy.close)
    shutil.copyfileobj(stream, copy)
    copy.flush()
    return RecordingFile(Path(copy.name), label, label)


FILES: Final = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=RecordingPath())
