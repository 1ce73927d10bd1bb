"""The command `paysandbox`: with `__main__` the only reader of arguments and environment.

Every option is also an environment variable, `PAYSANDBOX_<OPTION>`. Exit codes: 0 ok, 1 findings, 2 usage or
configuration.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

import click

from paysandbox import __version__
from paysandbox.cli import banner
from paysandbox.cli.check import check
from paysandbox.cli.exec import env, exec_
from paysandbox.cli.options import CONFIGURATION, FINDINGS, NewFile, cannot_listen, folders, limits, option
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.server.live import Live

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)


def tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click calls it so
    """Print the version and stop."""
    if asked:
        click.echo(f"paysandbox {__version__}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=tell_version, help="Show the version."
)
@click.pass_context
def main(context: click.Context) -> None:
    """Four payment APIs on your own machine: stateful, contract-checked, honest about what is assumed."""
    context.obj = os.environ


main.add_command(check)
main.add_command(exec_)
main.add_command(env)


@main.command()
@option("--host", default="127.0.0.1", help="The address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=4080, help="The shared port; 0 takes a free one.")
@option(
    "--provider-ports",
    is_flag=True,
    help="Give each provider a free port of its own as well, where it stands at the root.",
)
@option(
    "--ready-file",
    type=NewFile(),
    help="Write all URLs there as JSON once every port answers.",
)
@folders
@option("--log-format", type=click.Choice(["text", "json"]), default="text", help="How log lines look.")
@option("--access-log", is_flag=True, help="Log one line for each request.")
@option(
    "--control-token", help="Whoever calls /_sandbox must send it; made up and printed when listening beyond loopback."
)
@limits
def serve(  # noqa: PLR0913, PLR0917 - click passes every option
    host: str,
    port: int,
    provider_ports: bool,  # noqa: FBT001 - click passes options by name
    ready_file: Path | None,
    schemas: Path | None,
    fixtures: Path | None,
    log_format: str,
    access_log: bool,  # noqa: FBT001
    control_token: str | None,
    **limited: Any,
) -> None:
    """Run the sandbox."""
    # For signals while it starts, and for the one that uvicorn raises again once it has stopped.
    for number in _STOPS:
        signal.signal(number, leave)
    live = _live(host, port, control_token, limited, provider_ports=provider_ports, schemas=schemas, fixtures=fixtures)
    from paysandbox.server import logs  # noqa: PLC0415 - as in `_live`
    from paysandbox.server.live import write_ready_file  # noqa: PLC0415

    def announce() -> None:
        if ready_file is not None:
            write_ready_file(ready_file, live.ready())
        made_up = live.runtime.settings.control_token if control_token is None else None
        click.echo(banner.banner(live.ready(), live.runtime.version, made_up))

    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    log_config = logs.configuration(log_format, access=access_log, colours=colours)
    live.run(live.server(announce, log_config=log_config, access_log=access_log))


@contextmanager
def _growing() -> Iterator[None]:
    """A block that makes what stays; to look for garbage in it again and again took 8 of 160 ms of a start."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@_growing()
def _live(host: str, port: int, control_token: str | None, limited: Mapping[str, Any], **application: Any) -> "Live":
    """A sandbox that is ready to run; stops the command where there can be none."""
    # Imported here, so that --help and --version need not wait for the server.
    from paysandbox.kit import runtime  # noqa: PLC0415
    from paysandbox.server.live import Live  # noqa: PLC0415

    settings = runtime.Settings(control_token=control_token, **limited)
    try:
        return Live(host=host, port=port, settings=settings, **application)
    except StartupError as startup_error:
        stop(startup_error)
    except OSError as error:
        raise click.UsageError(cannot_listen(host, port, error)) from None


def leave(*_: object) -> NoReturn:
    """Stop with 0. Whoever sends signals goes on until the process is gone: from here on they would break it off."""
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


@main.command()
@folders
def validate(schemas: Path | None, fixtures: Path | None) -> None:
    """Check contracts and fixtures; every error with file, line and path."""
    from paysandbox.app import create_runtime  # noqa: PLC0415

    try:
        runtime = create_runtime(schemas=schemas, fixtures=fixtures)
    except StartupError as startup_error:
        for finding in startup_error.errors:
            click.echo(finding)
        raise SystemExit(FINDINGS) from None
    click.echo(f"contracts and fixtures of {', '.join(runtime.services)}: ok")


@main.command()
@option("--variants", is_flag=True, help="List what may be chosen of each API instead, with the evidence for it.")
@folders
def operations(variants: bool, schemas: Path | None, fixtures: Path | None) -> None:  # noqa: FBT001 - click passes it by name
    """List the operations, and who vouches for each: documented, observed or assumed."""
    from paysandbox.app import create_runtime  # noqa: PLC0415

    try:
        runtime = create_runtime(schemas=schemas, fixtures=fixtures)
    except StartupError as startup_error:
        stop(startup_error)
    services = runtime.services.values()
    click.echo(banner.variants(services) if variants else banner.operations(services))


@main.command()
@option("--url", default="http://127.0.0.1:4080", help="The sandbox to ask.")
@option("--timeout", type=click.FloatRange(0.1, 60), default=5, help="Seconds to wait.")
def health(url: str, timeout: Any) -> None:
    """Exit 0 when the sandbox at --url is ready, 1 when it is not."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter(f"{url!r} is no http:// or https:// address", param_hint="--url")
    import urllib.error  # noqa: PLC0415 - only this command asks a server anything
    import urllib.request  # noqa: PLC0415

    # No proxy: what a container sets for the world outside is not meant for its own health check.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url.rstrip('/')}/_sandbox/health", timeout=timeout) as answer:
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        not_ready(url, f"it answered {error.code}")
    except (OSError, ValueError) as error:
        not_ready(url, f"{getattr(error, 'reason', error)}; paysandbox serve starts one")
    if not isinstance(said, dict) or said.get("status") != "ok":
        not_ready(url, "it is no sandbox")
    click.echo(f"{url} is ready")


def not_ready(url: str, reason: str) -> NoReturn:
    """Say why a sandbox is not ready, and stop."""
    click.echo(f"{url} is not ready: {reason}", err=True)
    raise SystemExit(FINDINGS)


def stop(startup_error: StartupError) -> NoReturn:
    """Say why the sandbox cannot start, and stop."""
    for finding in startup_error.errors:
        click.echo(finding, err=True)
    click.echo("The sandbox did not start; mend the above (paysandbox validate checks again).", err=True)
    raise SystemExit(CONFIGURATION)
