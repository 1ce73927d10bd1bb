"""What the tests on Redis share: sandboxes as processes, over a URL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.helpers import served
from tests.helpers.redis_servers import RedisServer, running
from tests.helpers.served import Served

Serve = Callable[..., Served]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts sandboxes over a store; whatever happens, they are killed in the end."""
    numbers = count(1)
    with ExitStack() as stack:
        yield lambda store, *options: stack.enter_context(
            served.serve(store, tmp_path / f"ready-{next(numbers)}.json", *options)
        )
