"""`make ledgers`: any sequences of calls to each provider, compared with a model after each step.

The tests play the same ledgers for some thousand steps. Here a run is as long as is asked for, spread over the
ledgers and the processors. It stops at the first sequence after which a provider and its model differ.
"""

import argparse
import os
import signal
import sys
import time

from tools.ledgers.batches import Batch, Done, run
from tools.ledgers.catalogue import LEDGERS

SECONDS_BETWEEN = 10  # two lines of progress
STEPS = 20_000


def main() -> None:
    """Play the ledgers and print what was counted; the exit code is 1 if a provider and its model differ."""
    parser = argparse.ArgumentParser(prog="python -m tools.ledgers", description=__doc__)
    parser.add_argument("--ledger", choices=LEDGERS, action="append", help="repeat it for several; default: all")
    parser.add_argument("--steps", type=int, default=STEPS, help="of all ledgers together, at least")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed makes the same sequences")
    parser.add_argument("--first", type=int, default=0, help="number of the first batch of each ledger")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    # So that the processes of the pool end, too, which they do not when this one is gone at once.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    say(f"seed {options.seed}")
    started = said = time.monotonic()
    done: list[Done] = []
    for batch in run(options.ledger or list(LEDGERS), options.seed, options.first, options.steps, options.workers):
        done.append(batch)
        if time.monotonic() - said >= SECONDS_BETWEEN:
            said = time.monotonic()
            say(f"{sum(each.steps for each in done):,} steps in {said - started:.0f} s")
    say_counts(done, time.monotonic() - started)
    broken = [each for each in done if each.error is not None]
    for each in broken:
        say(f"\nBROKEN: {name_arguments(each.batch)}\n{each.error}")
    sys.exit(bool(broken))


def say_counts(done: list[Done], seconds: float) -> None:
    """Print a line for each ledger, and the sum."""
    for ledger in LEDGERS:
        own = [each for each in done if each.batch.ledger == ledger]
        if own:
            steps, sequences, calls = (
                sum(getattr(each, name) for each in own) for name in ("steps", "sequences", "calls")
            )
            cpu = sum(each.cpu for each in own)
            say(f"{ledger}: {steps:,} steps in {sequences:,} sequences, {calls:,} calls, {cpu:.0f} s of CPU")
    say(f"all: {sum(each.steps for each in done):,} steps in {seconds:.0f} s")


def name_arguments(batch: Batch) -> str:
    """Return the arguments that play a batch again, alone."""
    return f"--ledger {batch.ledger} --seed {batch.seed} --first {batch.number} --steps 1 --workers 1"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
