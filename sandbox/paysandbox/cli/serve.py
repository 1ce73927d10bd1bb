"""`paysandbox serve`: run the sandbox until a signal stops it."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from paysandbox.cli.announcing import AnnouncingCommand
from paysandbox.cli.banner import render_banner
from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.options import (
    APPLICATION,
    PROVIDER_PORTS_HINT,
    Origin,
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
from paysandbox.kit.settings import MEMORY

if TYPE_CHECKING:
    from paysandbox.server.live import Live
    from paysandbox.server.ready_file import ReadyFile
    from paysandbox.server.workers import CreateServer

_TLS_PORT: Final = 4443
_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
# How often garbage is collected. Calls leave next to none, but each collection looks at what they keep: at all of it,
# which takes 33 ms with 100,000 payments held, or at what is younger. Both are five times rarer than by default. Not
# rarer still, because what a dropped namespace leaves waits for a look at all.
_COLLECTIONS: Final = (2000, 20, 10)


@click.command(cls=AnnouncingCommand)
@option("--host", default="127.0.0.1", help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=4080, help="Shared port; 0 takes a free one.")
@provider_ports_option
@tls_options("4443, or a free one with --port 0")
@option("--ready-file", type=NewFile(), help="Write all URLs to this file as JSON once every port answers.")
@application_options
@option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of log lines.")
@option("--access-log", is_flag=True, help="Log each request.")
@option(
    "--reload", is_flag=True, help="Take changes of fixtures, contracts and own providers over when they are saved."
)
@control_token_option(
    "Token required for calls to /_sandbox. Generated and printed when --host is not a loopback address."
)
@option(
    "--cors",
    "cors_origins",
    multiple=True,
    type=Origin(),
    metavar="ORIGIN",
    help="Let web pages of this origin, such as http://localhost:3000, call the providers and read the replies; "
    "repeat it for several, * is every page. Never for /_sandbox.",
)
@webhook_options
@store_option
@option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    help="Number of processes that serve the same namespaces; more than 1 needs a --store other than memory.",
)
@limits
@click.pass_obj
def serve(  # noqa: PLR0913, PLR0917 - click passes every option
    environment: Mapping[str, str],
    /,
    host: str,
    port: int,
    provider_ports: str,
    ready_file: Path | None,
    log_format: str,
    access_log: bool,  # noqa: FBT001 - click passes options by name
    reload: bool,  # noqa: FBT001 - click passes options by name
    control_token: str | None,
    workers: int,
    **options: Any,
) -> None:
    """Run the sandbox."""
    _check_store(options["store"], workers, reload=reload)  # before a port is bound
    # These handle signals during the start, and the signal that uvicorn raises again once it has stopped.
    stop = _Stop()
    from paysandbox.server.ready_file import ReadyFile  # noqa: PLC0415 - as in `_load`

    with ReadyFile(ready_file) as announced, open_tls(options, _TLS_PORT if port else 0) as tls, ExitStack() as stack:
        application = {name: options.pop(name) for name in APPLICATION}
        with stop.finishing():
            live = _load(host, port, control_token, options, tls=tls, provider_ports=provider_ports, **application)
            stack.enter_context(live)
        echo_notices(live.runtime)
        generated = live.runtime.settings.control_token if control_token is None else None

        def announce() -> None:
            ready = live.ready() if workers == 1 else {**live.ready(), "workers": workers}
            announced.write(ready)
            code = live.runtime.sessions.make_link_code() if workers == 1 else None  # each worker would take it once
            click.echo(render_banner(ready, live.runtime.version, generated, code))

        log_config = _make_log_config(environment, log_format, access_log=access_log)
        create_server = partial(live.server, log_config=log_config, access_log=access_log)
        if workers == 1:
            _run(live, create_server, announced, announce, _list_watched(application) if reload else [])
        else:
            _run_workers(live, workers, create_server, announce, log_config)


def _make_log_config(environment: Mapping[str, str], log_format: str, *, access_log: bool) -> dict[str, Any]:
    from paysandbox.server import logs  # noqa: PLC0415 - as in `_load`

    colours = sys.stderr.isatty() and not environment.get("NO_COLOR")
    return logs.make_log_config(log_format, access=access_log, colours=colours)


def _run(
    live: "Live",
    create_server: "CreateServer",
    announced: "ReadyFile",
    announce: Callable[[], None],
    watched: Sequence[Path],
) -> None:
    """Serve in this process."""
    from paysandbox.server.reloading import Reloader  # noqa: PLC0415 - as in `_load`

    reloader = Reloader(live.runtime)
    # The file has credentials, which may change.
    live.runtime.listeners.append(lambda: announced.write(live.ready()))

    def start() -> None:
        reloader.start(watched)
        announce()

    live.run(create_server(start))


def _run_workers(
    live: "Live",
    count: int,
    create_server: "CreateServer",
    announce: Callable[[], None],
    log_config: dict[str, Any],
) -> None:
    """Serve in processes of their own, which this one watches."""
    from logging.config import dictConfig  # noqa: PLC0415 - as in `_load`

    from paysandbox.server.workers import WorkerFailed, Workers  # noqa: PLC0415 - as above

    dictConfig(log_config)
    try:
        Workers(live, count, create_server).run(announce)
    except WorkerFailed as failed:
        raise StartupFailed(str(failed)) from None


def _check_store(store: str, workers: int, *, reload: bool) -> None:
    if reload and store != MEMORY:
        raise StartupFailed("--reload needs --store memory, because what a store keeps belongs to the files of a start")
    if workers > 1 and store == MEMORY:
        raise StartupFailed(
            f"--workers {workers} needs a --store that they share, such as sqlite:stub.db, because each process would "
            "have namespaces of its own in memory"
        )
    if workers > 1 and not hasattr(os, "fork"):
        raise StartupFailed(f"--workers {workers} needs a system that can fork a process, which this one cannot")


def _list_watched(application: Mapping[str, Any]) -> list[Path]:
    """Return the folders and the file that --reload watches."""
    from importlib.util import find_spec  # noqa: PLC0415 - only with --reload

    from paysandbox.kit.files import find_data_folder  # noqa: PLC0415 - as in `_load`

    if find_spec("watchfiles") is None:
        raise StartupFailed("--reload needs the package watchfiles: pip install 'paysandbox[reload]'")
    given = {name: application[name] or find_data_folder(name) for name in ("schemas", "fixtures")}
    return [*given.values(), *application["provider_folder"]]


def exit_cleanly(*_: object) -> NoReturn:
    """Signal handler: exit with 0."""
    # Process managers repeat a signal until the process is gone, which would interrupt the exit.
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


class _Stop:
    """Signal handler: exit with 0."""

    def __init__(self) -> None:
        """Handle the signals that stop the sandbox from now on."""
        self._is_requested = False
        for number in _STOPS:
            signal.signal(number, self)

    def __call__(self, *_: object) -> NoReturn:
        self._is_requested = True
        exit_cleanly()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Context manager: exit for a signal that arrived inside, whatever the code inside made of the exception.

        A library that compiles a schema, or the import of a user's provider, can report it as an error of a file.
        """
        try:
            yield
        finally:
            if self._is_requested:
                exit_cleanly()


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """Disable garbage collection during startup (saves 8 of 160 ms), because what a start makes stays."""
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)
    finally:
        gc.enable()


@_collecting_no_garbage()
def _load(host: str, port: int, control_token: str | None, limited: Mapping[str, Any], **application: Any) -> "Live":
    """Bind the port and read contracts and fixtures."""
    # Imported here, so that --help and --version need not wait for the server.
    from paysandbox.kit.settings import Settings  # noqa: PLC0415 - as said above
    from paysandbox.server.live import Live  # noqa: PLC0415 - as above

    try:
        return Live(host=host, port=port, settings=Settings(control_token=control_token, **limited), **application)
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=PROVIDER_PORTS_HINT) from None
    except OSError as error:
        raise click.UsageError(explain_bind_error(host, port, error)) from None
