"""`paysandbox check`: run the contract suites against a new sandbox, a running one, or any other server."""

import signal
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysandbox.check.profiles import PROFILES
from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.options import APPLICATION, StartupFailed, application_options, option
from paysandbox.cli.output import OutputFolder
from paysandbox.contract.cache import user_folder
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.check.results import Report


@click.command(short_help="Check a server against the contracts.")
@click.argument("target_url", required=False)
@option("--depth", type=click.Choice(list(PROFILES)), default="quick", help="Number of cases to try.")
@option("--report", type=OutputFolder(), help="Write junit.xml and report.html here.")
@option(
    "--credential",
    multiple=True,
    metavar="NAME=VALUE",
    help="Credential to call with, such as api_key=…. Default: from the environment, such as <PROVIDER>_API_KEY, "
    "then the test credentials.",
)
@control_token_option("Control token of the sandbox at TARGET_URL, if it requires one.")
@option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Records that another server has: a YAML file by parameter and table, or a recording of its traffic.",
)
@option("--operation", "chosen", multiple=True, metavar="ID", help="Call only this operation. May be repeated.")
@option("--tag", "tags", multiple=True, metavar="TAG", help="Call only the operations of this tag. May be repeated.")
@option("--read-only", "reads_only", is_flag=True, help="Send only GET and HEAD requests.")
@option("--dry-run", "rehearses", is_flag=True, help="List the requests that would be sent, and send none.")
@option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of what --dry-run lists.")
@option("--max-findings-per-kind", "most", type=click.IntRange(min=1), default=1, help="Findings to show of each kind.")
@option("--strict-assumed", is_flag=True, help="Count contradictions of assumed parts of the contract as findings.")
@application_options
@click.pass_obj
def check(
    environment: MutableMapping[str, str], /, depth: str, report: Path | None, credential: Sequence[str], **options: Any
) -> None:
    """Check a server against the contracts.

    Without TARGET_URL, start a sandbox and check it. If TARGET_URL is a Paysandbox server, check all its providers in
    namespaces made for the check; its other users are not affected. The control plane is one of them, as --provider
    control. Any other TARGET_URL is the root of the API of the one --provider. Warning: against a real server this
    makes real payments. Use a test account.

    Exit codes: 0 no findings, 1 findings, 2 the check could not be done, or not to its end, 130 stopped by Ctrl+C.
    Whatever ended it, what was found until then is reported.
    """
    form = options.pop("form")
    _refuse_to_begin(form, rehearses=options["rehearses"])
    # Hypothesis would keep its tables in the folder where the check is run.
    environment.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(user_folder() / "hypothesis"))
    from paysandbox.check import runner  # noqa: PLC0415 - schemathesis is large and only comes with the extra

    request = runner.CheckRequest(
        url=options.pop("target_url"),
        depth=PROFILES[depth],
        credentials=_parse_credentials(credential),
        environment=environment,
        provider_names=options.pop("provider_names"),
        application={name: options.pop(name) for name in APPLICATION if name != "provider_names"},
        **options,
    )
    try:
        with _sigterm_as_interrupt():
            found = runner.run_check(request, lambda line: click.echo(line, err=True))
    except runner.CannotCheck as error:
        raise _refuse(str(error)) from None
    except StartupError as error:
        raise _explain(error, request.data) from None
    if request.rehearses:
        _list_requests(found, form)
    else:
        _report(found, report)
        raise SystemExit(found.exit_code)


def _refuse_to_begin(form: str, *, rehearses: bool) -> None:
    if form != "text" and not rehearses:
        raise click.UsageError("--format is the form of what --dry-run lists; for a file of the results use --report")
    if find_spec("schemathesis") is None:
        raise _refuse("schemathesis is not installed: pip install 'paysandbox[check]'")


def _list_requests(found: "Report", form: str) -> None:
    from paysandbox.check import reports  # noqa: PLC0415 - as in `check`

    click.echo(reports.render_rehearsal(found) if form == "text" else reports.render_rehearsal_as_json(found))


def _report(found: "Report", folder: Path | None) -> None:
    """Print the summary, and write the reports into the folder."""
    from paysandbox.check import reports  # noqa: PLC0415 - as in `check`

    click.echo(reports.render_summary(found))
    if folder is not None:
        reports.write_reports(found, folder)
        click.echo(f"Reports: {folder / 'report.html'} and {folder / 'junit.xml'}")


def _explain(error: StartupError, data: Path | None) -> StartupFailed:
    """List the errors; those of --data need no hint to validate the files of the sandbox."""
    if data is not None and all(line.startswith(str(data)) for line in error.errors):
        return StartupFailed("\n".join(error.errors))
    return StartupFailed.from_error(error)


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Context manager: treat SIGTERM like Ctrl+C, so that the namespaces of the check are deleted."""
    before = None
    with suppress(ValueError):  # raised outside the main thread, where signals cannot be handled
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _parse_credentials(credentials: Sequence[str]) -> dict[str, str]:
    found = {}
    for credential in credentials:
        name, sign, value = credential.partition("=")
        if not sign or not name:
            raise click.BadParameter("a credential is given as NAME=VALUE", param_hint="--credential")
        if not value.strip():
            raise click.BadParameter(f"{name} is empty, as from a variable that is not set", param_hint="--credential")
        found[name] = value
    return found


def _refuse(message: str) -> StartupFailed:
    return StartupFailed(f"Cannot check: {message}.")
