"""`make bench`: what the sandbox costs beside a bare application on the same server, medians of interleaved rounds."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.bench import growth, inside, latency, lists, starting, throughput
from tools.bench.figures import Figure, document, table
from tools.bench.plan import QUICK, Plan, tell
from tools.bench.processes import on_last_core
from tools.charts import line_chart

GROUPS: Final[Mapping[str, Callable[[Plan], Iterator[Figure]]]] = {
    "start": starting.measured,
    "throughput": throughput.measured,
    "latency": latency.measured,
    "inside": inside.measured,
}
CURVES: Final[Mapping[str, Callable[[Plan], list[growth.Kind]]]] = {
    "growth": growth.measured,
    "lists": lists.measured,
}


def main() -> None:
    """Measure, print a table, and write JSON and a chart if asked to."""
    options = _options()
    plan = QUICK if options.quick else Plan()
    plan = plan._replace(rounds=options.rounds or plan.rounds, seconds=options.seconds or plan.seconds)
    wanted = options.only or [*GROUPS, *CURVES]
    logging.disable(logging.WARNING)  # a thousand namespaces that go are the point here
    load, started = os.getloadavg(), time.perf_counter()
    on_last_core()
    figures: list[Figure] = []
    kinds: list[growth.Kind] = []
    for name in wanted:
        if name in GROUPS:
            figures += GROUPS[name](plan)
        else:
            kinds += CURVES[name](plan)
    tell(f"{time.perf_counter() - started:.0f} s")
    figures += [kind.figure() for kind in kinds]
    sys.stdout.write(table(figures))
    if options.json:
        options.json.write_text(
            document(figures, {f"{kind.of.what}, {kind.of.unit}, µs": kind.curve() for kind in kinds}, load),
            encoding="utf-8",
        )
    drawn = {kind.of.unit: kind.curve() for kind in kinds if kind.of.drawn}
    if options.plot and drawn:
        line_chart(options.plot, *growth.TITLES, drawn, log_x=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help=f"of each measurement, {Plan().rounds} by default")
    parser.add_argument("--seconds", type=float, help=f"of load in a round, {Plan().seconds} by default")
    parser.add_argument("--only", nargs="+", choices=[*GROUPS, *CURVES], metavar="NAME", help="some groups alone")
    parser.add_argument("--quick", action="store_true", help="a minute's run: fewer rounds, less in the sandbox")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, with every round")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw there what calls cost against size")
    return parser.parse_args()


if __name__ == "__main__":
    main()
