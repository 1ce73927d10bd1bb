"""`paysandbox replay`: the requests of a recording sent to a sandbox, and the replies compared."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.drift import open_runtime
from paysandbox.cli.options import StartupFailed, application_options, option
from paysandbox.cli.output import OutputFolder
from paysandbox.cli.recording_files import FILES

if TYPE_CHECKING:
    from paysandbox.evidence.replaying import Replay
    from paysandbox.recordings.files import RecordingFile


@click.command(short_help="Send the requests of a recording to a sandbox, and compare the replies.")
@FILES
@option("--url", help="URL of a running sandbox. Default: a sandbox in this process.")
@control_token_option("Control token of the sandbox at --url, if it requires one.")
@option("--report", type=OutputFolder(), help="Write junit.xml, replay.json and replay.html here.")
@option(
    "--format", "form", type=click.Choice(["text", "json", "junit", "html"]), default="text", help="Form of the output."
)
@application_options
def replay(
    files: "tuple[Path | RecordingFile, ...]",
    url: str | None,
    control_token: str | None,
    report: Path | None,
    form: str,
    **options: Any,
) -> None:
    """Send the requests of a recording to a sandbox, and compare the replies.

    A FILE is a recording as `drift` takes it. The requests are sent in their order, in a namespace of their own with
    the clock of the recording, with test credentials, and with the ids that the sandbox gave. Replies are compared in
    status, properties, types, order of properties, and amounts.

    Exit codes: 0 all replies agree, 1 some differ, 2 none could be compared.
    """
    from paysandbox.evidence import callers  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.evidence.replaying import NotASandbox, run_replay  # noqa: PLC0415 - as above
    from paysandbox.recordings.exchange import UnreadableRecording  # noqa: PLC0415 - as above

    if url is not None and not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} is not an http:// or https:// URL", param_hint="--url")
    runtime, chosen = open_runtime(options)
    try:
        if url is None:
            found = run_replay(files, runtime, callers.call_in_memory(runtime), chosen)
        else:
            with callers.call_over_http(url.rstrip("/"), control_token) as call:
                found = run_replay(files, runtime, call, chosen)
    except (UnreadableRecording, callers.Unreachable, NotASandbox) as error:
        raise StartupFailed(str(error)) from None
    click.echo(_render(found, form))
    if report is not None:
        for name, each in (("junit.xml", "junit"), ("replay.json", "json"), ("replay.html", "html")):
            (report / name).write_text(_render(found, each), encoding="utf-8")
        click.echo(f"Reports: {report / 'replay.html'}, {report / 'replay.json'} and {report / 'junit.xml'}", err=True)
    raise SystemExit(found.exit_code)


def _render(found: "Replay", form: str) -> str:
    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.evidence import replay_report  # noqa: PLC0415 - as above

    match form:
        case "json":
            return write_json(replay_report.render_json(found)).decode()
        case "junit":
            return replay_report.render_junit(found)
        case "html":
            from paysandbox.evidence.replay_page import render_page  # noqa: PLC0415 - brings Jinja2

            return str(render_page(found).body)
        case _:
            return replay_report.render_text(found)
