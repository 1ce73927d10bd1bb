"""Namespaces in memory that are forgotten when they were not used for a while."""

from typing import Any

from paysandbox.core.clock import SECOND, read_ticks
from paysandbox.store.namespaces import DEFAULT, Namespace, Namespaces


class ExpiringNamespaces(Namespaces):
    """Namespaces with the times of their last use, a class of its own so that others need not note them.

    The times are of the system's monotonic clock. A namespace's own clock is the tests' to move, and the machine's time
    can jump; neither may take a namespace away from its test.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._used: dict[str, int] = {}
        super().__init__(*arguments, **options)

    def find(self, name: str) -> Namespace | None:
        found = super().find(name)
        if found is not None:
            self._used[name] = read_ticks()
        return found

    def add(self, namespace: Namespace) -> Namespace:
        self._used[namespace.name] = read_ticks()
        return super().add(namespace)

    def forget_unused(self, seconds: int) -> list[str]:
        """Forget the namespaces that were not used for longer, and return their names.

        `default` stays, and a namespace with deliveries of webhooks to make.
        """
        oldest = read_ticks() - seconds * SECOND
        names = [
            name
            for name, namespace in self._others.items()
            if self._used[name] < oldest and not (namespace.webhooks is not None and namespace.webhooks.is_busy())
        ]
        for name in names:
            self.drop(name)
        self._used = {name: self._used[name] for name in (DEFAULT, *self._others) if name in self._used}
        return names
