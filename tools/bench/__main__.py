"""`make bench`: what the sandbox costs beside a bare application on the same server, medians of interleaved rounds."""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tools.bench import console, goals, growth, inside, latency, lists, pages, peers, rows, starting, stores, throughput
from tools.bench.baseline import UnknownRevision, check_out
from tools.bench.figures import Figure, render_goals, render_json, render_table
from tools.bench.plan import QUICK, Plan, tell
from tools.bench.processes import on_last_core
from tools.charts import line_chart

_PEERS: Final = "peers"
GROUPS: Final[Mapping[str, Callable[[Plan], Iterator[Figure]]]] = {
    "start": starting.measured,
    "throughput": throughput.measured,
    "latency": latency.measured,
    "calls": rows.measured,
    "inside": inside.measured,
    "console": console.measured,
    "pages": pages.measured,
    "stores": stores.measured,
    _PEERS: peers.measured,
}
CURVES: Final[Mapping[str, Callable[[Plan], list[growth.Kind]]]] = {
    "growth": growth.measured,
    "lists": lists.measured,
}


def main() -> None:
    """Measure, print tables, and write JSON and a chart if asked to."""
    options = _options()
    plan = QUICK if options.quick else Plan()
    plan = plan._replace(rounds=options.rounds or plan.rounds, seconds=options.seconds or plan.seconds)
    plan = plan._replace(stores=tuple(options.store))
    logging.disable(logging.WARNING)  # a thousand namespaces that go are the point here
    load = [round(value, 2) for value in os.getloadavg()]
    about: dict[str, Any] = {"load_at_start": load}
    with ExitStack() as stack:
        if options.against is not None:
            try:
                before = stack.enter_context(check_out(options.against))
            except UnknownRevision as error:
                sys.exit(str(error))
            tell(f"beside {before.commit}: {before.subject}")
            about["against"] = {"commit": before.commit, "subject": before.subject}
            plan = plan._replace(before=before.package)
        figures, kinds = _measure(plan, _choose(options))
    sys.stdout.write(f"{render_table(figures)}\n{render_goals(goals.ALL, figures)}")
    sys.stdout.write(f"\nLoad of the machine when the run began: {', '.join(map(str, load))}\n")
    if options.json:
        curves = {f"{kind.of.what}, {kind.of.unit}, µs": kind.curve() for kind in kinds}
        options.json.write_text(render_json(figures, curves, about), encoding="utf-8")
    drawn = {kind.of.unit: kind.curve() for kind in kinds if kind.of.drawn}
    if options.plot and drawn:
        line_chart(options.plot, *growth.TITLES, drawn, log_x=True)


def _measure(plan: Plan, names: Sequence[str]) -> tuple[list[Figure], list[growth.Kind]]:
    """Measure these groups and curves one after the other."""
    started = time.perf_counter()
    on_last_core()
    figures: list[Figure] = []
    kinds: list[growth.Kind] = []
    for name in names:
        if name in GROUPS:
            figures += GROUPS[name](plan)
        else:
            kinds += CURVES[name](plan)
    tell(f"{time.perf_counter() - started:.0f} s")
    return [*figures, *(kind.figure() for kind in kinds)], kinds


def _choose(options: argparse.Namespace) -> list[str]:
    """The groups that are asked for: all but the peers, which are installed for a run that names them."""
    chosen: list[str] = options.only or [name for name in (*GROUPS, *CURVES) if name != _PEERS]
    return chosen if not options.peers or _PEERS in chosen else [*chosen, _PEERS]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help=f"of each measurement, {Plan().rounds} by default")
    parser.add_argument("--seconds", type=float, help=f"of load in a round, {Plan().seconds} by default")
    parser.add_argument("--only", nargs="+", choices=[*GROUPS, *CURVES], metavar="NAME", help="some groups alone")
    parser.add_argument("--against", metavar="REV", help="measure an older commit as well, interleaved with this one")
    parser.add_argument("--peers", action="store_true", help="install other mocks for the run, and measure them too")
    parser.add_argument("--store", action="append", default=[], metavar="URL", help="measure this store, too")
    parser.add_argument("--quick", action="store_true", help="a minute's run: fewer rounds, less in the sandbox")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, with every round")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw there what calls cost against size")
    return parser.parse_args()


if __name__ == "__main__":
    main()
