"""What these tests share: one server process for each module, and clients whose connections end with the test."""

from collections.abc import Iterator

import pytest

from tests.helpers.raw_http import Address
from tests.system.concurrency.live import Crowd, serving


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def clients(process: Address) -> Iterator[Crowd]:
    made = Crowd(process)
    yield made
    made.close()
