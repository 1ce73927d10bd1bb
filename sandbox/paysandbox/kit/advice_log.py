"""The advice about all calls of a sandbox, read before a journal forgets them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from paysandbox.store.namespaces import Namespace, Namespaces

Describe = Callable[[Namespace], Sequence[Mapping[str, Any]]]


class AdvisedCall(NamedTuple):
    """A call that has advice, its URL masked."""

    provider: str
    method: str
    url: str
    advice: tuple[str, ...]


class AdviceLog:
    """Calls with advice, without those whose refusal was expected. `read_calls` counts all calls that were looked at.

    `describe` returns the entries of a namespace's journal as the control plane answers them.
    """

    def __init__(self, namespaces: Namespaces, describe: Describe) -> None:
        self._namespaces = namespaces
        self._describe = describe
        self.calls: list[AdvisedCall] = []
        self.read_calls = 0

    def read(self, namespace: Namespace) -> None:
        """Read the journal of a namespace, whose entries are cleared or not asked for again afterwards."""
        entries = self._describe(namespace)
        self.read_calls += len(entries)
        for entry in entries:
            if entry["advice"] and not entry["expects_refusal"]:
                self.calls.append(
                    AdvisedCall(entry["provider"] or "", entry["method"], entry["url"], tuple(entry["advice"]))
                )

    def read_all(self) -> None:
        """Read the journals of all namespaces, at the end."""
        for namespace in self._namespaces:
            self.read(namespace)
