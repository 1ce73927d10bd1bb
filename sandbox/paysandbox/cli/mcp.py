"""`paysandbox mcp`: tools for coding agents over a running sandbox."""

import click

from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.options import StartupFailed, option


@click.command(short_help="Offer a running sandbox to coding agents, as tools.")
@option("--url", default="http://127.0.0.1:4080", help="URL of the sandbox.")
@control_token_option()
@option("--transport", type=click.Choice(["stdio", "http"]), default="stdio", help="How the agent speaks with it.")
@option("--mcp-port", type=click.IntRange(1, 65535), default=4079, help="Port of --transport http, on 127.0.0.1.")
def mcp(url: str, control_token: str | None, transport: str, mcp_port: int) -> None:
    """Serve tools of the Model Context Protocol: contracts, refusals with their reasons, records, clock and faults.

    An agent starts it by itself: its configuration has the command `paysandbox` with the argument `mcp`. The sandbox
    must run at --url when a tool is called.
    """
    from paysandbox.client.http import ControlClient  # noqa: PLC0415 - --help need not wait

    try:
        client = ControlClient(url, control_token=control_token)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    try:
        from paysandbox.agents.server import create_server  # noqa: PLC0415 - an extra, imported when it is used
    except ModuleNotFoundError as error:
        raise StartupFailed(f"this command needs an extra: pip install 'paysandbox[mcp]' ({error})") from None
    server = create_server(client)
    if transport == "stdio":
        server.run("stdio")
    else:
        click.echo(f"The tools are at http://127.0.0.1:{mcp_port}/mcp  (Ctrl+C stops it)", err=True)
        server.run("streamable-http", host="127.0.0.1", port=mcp_port)
