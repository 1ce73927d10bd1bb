"""`paysandbox check`: the contract suites against an own sandbox, a running one, or whoever claims a contract."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

from paysandbox.check.profiles import PROFILES
from paysandbox.cli.options import CONFIGURATION, option


@click.command(short_help="Hold a server against the contracts.")
@click.argument("target_url", required=False)
@option("--provider", help="Check this one only; of a server that is no sandbox, whose contract it claims.")
@option("--depth", type=click.Choice(list(PROFILES)), default="quick", help="How much to try.")
@option("--report", type=click.Path(file_okay=False, path_type=Path), help="Write junit.xml and report.html there.")
@option(
    "--credential",
    multiple=True,
    metavar="NAME=VALUE",
    help="A credential to call with, such as api_key=…; else the environment's, as <PROVIDER>_API_KEY; "
    "else the test credentials.",
)
@option("--control-token", help="The control token of the sandbox at TARGET_URL, if it wants one.")
@click.pass_obj
def check(  # noqa: PLR0913, PLR0917 - click passes every option
    environment: Mapping[str, str],
    target_url: str | None,
    provider: str | None,
    depth: str,
    report: Path | None,
    credential: Sequence[str],
    control_token: str | None,
) -> None:
    """Hold a server against the contracts.

    Without TARGET_URL a sandbox is started and checked. A TARGET_URL that is a sandbox is checked with all its
    providers, in namespaces of the check's own; others notice nothing. Any other TARGET_URL is the root of the one
    --provider: it is called, and payments are made there.

    Exit codes: 0 it keeps its contracts, 1 findings, 2 the check could not be done.
    """
    if find_spec("schemathesis") is None:
        stop("the contract suites need schemathesis, which is not installed: pip install 'paysandbox[check]'")
    # Imported here, as schemathesis is large and only comes with the extra.
    from paysandbox.check import checking, reports  # noqa: PLC0415 - large, and only with the extra

    asked = checking.Asked(
        url=target_url,
        provider=provider,
        depth=PROFILES[depth],
        credentials=named(credential),
        environment=environment or {},
        control_token=control_token,
    )
    try:
        with _terminable():
            found = checking.check(asked, lambda line: click.echo(line, err=True))
    except checking.CannotCheck as error:
        stop(str(error))
    click.echo(reports.summary(found))
    if report is not None:
        reports.write(found, report)
        click.echo(f"Reports: {report / 'report.html'} and {report / 'junit.xml'}")
    raise SystemExit(found.exit_code)


@contextmanager
def _terminable() -> Iterator[None]:
    """Within the block SIGTERM is like Ctrl+C, so that what was made for the check does not stay."""
    before = None
    with suppress(ValueError):  # in another thread than the first
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def named(credentials: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` taken apart."""
    found = {}
    for one in credentials:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise click.BadParameter("a credential is given as NAME=VALUE", param_hint="--credential")
        found[name] = value
    return found


def stop(message: str) -> NoReturn:
    """Say why nothing could be checked, and stop."""
    click.echo(f"Cannot check: {message}.", err=True)
    raise SystemExit(CONFIGURATION)
