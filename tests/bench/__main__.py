"""`make bench`: what the sandbox costs beside a bare application on the same server, medians of interleaved rounds."""

import argparse
import json
import sys
from itertools import count
from pathlib import Path
from statistics import median
from time import sleep

from tests.bench import inside
from tests.bench.load import payments, throughput
from tests.bench.processes import BARE, SANDBOX, on_last_core, running

PATH = "/invisible-collector/payments"
HEALTH = b"GET /_sandbox/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


def main() -> None:
    """Measure, print a table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of load in a round")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    on_last_core()
    figures = measured_throughput(options.rounds, options.seconds) | measured_start(options.rounds)
    figures |= inside.measured(options.rounds)
    for name, value in figures.items():
        sys.stdout.write(f"{name:58} {value:10.3f}\n")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def measured_throughput(rounds: int, seconds: float) -> dict[str, float]:
    """Valid POST /payments, in requests per second and as a share of the bare application's, under two loads."""
    figures = {}
    with running(BARE, HEALTH) as bare, running(SANDBOX, HEALTH) as sandbox:
        numbers = count(0, 10_000_000)
        for load, connections in (("a client that waits", 1), ("16 connections", 16)):
            bare_rates, rates, shares = [], [], []
            for _ in range(rounds):
                bare_rates.append(throughput(bare.port, payments(PATH, 0), seconds, connections))
                rates.append(throughput(sandbox.port, payments(PATH, next(numbers)), seconds, connections))
                shares.append(rates[-1] / bare_rates[-1])
            figures[f"{load}: bare application, requests/s"] = median(bare_rates)
            figures[f"{load}: valid POST /payments, requests/s"] = median(rates)
            figures[f"{load}: share of the bare application's"] = median(shares)
    return figures


def measured_start(rounds: int) -> dict[str, float]:
    """From the start of the process to its first answer, and the memory it then needs."""
    bare_times, times, ratios, memory = [], [], [], []
    for _ in range(rounds + 1):  # the first round only warms the files
        with running(BARE, HEALTH) as bare:
            bare_times.append(bare.first_answer)
        with running(SANDBOX, HEALTH) as sandbox:
            times.append(sandbox.first_answer)
            sleep(0.5)
            memory.append(sandbox.memory())
        ratios.append(times[-1] / bare_times[-1])
    return {
        "bare uvicorn, first answer, ms": median(bare_times[1:]) * 1000,
        "serve, first answer, ms": median(times[1:]) * 1000,
        "times bare uvicorn's (at most 2)": median(ratios[1:]),
        "serve, idle, MiB (at most 60)": median(memory[1:]),
    }


if __name__ == "__main__":
    main()
