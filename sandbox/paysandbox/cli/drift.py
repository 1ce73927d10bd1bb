"""`paysandbox drift`: recordings of real traffic, held against the contracts."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysandbox.cli.options import StartupFailed, application_options, option
from paysandbox.cli.output import OutputFolder
from paysandbox.cli.recording_files import FILES
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.judging.differences import Drift
    from paysandbox.kit.runtime import Runtime
    from paysandbox.recordings.files import RecordingFile


@click.command(short_help="Compare recordings of real traffic with the contracts.")
@FILES
@option("--baseline", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="JSON report of known drift.")
@option(
    "--report",
    type=OutputFolder(),
    help="Write junit.xml, drift.json and drift.html here.",
)
@option(
    "--format", "form", type=click.Choice(["text", "json", "junit", "html"]), default="text", help="Form of the output."
)
@application_options
def drift(
    files: "tuple[Path | RecordingFile, ...]", baseline: Path | None, report: Path | None, form: str, **options: Any
) -> None:
    """Compare recordings of real traffic with the contracts.

    A FILE is a HAR file (a browser or a proxy saves it), a VCR cassette, or a journal of the sandbox (the control
    plane's list of requests); - reads one from standard input. Providers are known by host or path; other traffic is
    ignored and counted. With one --provider, unknown hosts are taken for its API. Credentials are masked before
    anything is compared.

    Exit codes: 0 reality does not differ from what is documented, 1 it differs, 2 a file cannot be used. What the
    contract only assumes is reported as confirmed or contradicted, and does not change the exit code.
    """
    from paysandbox.judging.differences import set_baseline  # noqa: PLC0415 - --help need not wait for it

    runtime, chosen = open_runtime(options)
    found = read_files(files, runtime, chosen)
    if baseline is not None:
        set_baseline(found, _read_baseline(baseline))
    click.echo(_render(found, form))
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        for name, each in (("junit.xml", "junit"), ("drift.json", "json"), ("drift.html", "html")):
            (report / name).write_text(_render(found, each), encoding="utf-8")
        click.echo(f"Reports: {report / 'drift.html'}, {report / 'drift.json'} and {report / 'junit.xml'}", err=True)
    if not found.exchanges:
        raise SystemExit(2)
    raise SystemExit(found.exit_code)


def open_runtime(options: dict[str, Any]) -> "tuple[Runtime, str | None]":
    """Read the contracts, and the provider whose API unknown hosts have, if one was named.

    Raises:
        StartupFailed: a contract or a fixture file is not valid.
    """
    from paysandbox.app import create_runtime  # noqa: PLC0415 - --help need not wait for it

    names = options["provider_names"]
    try:
        runtime = create_runtime(**options)
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    return runtime, names[0] if len(names) == 1 else None


def read_files(files: "tuple[Path | RecordingFile, ...]", runtime: "Runtime", chosen: str | None) -> "Drift":
    """Judge the files.

    Raises:
        StartupFailed: one of them is no recording.
    """
    from paysandbox.evidence.drift import run_drift  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.evidence.settling import settle_by_replay  # noqa: PLC0415 - as above
    from paysandbox.recordings.exchange import UnreadableRecording  # noqa: PLC0415 - as above

    try:
        found = run_drift(files, runtime, chosen)
        settle_by_replay(found, files, runtime, chosen)
    except UnreadableRecording as error:
        raise StartupFailed(str(error)) from None
    else:
        return found


def _read_baseline(path: Path) -> frozenset[str]:
    from paysandbox.core.exact_json import read_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.core.problems import Malformed  # noqa: PLC0415 - as above

    try:
        return frozenset(one["id"] for one in read_json(path.read_bytes())["differences"])
    except (Malformed, KeyError, TypeError, OSError):
        raise click.BadParameter(
            f"{path} is not a report of drift; make one with --format json", param_hint="--baseline"
        ) from None


def _render(found: "Drift", form: str) -> str:
    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.evidence import reports  # noqa: PLC0415 - as above
    from paysandbox.judging.differences import render_json  # noqa: PLC0415 - as above

    match form:
        case "json":
            return write_json(render_json(found)).decode()
        case "junit":
            return reports.render_junit(found)
        case "html":
            from paysandbox.evidence.page import render_page  # noqa: PLC0415 - brings Jinja2

            return str(render_page(found).body)
        case _:
            return reports.render_text(found)
