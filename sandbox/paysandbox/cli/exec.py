"""`paysandbox exec`: run a command of any language with a sandbox of its own."""

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from paysandbox.cli.announcing import AnnouncingCommand
from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.options import (
    APPLICATION,
    FINDINGS,
    PROVIDER_PORTS_HINT,
    StartupFailed,
    application_options,
    echo_notices,
    explain_bind_error,
    limits,
    open_tls,
    option,
    provider_ports_option,
    store_option,
    tls_options,
    webhook_options,
)
from paysandbox.cli.output import NewFile
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.server.live import Server

_FORMATS: Final = {".json": "json", ".txt": "text", ".xml": "junit", ".html": "html"}
_NOT_FOUND: Final = 127  # this and the next two as in shells
_NOT_EXECUTABLE: Final = 126
_KILLED: Final = 128
_SERVER: Final = ("port", "provider_ports", *APPLICATION)


@click.command(
    "exec",
    cls=AnnouncingCommand,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a command with a sandbox.",
)
@option("--port", type=click.IntRange(0, 65535), default=0, help="Shared port; 0 takes a free one.")
@provider_ports_option
@tls_options("a free one")
@option("--ready-file", type=NewFile(), help="Also write all URLs to this file as JSON.")
@application_options
@control_token_option("Token required for calls to /_sandbox.")
@webhook_options
@store_option
@limits
@option("--coverage", type=NewFile(), help="Write a contract coverage report: .json, .txt, .xml (JUnit) or .html.")
@option(
    "--fail-on",
    type=click.Choice(["refused", "advice"]),
    multiple=True,
    help="Exit 1 if a call was refused unexpectedly, or has advice about a likely mistake; repeat it for both.",
)
@option(
    "--fail-under",
    multiple=True,
    metavar="[PROVIDER=]PERCENT",
    help="Exit 1 if contract coverage, of one provider or of all together, is below it; repeat it for several.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def exec_(
    environment: Mapping[str, str],
    /,
    command: Sequence[str],
    coverage: Path | None,
    fail_on: Sequence[str],
    fail_under: Sequence[str],
    **options: Any,
) -> None:
    """Start a sandbox on free ports, run COMMAND with its URLs and credentials in the environment, and stop it.

    Exit code: that of COMMAND; if COMMAND succeeds and a --fail option applies, 1. A summary goes to standard error.
    """
    # Imported here, so that --help need not wait for the server.
    from paysandbox.app import collect_advice  # noqa: PLC0415 - as said above
    from paysandbox.cli.gates import check_thresholds, find_failures, read_thresholds  # noqa: PLC0415 - as above
    from paysandbox.cli.summary import list_advice, render_summary  # noqa: PLC0415 - as above
    from paysandbox.coverage.formats import render_report  # noqa: PLC0415 - as above
    from paysandbox.pipeline.process import encode_body  # noqa: PLC0415 - as above

    command = _complete_command(command, options)
    report_format, thresholds = _report_format(coverage), read_thresholds(fail_under)
    with _start(options) as server:
        check_thresholds(thresholds, server.runtime)
        advice = collect_advice(server.runtime)
        code = _run_command(command, _complete_environment(environment, server.ready()))
        click.echo(render_summary(server.runtime), err=True)
        if coverage is not None:
            counts = server.runtime.namespaces.sum_counts()
            coverage.write_bytes(
                encode_body(render_report(report_format, server.runtime.list_coverage_subjects(counts)))
            )
        advice.read_all()
        for line in list_advice(advice, server.runtime.namespaces.budget.calls):
            click.echo(line, err=True)
        failures = list(find_failures(fail_on, thresholds, server.runtime, advice if "advice" in fail_on else None))
    for failure in failures:
        click.echo(f"paysandbox: {failure}", err=True)
    raise SystemExit(code or (FINDINGS if failures else 0))


def _complete_command(command: Sequence[str], options: dict[str, Any]) -> Sequence[str]:
    """Return the command, which begins with the value of --provider-ports if that is no plan of ports."""
    from paysandbox.server.provider_ports import FREE, is_port_plan  # noqa: PLC0415 - --help need not wait for it

    if not is_port_plan(options["provider_ports"]):
        command, options["provider_ports"] = (options["provider_ports"], *command), FREE
    if not command:
        raise click.MissingParameter(param_type="argument", param_hint="'COMMAND...'")
    return command


def _complete_environment(environment: Mapping[str, str], ready: Mapping[str, Any]) -> dict[str, str]:
    """The environment of the command: URLs, credentials, no proxy in between, and trust in the sandbox's CA."""
    from paysandbox.client.env_vars import complete_no_proxy, variables  # noqa: PLC0415 - as in `exec_`
    from paysandbox.server.trust import trust_variables  # noqa: PLC0415 - as above

    ca_file = ready.get("tls", {}).get("ca_file")
    trust = trust_variables(None if ca_file is None else Path(ca_file), environment)
    return {**environment, **complete_no_proxy(environment), **variables(ready), **trust}


def _report_format(coverage: Path | None) -> str:
    """The format of the coverage report, by the suffix of its file."""
    if coverage is None:
        return "json"
    found = _FORMATS.get(coverage.suffix)
    if found is None:
        raise click.BadParameter(f"{coverage} must end in {', '.join(_FORMATS)}", param_hint="--coverage")
    return found


@contextmanager
def _start(options: dict[str, Any]) -> "Iterator[Server]":
    """Context manager: a running sandbox with the command's options."""
    from paysandbox.kit.settings import Settings  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.server.live import Server  # noqa: PLC0415 - as above
    from paysandbox.server.ready_file import ReadyFile  # noqa: PLC0415 - as above
    from paysandbox.server.sockets import LOOPBACK  # noqa: PLC0415 - as above

    ready_file = options.pop("ready_file")
    application = {name: options.pop(name) for name in _SERVER}
    with ExitStack() as stack:
        announced = stack.enter_context(ReadyFile(ready_file))
        application["tls"] = stack.enter_context(open_tls(options))
        try:
            server = stack.enter_context(Server(settings=Settings(**options), **application))
        except StartupError as error:
            raise StartupFailed.from_error(error) from None
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=PROVIDER_PORTS_HINT) from None
        except OSError as error:
            raise StartupFailed(explain_bind_error(LOOPBACK[0], application["port"], error)) from None
        announced.write(server.ready())
        echo_notices(server.runtime)
        yield server


def _run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command and return its exit code, as a shell would."""
    try:
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - that is what the user asks for
    except OSError as error:
        click.echo(f"paysandbox: {command[0]}: {error.strerror}", err=True)
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    # A terminal sends SIGINT to both processes, so the command handles it; SIGTERM comes here only, so pass it on.
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
