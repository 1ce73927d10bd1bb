"""The sandbox itself as values: its services, its namespaces and its settings. The control plane's state."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Final

from paysandbox.coverage.units import Subject
from paysandbox.kit.provider import Service
from paysandbox.kit.settings import Settings
from paysandbox.store.namespaces import Namespaces

CONTROL: Final = "control"
CONTROL_PREFIX: Final = "_sandbox"


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
