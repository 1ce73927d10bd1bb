"""The sandbox itself as values: its services, its namespaces and its settings. The control plane's state."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from paysandbox.coverage.units import Subject
from paysandbox.kit.provider import Service
from paysandbox.store.namespaces import Namespaces

CONTROL: Final = "control"
CONTROL_PREFIX: Final = "_sandbox"


class Settings(Struct, frozen=True, kw_only=True):
    """What whoever runs the sandbox may choose.

    `body_limit` and `head_limit` are bytes, `namespace_limit` and `connection_limit` counts. A request must be here
    whole, and a reply be read, within `request_seconds`. A namespace's journal keeps `journal_entries`
    calls, and all journals together `journal_bytes`. Ids come from the `seed`. `control_token` must accompany control
    calls where the sandbox listens beyond loopback. `ports` gives each provider with a port of its own that port.
    """

    body_limit: int = 1 << 20
    head_limit: int = 64 << 10
    connection_limit: int = 1000
    request_seconds: int = 60
    namespace_limit: int = 1000
    journal_entries: int = 10_000
    journal_bytes: int = 64 << 20
    seed: str = "paysandbox"
    control_token: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)


class Runtime:
    """One sandbox. Two can live in one process: nothing is kept outside of it."""

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

    def transaction(self) -> AbstractContextManager[None]:
        """The control plane's calls change whole namespaces, each in one step, so there is nothing to undo."""
        return nullcontext()

    def list_coverage_subjects(self, counts: Mapping[str, Mapping[str, int]]) -> list[Subject]:
        """The units of every contract with their counts, as the coverage reports take them."""
        return [
            (name, service.contract.title, service.coverage.units, counts.get(name, {}))
            for name, service in self.services.items()
        ]

    def url(self, provider: str, origin: str) -> str:
        """Where a provider stands for a client that comes by `origin`: no trailing slash, no base path."""
        port = self.settings.ports.get(provider)
        if port is None:
            return f"{origin}/{self.services[provider].provider.prefix}"
        scheme, _, host = origin.partition("://")
        return f"{scheme}://{host.rpartition(':')[0] if host.rpartition(':')[2].isdigit() else host}:{port}"
