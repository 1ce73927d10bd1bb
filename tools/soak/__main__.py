"""`make soak`: minutes of mixed load, samples of memory beside it, and a stop in the middle; 1 if a claim fails."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from tools.soak.judgement import passed, table
from tools.soak.run import Plan, Sample, Seen, Soak

TOLD_EVERY = 15  # samples of a second each
HEAD = "second  own MiB  RSS MiB  files  calls/s  p50 ms  p99 ms  journal"


def main() -> int:
    """Run, print, and write what is asked for."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="of load")
    parser.add_argument("--journal-entries", type=int, default=plan.journal_entries, help="the server's option")
    parser.add_argument("--journal-bytes", type=int, default=plan.journal_bytes, help="the server's option")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples and claims there")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the memory there")
    options = parser.parse_args()
    plan = Plan(options.seconds, options.journal_entries, options.journal_bytes)
    kept = f"journals keep {plan.journal_entries} calls each, {plan.journal_bytes} bytes in all"
    say(f"{plan.seconds:.0f} s of load; {kept}")
    say(HEAD)
    seen = uvloop.run(Soak(plan, Progress()).run())
    say(f"\n{counts(seen)}\n\n{table(seen.claims)}")
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(seen), indent=1) + b"\n")
    if options.plot:
        draw(options.plot, seen)
    return 0 if passed(seen.claims) else 1


class Progress:
    """Tells one sample in many on a line; on a terminal the others too, on one line that each overwrites."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, sample: Sample) -> None:
        """Tell a sample, if it is its turn."""
        line = (
            f"{sample.at:6.0f} {sample.own:8.1f} {sample.resident:8.1f} {sample.descriptors:6} {sample.rate:8.0f} "
            f"{sample.p50:7.2f} {sample.p99:7.2f} {sample.journal:8}"
        )
        self._told += 1
        if self._told % TOLD_EVERY == 0:
            say(line)
        elif sys.stdout.isatty():
            sys.stdout.write(f"{line}\r")
            sys.stdout.flush()


def counts(seen: Seen) -> str:
    """What was sent, answered and ordered."""
    calls = sum(seen.kinds.values())
    parts: dict[str, dict[Any, int]] = {
        "calls": {"all": calls, **seen.kinds},
        "statuses": dict(sorted(seen.statuses.items())),
        "faults": seen.fired,
    }
    return "\n".join(
        f"{name}: {', '.join(f'{key} {value}' for key, value in one.items())}" for name, one in parts.items()
    )


def draw(path: Path, seen: Seen) -> None:
    """Memory over time as SVG."""
    from tools.charts import line_chart  # noqa: PLC0415 - what draws is wanted for this alone

    curves: dict[str, Any] = {
        "RSS": [(one.at, one.resident) for one in seen.samples],
        "of its own": [(one.at, one.own) for one in seen.samples],
    }
    if seen.full_at is not None:
        top = max(one.resident for one in seen.samples)
        curves["all journals full"] = [(seen.full_at, 0), (seen.full_at, top)]
    line_chart(path, "Memory under mixed load", "seconds", "MiB", curves)


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
