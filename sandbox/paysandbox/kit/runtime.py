"""The state of one sandbox: its services, namespaces and settings."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paysandbox.coverage.units import Subject
from paysandbox.kit.provider import Service
from paysandbox.kit.settings import MEMORY, Settings
from paysandbox.kit.webhooks import DeliveryService
from paysandbox.store.namespaces import Namespaces

if TYPE_CHECKING:
    from paysandbox.kit.metrics import Metrics
    from paysandbox.kit.sessions import Sessions
    from paysandbox.store.log.metered import LogTally
    from paysandbox.store.log.replication import Replication

CONTROL: Final = "control"
CONTROL_PREFIX: Final = "_sandbox"


FileVersion = tuple[int, int] | None  # time of change in nanoseconds, and size; None for a missing file


def read_version(path: Path) -> FileVersion:
    """Return what changes when a file is written."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


class Runtime:
    """One sandbox. Several can exist in one process, because they share no state.

    Attributes:
        notices: lines for the person who starts it: what of the given files is not read.
        files: the files that were read (contracts, fixtures, code of own providers), with their versions.
        program: the versions of the program's own files when it was started; empty if they were not noted.
        read_again: reads all files again into another runtime; None if this one was not read from files.
        listeners: called after a reload, because they keep parts of the runtime.
        on_stop: called when the server begins to stop, because it waits until all replies are complete.
        deliveries: delivers the events of webhooks; None where no server runs.
        replication: keeps the namespaces in a store; None where they are in memory only.
        log_tally: counts what was asked of the store; None where there is none.
        metrics: sums what workers count; None where this is the only process.
    """

    def __init__(
        self,
        *,
        services: Mapping[str, Service],
        control: Service,
        namespaces: Namespaces,
        settings: Settings,
        version: str,
        time: Callable[[], datetime],
    ) -> None:
        self.services = services
        self.control = control
        self.namespaces = namespaces
        self.settings = settings
        self.version = version
        self.time = time
        self.started = time()
        self.notices: tuple[str, ...] = ()
        self.files: Mapping[Path, FileVersion] = {}
        self.program: Mapping[str, FileVersion] = {}
        self.read_again: Callable[[], Runtime] | None = None
        self.listeners: list[Callable[[], object]] = []
        self.on_stop: list[Callable[[], object]] = []
        self.deliveries: DeliveryService | None = None
        self.replication: Replication | None = None
        self.log_tally: LogTally | None = None
        self.metrics: Metrics | None = None

    @cached_property
    def sessions(self) -> "Sessions":
        """The sessions of browsers, created on the first use."""
        from paysandbox.kit.sessions import Sessions  # noqa: PLC0415 - a start must not wait for cryptography

        return Sessions(self.settings.control_token, self.time)

    @property
    def store_name(self) -> str:
        """The store, for those who run the sandbox: `memory`, `sqlite:PATH`, or a URL without credentials."""
        return MEMORY if self.replication is None else self.replication.log.name

    def open_call(self) -> AbstractContextManager[None]:
        """Return a context manager without effect, because a control call changes namespaces in one step."""
        return nullcontext()

    def serve(self, fresh: "Runtime") -> None:
        """Serve the services of a runtime that has read the files again. Its namespaces are not taken over."""
        self.services = fresh.services
        self.control = fresh.control
        self.notices = fresh.notices
        self.files = fresh.files
        for listen in self.listeners:
            listen()

    def list_newer_files(self) -> list[str]:
        """Return the files that were changed or removed after they were read."""
        return [str(path) for path, version in self.files.items() if read_version(path) != version]

    def list_coverage_subjects(self, counts: Mapping[str, Mapping[str, int]]) -> list[Subject]:
        """Return the coverage units of every contract with their counts, as the reports take them."""
        return [
            (name, service.contract.title, service.coverage.units, counts.get(name, {}))
            for name, service in self.services.items()
        ]

    def url(self, provider: str, origin: str) -> str:
        """Return a provider's URL for a client that uses `origin`: no trailing slash, no base path."""
        scheme, _, host = origin.partition("://")
        port = (self.settings.tls_ports if scheme == "https" else self.settings.ports).get(provider)
        if port is None:
            return f"{origin}/{self.services[provider].prefix}"
        return f"{scheme}://{host.rpartition(':')[0] if host.rpartition(':')[2].isdigit() else host}:{port}"
