"""`make soak`: minutes of mixed load, memory sampled beside it, and a stop under load; 1 if a claim fails."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from tools.soak.judgement import format_claims, have_passed
from tools.soak.run import Findings, Plan, Sample, Soak

PRINTED_EVERY = 15  # samples of a second each


def main() -> int:
    """Run, print, and write the files that were asked for."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="of load")
    parser.add_argument("--journal-entries", type=int, default=plan.journal_entries, help="the server's option")
    parser.add_argument("--journal-bytes", type=int, default=plan.journal_bytes, help="the server's option")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples and claims there")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the memory there")
    options = parser.parse_args()
    plan = Plan(options.seconds, options.journal_entries, options.journal_bytes)
    write(f"{plan.seconds:.0f} s of load")
    write(f"journals keep {plan.journal_entries} calls each, {plan.journal_bytes} bytes in all")
    write("second  own MiB  RSS MiB  calls/s")
    findings = uvloop.run(Soak(plan, Progress()).run())
    write(f"\n{format_claims(findings.claims)}")
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=1) + b"\n")
    if options.plot:
        draw(options.plot, findings)
    return 0 if have_passed(findings.claims) else 1


class Progress:
    """Prints a line for one sample in many."""

    def __init__(self) -> None:
        self._samples = 0

    def __call__(self, sample: Sample) -> None:
        """Print a sample, if it is its turn."""
        self._samples += 1
        if self._samples % PRINTED_EVERY == 0:
            write(f"{sample.at:6.0f} {sample.own:8.1f} {sample.resident:8.1f} {sample.calls:8.0f}")


def draw(path: Path, findings: Findings) -> None:
    """Draw memory over time as SVG."""
    from tools.charts import line_chart  # noqa: PLC0415 - the chart library is needed for this alone

    curves: dict[str, Any] = {
        "RSS": [(sample.at, sample.resident) for sample in findings.samples],
        "of its own": [(sample.at, sample.own) for sample in findings.samples],
    }
    if findings.full_at is not None:
        top = max(sample.resident for sample in findings.samples)
        curves["all journals full"] = [(findings.full_at, 0), (findings.full_at, top)]
    line_chart(path, "Memory under mixed load", "seconds", "MiB", curves)


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
