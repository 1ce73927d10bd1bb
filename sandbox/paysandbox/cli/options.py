"""What the commands share: options that are environment variables too, messages, and exit codes."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FINDINGS: Final = 1
CONFIGURATION: Final = 2


class NewFile(click.Path):
    """A file that the command will write: what keeps it from that is told before anything is done."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        path = Path(value)
        if not path.parent.is_dir():
            self.fail(f"{path} cannot be written: there is no folder {path.parent}; make it first", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"{path} cannot be written: the folder {path.parent} is not yours to write to", param, ctx)
        return super().convert(value, param, ctx)


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """Why an address cannot be listened on, and what can be done."""
    match error.errno:
        case errno.EADDRINUSE:
            mend = "another program has this port; --port 0 takes a free one"
        case errno.EACCES:
            mend = "ports below 1024 are kept for the system; --port 0 takes a free one"
        case _:
            mend = "--host must be an address of this machine, such as 127.0.0.1"
    return f"cannot listen on {host}:{port}: {error.strerror}; {mend}"


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that is also `PAYSANDBOX_<OPTION>` in the environment."""
    variable = "PAYSANDBOX_" + names[0].removeprefix("--").upper().replace("-", "_")
    return click.option(*names, envvar=variable, show_envvar=True, show_default=True, **settings)


def folders(command: F) -> F:
    """The options that choose other contracts and fixtures."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    command = option(
        "--schemas", type=folder, help="Contracts to serve, <provider>/openapi.yaml; else the packaged ones."
    )(command)
    return option(
        "--fixtures", type=folder, help="State to start from, <provider>/default.yaml; else the packaged one."
    )(command)


def limits(command: F) -> F:
    """The options that bound what a sandbox keeps and reads; they come in as `Settings` names them."""
    count, size = click.IntRange(1, 10_000_000), click.IntRange(1024, 1 << 34)
    for name, kind, default, help_ in reversed(
        (
            ("--seed", str, "paysandbox", "Ids are made from it; the same seed makes the same ids."),
            ("--namespace-limit", count, 1000, "Beyond so many the namespace unused for longest goes."),
            ("--journal-entries", count, 10_000, "So many calls a namespace are kept in its journal."),
            ("--journal-bytes", size, 64 << 20, "About so many bytes all journals take together."),
            ("--body-limit", size, 1 << 20, "The longest body that is read, in bytes."),
            ("--head-limit", click.IntRange(1024, 128 << 10), 64 << 10, "The longest request head, in bytes."),
            ("--connection-limit", count, 1000, "Beyond so many open connections a new one is turned away."),
            (
                "--request-seconds",
                click.IntRange(1, 86_400),
                60,
                "So long a request may take to arrive, and a client to read on.",
            ),
        )
    ):
        command = option(name, type=kind, default=default, help=help_)(command)
    return command
