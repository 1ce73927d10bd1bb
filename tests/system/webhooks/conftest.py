"""A live sandbox and a receiver for each test."""

from collections.abc import Iterator

import pytest

from paysandbox import NamespaceClient, SandboxClient, Server
from tests.helpers.receiver import Receiver, receiving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def namespace(server: Server) -> Iterator[NamespaceClient]:
    """A namespace whose clock stands."""
    with SandboxClient(server.url()).namespace(now="2026-03-31T12:00:00Z") as created:
        yield created


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
