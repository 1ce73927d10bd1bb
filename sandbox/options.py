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
