"""`paysandbox validate`: check contract and fixture files."""

from typing import Any

import click

from paysandbox.cli.options import FINDINGS, StartupFailed, application_options, echo_notices, webhook_hosts_option
from paysandbox.core.problems import StartupError, UnknownProvider
from paysandbox.kit.settings import Settings


@click.command()
@webhook_hosts_option
@application_options
def validate(webhook_hosts: tuple[str, ...], **application: Any) -> None:
    """Check contract and fixture files; print each error as file:line: path: message."""
    from paysandbox.app import create_runtime  # noqa: PLC0415 - --help need not wait for it

    try:
        runtime = create_runtime(settings=Settings(webhook_hosts=webhook_hosts), check_again=True, **application)
    except UnknownProvider as unknown:
        raise StartupFailed.from_error(unknown) from None
    except StartupError as startup_error:
        for error in startup_error.errors:
            click.echo(error)
        raise SystemExit(FINDINGS) from None
    echo_notices(runtime)
    click.echo(f"contracts and fixtures of {', '.join(runtime.services)}: ok")
