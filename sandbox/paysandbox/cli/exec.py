"""`paysandbox exec` and `env`: the sandbox around a command of any language, or in a shell's environment."""

import http
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from paysandbox.cli.options import CONFIGURATION, FINDINGS, NewFile, cannot_listen, folders, limits, option
from paysandbox.client.env_vars import exported, variables
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.server.live import Server

_FORMS: Final = {".json": "json", ".txt": "text", ".xml": "junit", ".html": "html"}
_NOT_FOUND: Final = 127  # as shells say it
_NOT_EXECUTABLE: Final = 126
_KILLED: Final = 128


@click.command("exec", context_settings={"ignore_unknown_options": True}, short_help="Run a command with a sandbox.")
@option("--port", type=click.IntRange(0, 65535), default=0, help="The shared port; 0 takes a free one.")
@option(
    "--provider-ports", is_flag=True, help="Give each provider a free port of its own, where it stands at the root."
)
@option("--ready-file", type=NewFile(), help="Write all URLs there as JSON as well.")
@folders
@option("--control-token", help="Whoever calls /_sandbox must send it.")
@limits
@option(
    "--coverage",
    type=NewFile(),
    help="Write what the calls exercised of the contracts: .json, .txt, .xml (JUnit) or .html.",
)
@option("--fail-on", type=click.Choice(["refused"]), help="Exit 1 if a call was refused.")
@option(
    "--fail-under", type=click.FloatRange(0, 100), help="Exit 1 if less of the contracts was exercised, in percent."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def exec_(
    environment: Mapping[str, str],
    /,
    command: Sequence[str],
    coverage: Path | None,
    fail_on: str | None,
    fail_under: Any,
    **options: Any,
) -> None:
    """Start a sandbox on free ports, run COMMAND with its URLs and credentials in the environment, and stop it.

    Exit code: that of COMMAND; 1 if a --fail gate closed. A summary goes to standard error.
    """
    # Imported here, so that --help need not wait for the server.
    from paysandbox.cli.summary import percent, summary  # noqa: PLC0415
    from paysandbox.coverage.formats import coverage_report  # noqa: PLC0415
    from paysandbox.pipeline.process import encode_body  # noqa: PLC0415

    form = _form(coverage)
    with _started(options) as server:
        code = _run(command, {**environment, **variables(server.ready())})
        click.echo(summary(server.runtime), err=True)
        if coverage is not None:
            counts = server.runtime.namespaces.counts()
            coverage.write_bytes(encode_body(coverage_report(form, server.runtime.coverage_subjects(counts))))
        closed = list(_closed(fail_on, fail_under, server.runtime.namespaces.budget.refused, percent(server.runtime)))
    for gate in closed:
        click.echo(f"paysandbox: {gate}", err=True)
    raise SystemExit(code or (FINDINGS if closed else 0))


@click.command(short_help="Print the environment for a running sandbox.")
@option("--url", default="http://127.0.0.1:4080", help="The sandbox to ask.")
@option("--namespace", default="default", help="Whose URLs and credentials; it is made if there is none.")
@option("--control-token", help="The control token of that sandbox, if it wants one.")
def env(url: str, namespace: str, control_token: str | None) -> None:
    """Print URLs and credentials of a running sandbox as `export` lines: eval "$(paysandbox env)".

    The names are those that `paysandbox exec` gives to its command.
    """
    from paysandbox.client.http import ControlClient, SandboxError, path_of  # noqa: PLC0415 - --help does without

    try:
        control = ControlClient(url, control_token=control_token)
        try:
            found = control.call("GET", path_of("namespaces", namespace))
        except SandboxError as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise
            found = control.call("POST", "/namespaces", {"name": namespace})
        ready = {"url": control.url, "providers": found["providers"]}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except SandboxError as error:
        _stop([str(error)])
    except (TypeError, KeyError):
        _stop([f"what answers at {url} is no sandbox; paysandbox serve starts one"])
    click.echo(exported(ready))


def _form(coverage: Path | None) -> str:
    """The form of the report, by the ending of its file."""
    if coverage is None:
        return "json"
    form = _FORMS.get(coverage.suffix)
    if form is None:
        raise click.BadParameter(f"{coverage} must end in {', '.join(_FORMS)}", param_hint="--coverage")
    return form


@contextmanager
def _started(options: dict[str, Any]) -> "Iterator[Server]":
    """A sandbox for the length of the block, by the options of the command."""
    from paysandbox.kit.runtime import Settings  # noqa: PLC0415
    from paysandbox.server.live import LOOPBACK, Server, write_ready_file  # noqa: PLC0415

    ready_file = options.pop("ready_file")
    application = {name: options.pop(name) for name in ("port", "provider_ports", "schemas", "fixtures")}
    with ExitStack() as stack:
        try:
            server = stack.enter_context(Server(settings=Settings(**options), **application))
        except StartupError as startup_error:
            _stop([*startup_error.errors, "The sandbox did not start; paysandbox validate checks again."])
        except OSError as error:
            _stop([cannot_listen(LOOPBACK[0], application["port"], error)])
        if ready_file is not None:
            write_ready_file(ready_file, server.ready())
        yield server


def _closed(fail_on: str | None, fail_under: Any, refused: int, percent: Decimal) -> Iterator[str]:
    """The gates that do not let this run pass."""
    if fail_on is not None and refused:
        yield f"--fail-on refused: {refused} of the calls were refused"
    if fail_under is not None and percent < fail_under:
        yield f"--fail-under {fail_under:g}: {percent} % of the contracts were exercised"


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The command's exit code; signals that come meanwhile are its own affair."""
    try:
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - that is what the user asks for
    except OSError as error:
        click.echo(f"paysandbox: {command[0]}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    # A terminal sends SIGINT to both; whoever ends this process from elsewhere means the command.
    before = (
        signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number)),
    )
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    return code if code >= 0 else _KILLED - code


def _stop(errors: Sequence[str]) -> NoReturn:
    for finding in errors:
        click.echo(finding, err=True)
    raise SystemExit(CONFIGURATION)
