"""`paysandbox record`: pass the calls of a client on to a vendor's test account, and record them."""

import os
import signal
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from paysandbox.cli.announcing import AnnouncingCommand
from paysandbox.cli.options import CONFIGURATION, StartupFailed, application_options, explain_bind_error, option
from paysandbox.cli.output import NewFile
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.recorder.vendor import Vendor
    from paysandbox.server.live import Live

_PORT: Final = 4090
_LONGEST: Final = 3600  # seconds


@click.command(cls=AnnouncingCommand, short_help="Record real calls to a vendor's test account.")
@option(
    "--to",
    "vendor_url",
    required=True,
    metavar="URL",
    help="URL of the vendor's API, https://…; your client adds the path.",
)
@option("--output", type=NewFile(), help="HAR file to write. Default: PROVIDER-DATE-TIME.har in this folder.")
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    help="Port of this machine to listen on; 0 takes a free one.",
)
@option("--ready-file", type=NewFile(), help="Write the URL to this file as JSON once the port answers.")
@option(
    "--ca",
    "ca_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the vendor's CA, if it is a private one.",
)
@option(
    "--timeout",
    "seconds",
    type=click.IntRange(1, _LONGEST),
    default=60,
    help="Seconds that the vendor may send nothing.",
)
@application_options
def record(
    vendor_url: str,
    output: Path | None,
    port: int,
    ready_file: Path | None,
    ca_file: Path | None,
    seconds: int,
    **application: Any,
) -> None:
    """Pass the calls of your client on to a vendor's test account, and record them as a HAR file.

    This is the one command that calls the vendor: each call of your client is made there, and may create documents and
    payments. Use a test account. Credentials are masked before anything is written. Each call is judged against the
    contract while it goes, in the terminal and in a browser at /_sandbox/.

    Name one --provider. The recording ends with Ctrl+C; then hold it against the contract: paysandbox drift FILE.
    """
    if len(application["provider_names"]) != 1:
        raise click.UsageError("name the vendor's API with one --provider")
    path = output or Path(f"{application['provider_names'][0]}-{_read_time():%Y%m%d-%H%M%S}.har")
    vendor = _open_vendor(vendor_url, ca_file, seconds)
    try:
        with _load(port, application) as live, path.open("xb") as stream:
            _serve(live, vendor, stream, path, ready_file)
    except FileExistsError:
        raise StartupFailed(f"{path} is there already; name another --output, or remove it") from None


def _serve(live: "Live", vendor: "Vendor", stream: Any, path: Path, ready_file: Path | None) -> None:
    from paysandbox._version import __version__  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.recorder.proxy import RecordingProxy  # noqa: PLC0415 - as above
    from paysandbox.recorder.writing import Recorder  # noqa: PLC0415 - as above
    from paysandbox.recordings.har_writer import HarWriter  # noqa: PLC0415 - as above
    from paysandbox.server.ready_file import ReadyFile  # noqa: PLC0415 - as above

    (provider,) = live.runtime.services
    recorder = Recorder(live.runtime, vendor.url, HarWriter(stream, version=__version__), click.echo)
    with ReadyFile(ready_file) as announced:

        def announce() -> None:
            announced.write({"url": live.url, "pid": os.getpid(), "providers": {provider: {"url": live.url}}})
            click.echo(
                f"Recording {vendor.url} into {path}\n"
                f"Point your client at {live.url}, with its own credentials.\n"
                f"Watch the calls at {live.url}/_sandbox/, stop with Ctrl+C.",
            )

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _go_on)  # the server stops for it, and raises it again; the summary comes after that
        live.run(
            live.server(
                announce,
                front=lambda sandbox: RecordingProxy(sandbox, vendor, recorder),
                log_config=None,
                date_header=False,  # replies have the vendor's
            )
        )
    click.echo(_summarize(recorder.counts, provider, path))
    if recorder.failure is not None:
        click.echo(recorder.failure, err=True)
        raise SystemExit(CONFIGURATION)


def _open_vendor(url: str, ca_file: Path | None, seconds: int) -> "Vendor":
    from paysandbox.recorder.vendor import Vendor, find_vendor_error  # noqa: PLC0415 - --help need not wait for it

    error = find_vendor_error(url)
    if error is not None:
        raise click.BadParameter(error, param_hint="--to")
    try:
        return Vendor(url, ca_file=ca_file, seconds=seconds)
    except OSError as failed:
        raise click.BadParameter(
            f"{ca_file} has no certificate: {failed.strerror or failed}", param_hint="--ca"
        ) from None


def _load(port: int, application: Mapping[str, Any]) -> "Live":
    from paysandbox.server.live import Live  # noqa: PLC0415 - --help need not wait for it

    try:
        return Live(port=port, **application)
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    except OSError as error:
        raise click.UsageError(explain_bind_error("127.0.0.1", port, error)) from None


def _summarize(counts: Counter[str], provider: str, path: Path) -> str:
    lines = [f"Recorded in {path}:"]
    for name, words in (
        ("calls", "calls"),
        ("refused", "requests that the contract refuses"),
        ("undocumented", "replies that are not as the contract says"),
        ("unknown", "calls without an operation in the contract"),
        ("lost", "calls without a whole reply"),
        ("cut", "calls with a reply too long to be recorded, which was passed on"),
        ("stopped", "calls with a body too long to be passed on, which are not recorded"),
    ):
        if counts[name] or name == "calls":
            lines.append(f"{counts[name]:6} {words}")
    if counts["calls"]:
        lines.append(f"Next: paysandbox drift --provider {provider} {path}")
    return "\n".join(lines)


def _go_on(*_: object) -> None:
    """Signal handler: ignore the signal."""


def _read_time() -> datetime:
    from paysandbox.core.clock import system_time  # noqa: PLC0415 - --help need not wait for it

    return system_time()
