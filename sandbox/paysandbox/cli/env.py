"""`paysandbox env`: URLs and credentials of a running sandbox for a shell."""

import http
import os

import click

from paysandbox.cli.control_token import control_token_option, explain_failure
from paysandbox.cli.options import option
from paysandbox.client.env_vars import FORMATS, complete_no_proxy, render_variables, variables


@click.command(short_help="Print the environment for a running sandbox.")
@option("--url", default="http://127.0.0.1:4080", help="URL of the sandbox.")
@option("--namespace", default="default", help="Namespace whose URLs and credentials to print; created if missing.")
@control_token_option()
@option("--format", "form", type=click.Choice(FORMATS), default="sh", help="Form; github is that of $GITHUB_ENV.")
def env(url: str, namespace: str, control_token: str | None, form: str) -> None:
    """Print URLs and credentials of a running sandbox, by default as `export` lines: eval "$(paysandbox env)".

    The names are those that `paysandbox exec` gives to its command, NO_PROXY included where a proxy is set.
    """
    from paysandbox.client.http import SandboxError, path_of  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.client.namespace import SandboxClient  # noqa: PLC0415 - as above

    try:
        sandbox = SandboxClient(url, control_token=control_token)
        sandbox.health()
        try:
            found = sandbox.call("GET", path_of("namespaces", namespace))
        except SandboxError as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise
            found = sandbox.call("POST", "/namespaces", {"name": namespace})
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except SandboxError as error:
        raise explain_failure(error) from None
    ready = {"url": sandbox.url, "providers": found["providers"]}
    click.echo(render_variables(form, {**complete_no_proxy(os.environ), **variables(ready)}))
