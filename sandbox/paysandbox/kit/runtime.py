"""The state of one sandbox: its services, namespaces and settings."""

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
    """One sandbox. Several can exist in one process, because they share no state.

    `notices` are lines for the person who starts it: what of the given files is not read.
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

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context manager without effect, because a control call changes namespaces in one step."""
        return nullcontext()

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
            return f"{origin}/{self.services[provider].provider.prefix}"
        return f"{scheme}://{host.rpartition(':')[0] if host.rpartition(':')[2].isdigit() else host}:{port}"
