"""All clients, installed and recorded, by name."""

from collections.abc import Sequence
from typing import Final

from tests.system.clients.installed import INSTALLED, Installed, Step
from tests.system.clients.replay import Call, Recording, load_recordings

CLIENTS: Final[dict[str, Installed | Recording]] = {**INSTALLED, **load_recordings()}


def list_calls(name: str) -> Sequence[Call | Step]:
    """Return the calls of a client in their order."""
    return CLIENTS[name].calls
