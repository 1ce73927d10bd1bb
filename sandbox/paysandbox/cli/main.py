"""The command `paysandbox`: with `__main__` the only reader of arguments and environment.

Every option is also an environment variable, `PAYSANDBOX_<OPTION>`. Exit codes: 0 ok, 1 findings, 2 usage or
configuration. Commands import what they run only when called, because `--help` and shell completion must be fast.
"""

import os
import signal
from collections.abc import Sequence

import click

from paysandbox._version import __version__
from paysandbox.cli.commands import Commands


def print_version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click calls it so
    """Print the version and exit."""
    if asked:
        click.echo(f"paysandbox {__version__}")
        context.exit()


@click.group(commands=Commands(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=print_version, help="Show the version."
)
@click.pass_context
def main(context: click.Context) -> None:
    """Four payment APIs on your own machine: stateful, contract-checked, honest about what is assumed."""
    interrupts: Sequence[int] | None = context.obj
    context.obj = os.environ
    if interrupts is not None:
        # Ctrl+C during the imports waited for this, because each command ends in its own way.
        if context.invoked_subcommand == "serve":
            from paysandbox.cli.serve import exit_cleanly  # noqa: PLC0415 - no other command needs it

            signal.signal(signal.SIGINT, exit_cleanly)
        else:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if interrupts:
            signal.raise_signal(signal.SIGINT)
