"""What these tests share: one sandbox on a live server, and every operation of its control plane as a request."""

from collections.abc import Iterator

import pytest

from paysandbox.server.live import Server
from tests.helpers.raw_http import Address
from tests.helpers.runtimes import NOON


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One sandbox, where it is always noon; whatever a test counts on, it makes."""
    with Server(time=lambda: NOON) as running:
        yield running


@pytest.fixture
def address(server: Server) -> Address:
    host, _, port = server.url().removeprefix("http://").partition(":")
    return host, int(port)
