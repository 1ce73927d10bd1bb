"""The same calls give the same bytes from memory, and from one worker or two over each engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import Log
from paysandbox.store.log.opening import open_log
from tests.helpers.redis_servers import running, running_cluster
from tests.helpers.stores import blocking
from tests.helpers.trio import CONTROL, NAMESPACES, Trio, calls_of

Open = Callable[[], Log]

ENGINES = ("sqlite", *(pytest.param(engine, marks=pytest.mark.redis) for engine in ("redis", "redis+cluster")))


@pytest.fixture(params=ENGINES)
def open_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the log of an engine of the test's own, each time with a connection of its own."""
    with ExitStack() as stack:
        match request.param:
            case "sqlite":
                store = f"sqlite:{tmp_path / 'stub.db'}"
            case "redis":
                store = stack.enter_context(running(tmp_path)).url
            case _:
                store = f"redis+cluster://127.0.0.1:{stack.enter_context(running_cluster(tmp_path))[0].port}"

        def open_once_more() -> Log:
            log = open_log(store)
            return stack.enter_context(blocking(log)) if log.waits else log

        yield open_once_more


@pytest.mark.parametrize("workers", [1, 2])
def test_every_operation_answers_the_bytes_of_memory(base_runtime: Runtime, open_engine: Open, workers: int) -> None:
    """Ids, request numbers and explanations included, because the seed is the same."""
    trio = Trio(base_runtime, [open_engine() for _ in range(workers)])
    calls = calls_of(base_runtime)
    for number, call in enumerate([*calls.values(), *calls.values()]):
        trio.act(call, "default", number % workers)
    trio.check_replicas()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_control_call_answers_the_bytes_of_memory(base_runtime: Runtime, open_engine: Open, workers: int) -> None:
    """Each after some payments, and by each worker."""
    trio = Trio(base_runtime, [open_engine() for _ in range(workers)])
    made = list(calls_of(base_runtime).values())
    for number, action in enumerate(CONTROL.values()):
        for place, call in enumerate(made[number % 7 :: 7]):
            trio.act(call, NAMESPACES[number % 2], place % workers)
        for worker in range(workers):
            trio.act(action, NAMESPACES[number % 2], worker)
    trio.check_replicas()


def test_a_log_is_trimmed_and_a_new_worker_still_reads_all(
    base_runtime: Runtime, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 10)
    trio = Trio(base_runtime, [open_engine(), open_engine()])
    for number, call in enumerate([*calls_of(base_runtime).values()][:90]):
        trio.act(call, "default", number % 2)
        if number % 30 == 10:
            trio.act(CONTROL["snapshot"], "default", number % 2)
    trio.check_replicas()
