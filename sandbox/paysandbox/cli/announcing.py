"""Commands with --ready-file: a start that fails leaves no file of an earlier run, which scripts would believe."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

_OPTION: Final = "--ready-file"
_VARIABLE: Final = "PAYSANDBOX_READY_FILE"


class AnnouncingCommand(click.Command):
    """A command with --ready-file. A usage error removes the file of an earlier run, as a start does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)  # click empties the list
        try:
            return super().parse_args(ctx, args)
        except click.UsageError:
            _remove(find_ready_file(given, ctx.obj or {}))
            raise

    def invoke(self, ctx: click.Context) -> Any:
        _remove(ctx.params["ready_file"])  # now, because some options are judged only when the command runs
        return super().invoke(ctx)


def find_ready_file(arguments: Sequence[str], environment: Mapping[str, str]) -> Path | None:
    """Find the ready file in arguments that click could not parse, or in the environment; None if there is none."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    found = environment.get(_VARIABLE)
    for index, argument in enumerate(own):
        name, sign, value = argument.partition("=")
        if name == _OPTION:
            found = value if sign else next(iter(own[index + 1 :]), None)
    return Path(found) if found else None


def _remove(path: Path | None) -> None:
    from paysandbox.server.ready_file import ReadyFile  # noqa: PLC0415 - --help need not wait

    with suppress(OSError):  # the usage error, or the start itself, says what is wrong
        ReadyFile(path).remove_earlier()
