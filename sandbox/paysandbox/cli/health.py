"""`paysandbox health`: check that a sandbox is ready, for containers and scripts."""

from typing import Any

import click

from paysandbox.cli.options import FINDINGS, option


@click.command()
@option("--url", default="http://127.0.0.1:4080", help="URL of the sandbox.")
@option("--timeout", type=click.FloatRange(0.1, 60), default=5, help="Seconds to wait.")
def health(url: str, timeout: Any) -> None:
    """Exit 0 if the sandbox at --url is ready, 1 if not."""
    from paysandbox.client.http import SandboxError  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.client.namespace import SandboxClient  # noqa: PLC0415 - as above

    try:
        SandboxClient(url, timeout=timeout).health()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except SandboxError as error:
        click.echo(f"{url} is not ready: {error}", err=True)
        raise SystemExit(FINDINGS) from None
    click.echo(f"{url} is ready")
