"""Wire-level edges at two processes over one store, by turns: refused as by one, and the other has nothing of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext

import pytest

from paysandbox.kit.runtime import CONTROL
from tests.conformance.subject import names
from tests.conformance.wire_edges.judging import check_edge
from tests.conformance.wire_edges.over_a_store import StoredControlTarget, StoredTarget
from tests.conformance.wire_edges.reading import read_edges
from tests.helpers.redis_servers import running
from tests.system.concurrency.live import serving

MakeTarget = Callable[[str], StoredTarget]

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="module", params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def make_target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeTarget]:
    """Two processes over a store, and an API at both."""
    folder = tmp_path_factory.mktemp("stored")
    with ExitStack() as stack:
        engine = stack.enter_context(running(folder) if request.param == "redis" else nullcontext())
        store = f"sqlite:{folder / 'store.db'}" if engine is None else engine.url
        folders = [tmp_path_factory.mktemp("process") for _ in range(2)]
        addresses = [stack.enter_context(serving(folder, "--store", store)) for folder in folders]
        urls = [f"http://{host}:{port}" for host, port in addresses]

        def make(name: str) -> StoredTarget:
            target = StoredControlTarget(*urls) if name == CONTROL else StoredTarget(name, *urls)
            stack.callback(target.control.close)
            return target

        yield make


@pytest.mark.parametrize("name", names())
def test_edges_hold_at_two_processes(make_target: MakeTarget, name: str) -> None:
    target, failed = make_target(name), {}
    met = [edge for edge in read_edges() if any(map(edge.meets, target.operations))]
    assert len(met) > 200
    for edge in met:
        try:
            check_edge(target, edge)
        except Exception as error:  # noqa: BLE001 - so that all that fail are named
            failed[edge.name] = f"{type(error).__name__}: {error}"[:1000]
    assert not failed, "\n".join(f"{edge}: {why}" for edge, why in failed.items())
