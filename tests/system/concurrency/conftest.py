"""What these tests share: one server for each module and store, and clients whose connections end with the test."""

from collections.abc import Iterator

import pytest

from tests.helpers.raw_http import Address
from tests.system.concurrency.live import Crowd, serving_over


@pytest.fixture(scope="module", params=["memory", "sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving_over(request.param, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def clients(process: Address) -> Iterator[Crowd]:
    made = Crowd(process)
    yield made
    made.close()
