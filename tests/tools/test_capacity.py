"""The simulation of hosts and shards agrees with arithmetic where there is any, and costs are measured for real."""

import pytest

from tests.helpers.redis_servers import find_redis
from tools.capacity.__main__ import HEADINGS, SITES, render_row
from tools.capacity.costs import measure
from tools.capacity.model import Costs, Outcome, Simulation, Site, estimate_limits

COSTS = Costs(call=200, append=50, moved_call=500, moved_append=120, network=100)
CALLS = 5000


def simulate(site: Site, costs: Costs = COSTS) -> Outcome:
    return Simulation(costs, site).run(CALLS)


def test_one_client_waits_for_each_step() -> None:
    outcome = simulate(Site(hosts=1, workers=1, shards=1, clients=1, namespaces=1))
    assert outcome.rate == pytest.approx(1e6 / 350, rel=0.001)
    assert (outcome.median, outcome.p99, outcome.redone) == (350, 350, 0)
    assert outcome.worker_load == pytest.approx(200 / 350, abs=0.01)
    assert outcome.shard_load == pytest.approx(50 / 350, abs=0.01)
    assert outcome.bottleneck == "clients or a namespace"


@pytest.mark.parametrize(
    ("hosts", "workers", "shards", "bottleneck"),
    [(1, 1, 1, "processes"), (1, 3, 1, "processes"), (4, 4, 1, "store"), (4, 4, 3, "store"), (2, 4, 3, "processes")],
)
def test_many_namespaces_are_bounded_by_processes_or_shards(
    hosts: int, workers: int, shards: int, bottleneck: str
) -> None:
    """Within a twentieth: connections are not spread evenly over processes."""
    site = Site(hosts, workers, shards, clients=1000, namespaces=1000)
    limits = estimate_limits(COSTS, site)
    outcome = simulate(site)
    assert outcome.rate == pytest.approx(min(limits["processes"], limits["store"]), rel=0.05)
    assert outcome.bottleneck == bottleneck
    assert max(outcome.worker_load, outcome.shard_load) <= 1
    assert outcome.redone == 0


def test_a_busy_namespace_is_served_by_one_process_at_a_time() -> None:
    """More processes do not help it, and those that take turns at it are slower than one."""
    alone = simulate(Site(hosts=1, workers=1, shards=1, clients=32, namespaces=1))
    assert alone.rate == pytest.approx(estimate_limits(COSTS, Site(1, 1, 1, 1, 1))["a namespace"], rel=0.001)
    spread = simulate(Site(hosts=4, workers=1, shards=3, clients=32, namespaces=1, sticky=False))
    assert spread.rate < alone.rate
    assert spread.redone > 0.5


def test_a_balancer_that_knows_namespaces_saves_the_moves() -> None:
    sites = [Site(hosts=4, workers=1, shards=1, clients=64, namespaces=64, sticky=sticky) for sticky in (True, False)]
    by_namespace, by_chance = map(simulate, sites)
    assert by_namespace.rate > 1.5 * by_chance.rate


def test_the_same_seed_gives_the_same_outcome() -> None:
    site = Site(hosts=2, workers=2, shards=1, clients=16, namespaces=4, sticky=False)
    assert simulate(site) == simulate(site)
    assert Simulation(COSTS, site, seed=1).run(CALLS) != simulate(site)


def test_a_row_has_a_cell_for_each_heading() -> None:
    for site in SITES:
        assert render_row(site, Outcome(1, 1, 1, 1, 1, 1)).count(" | ") == len(HEADINGS) - 1


def test_costs_are_measured() -> None:
    """A namespace that moves costs more, at both ends."""
    find_redis()
    costs = measure(800)
    assert 0 < costs.append < costs.moved_append
    assert 0 < costs.call < costs.moved_call
    assert 0 < costs.network < 100_000
