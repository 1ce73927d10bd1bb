"""`python -m tools.capacity`: what several hosts over a store would carry, from costs measured on this machine."""

import argparse
import sys

from tools.capacity.costs import measure
from tools.capacity.model import Costs, Outcome, Simulation, Site, estimate_limits

CALLS = 20_000
SITES = (
    Site(hosts=1, workers=1, shards=1, clients=64, namespaces=64),
    Site(hosts=1, workers=4, shards=1, clients=256, namespaces=256),
    Site(hosts=2, workers=4, shards=1, clients=256, namespaces=256),
    Site(hosts=4, workers=4, shards=1, clients=512, namespaces=512),
    Site(hosts=8, workers=4, shards=1, clients=1024, namespaces=1024),
    Site(hosts=8, workers=4, shards=3, clients=1024, namespaces=1024),
    Site(hosts=16, workers=4, shards=3, clients=2048, namespaces=2048),
    Site(hosts=2, workers=4, shards=1, clients=256, namespaces=256, sticky=False),
    Site(hosts=2, workers=4, shards=1, clients=1, namespaces=1),
    Site(hosts=2, workers=1, shards=1, clients=16, namespaces=1),
    Site(hosts=2, workers=4, shards=1, clients=16, namespaces=1),
    Site(hosts=2, workers=4, shards=1, clients=16, namespaces=1, sticky=False),
)
HEADINGS = (
    *("hosts", "processes", "shards", "clients", "namespaces", "balancer"),
    *("calls/s", "p50 ms", "p99 ms", "redone", "processes busy", "store busy", "bottleneck"),
)


def main() -> None:
    """Measure, simulate, and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tools.capacity", description=__doc__)
    parser.add_argument("--calls", type=int, default=8000, help="of each kind, to measure with")
    parser.add_argument("--costs", help="do not measure: microseconds as CALL,APPEND,MOVED_CALL,MOVED_APPEND,NETWORK")
    parser.add_argument("--network", type=int, help="microseconds of a round trip to the store; default: as measured")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        costs = Costs(*map(int, options.costs.split(","))) if options.costs else measure(options.calls)
    except (TypeError, ValueError, RuntimeError) as error:
        sys.exit(f"capacity: {error}")
    if options.network is not None:
        costs = costs._replace(network=options.network)
    say(f"costs in µs: {', '.join(f'{name} {value}' for name, value in costs._asdict().items())}")
    limits = estimate_limits(costs, Site(1, 1, 1, 1, 1))
    say(f"calls/s of one: {', '.join(f'{name} {value:,.0f}' for name, value in limits.items())}\n")
    say(f"| {' | '.join(HEADINGS)} |")
    say("|" + "---|" * len(HEADINGS))
    for site in SITES:
        say(render_row(site, Simulation(costs, site, options.seed).run(CALLS)))


def render_row(site: Site, outcome: Outcome) -> str:
    cells = (
        site.hosts,
        site.hosts * site.workers,
        site.shards,
        site.clients,
        site.namespaces,
        "by namespace" if site.sticky else "any host",
        f"{outcome.rate:,.0f}",
        f"{outcome.median / 1000:.1f}",
        f"{outcome.p99 / 1000:.1f}",
        f"{outcome.redone:.2f}",
        f"{outcome.worker_load:.0%}",
        f"{outcome.shard_load:.0%}",
        outcome.bottleneck,
    )
    return f"| {' | '.join(map(str, cells))} |"


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it is a command line


if __name__ == "__main__":
    main()
