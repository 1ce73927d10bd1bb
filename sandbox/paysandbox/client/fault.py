"""A fault of a namespace, for the Python client."""

from collections.abc import Callable
from typing import Any


class Fault:
    """A fault of a namespace."""

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        """`call` is the NamespaceClient's."""
        self.id = name
        self._call = call

    @property
    def fired(self) -> int:
        """Number of calls or deliveries that it has affected."""
        faults = self._call("GET", "/faults")["faults"]
        return next((fault["fired"] for fault in faults if fault["id"] == self.id), 0)

    def call_off(self) -> None:
        """Delete the fault."""
        self._call("DELETE", f"/faults/{self.id}")
