"""`paysandbox evidence`: what recordings confirm, as a patch of a contract that a person reads and applies."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from paysandbox.cli.drift import open_runtime, read_files
from paysandbox.cli.options import StartupFailed, application_options, option
from paysandbox.cli.output import OutputFolder
from paysandbox.cli.recording_files import FILES

if TYPE_CHECKING:
    from paysandbox.recordings.files import RecordingFile

CONTRACT: Final = "openapi.yaml"


@click.command(short_help="Write what recordings confirm as a patch of a contract.")
@FILES
@option(
    "--apply",
    "folder",
    type=OutputFolder(),
    help="Write the patched contract here too, <provider>/openapi.yaml, for `serve --schemas`. It has no comments.",
)
@application_options
def evidence(files: "tuple[Path | RecordingFile, ...]", folder: Path | None, **options: Any) -> None:
    """Write what recordings confirm as a patch of a contract.

    A FILE is a recording as `drift` takes it. Prints a JSON merge patch (RFC 7396) of one provider's contract: what was
    assumed and is confirmed becomes observed, with the date of the recording as its source, and undocumented
    properties, types and enum values of replies are added. Read it before you apply it. What is changed, and what is
    left to you, is listed on standard error.

    Exit codes: 0 there is a patch, 1 the recordings settle nothing, 2 a file cannot be used.
    """
    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.coverage.report import clean_text  # noqa: PLC0415 - as above
    from paysandbox.evidence.patching import make_patch  # noqa: PLC0415 - as above
    from paysandbox.evidence.reports import render_verdict  # noqa: PLC0415 - as above

    runtime, chosen = open_runtime(options)
    drift = read_files(files, runtime, chosen)
    for notice in drift.notices:
        click.echo(f"note: {clean_text(notice)}", err=True)
    names = list(drift.exchanges)
    if not names:
        raise StartupFailed(render_verdict(drift))
    if len(names) > 1:
        raise StartupFailed(f"The recordings have exchanges with {', '.join(names)}; choose one with --provider.")
    found = make_patch(runtime.services[names[0]], drift, drift.latest or runtime.time().date())
    for line in found.changed:
        click.echo(f"changed: {line}", err=True)
    for line in found.left:
        click.echo(f"left to you: {line}", err=True)
    if not found.changed:
        click.echo("Nothing that was assumed is confirmed.", err=True)
        raise SystemExit(1)
    click.echo(write_json(found.patch).decode())
    if folder is not None:
        _write_contract(folder / names[0], found.document)
        control = folder / runtime.control.provider.name
        if not control.exists():  # `serve --schemas` reads it from the same folder
            _write_contract(control, runtime.control.base_contract.document)
        click.echo(f"Patched contract: {folder / names[0] / CONTRACT}", err=True)


def _write_contract(folder: Path, document: Any) -> None:
    from paysandbox.core.strict_yaml import write_yaml  # noqa: PLC0415 - only --apply needs it

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONTRACT).write_text(write_yaml(document), "utf-8")
