"""What the commands share: options that are environment variables too, and exit codes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FINDINGS: Final = 1
CONFIGURATION: Final = 2


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
        )
    ):
        command = option(name, type=kind, default=default, help=help_)(command)
    return command
