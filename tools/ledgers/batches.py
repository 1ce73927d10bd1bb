"""Batches of sequences, played in several processes; each can be played again by its seed and number."""

import time
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from itertools import count
from multiprocessing import get_context

from msgspec import Struct

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import Played, play
from tests.helpers.runtimes import read_runtime
from tools.ledgers.catalogue import LEDGERS

SEQUENCES, STEPS = 40, 50  # of a batch, and of a sequence


class Batch(Struct, frozen=True):
    """The sequences of a ledger that a seed and a number make."""

    ledger: str
    seed: int
    number: int


class Done(Struct, frozen=True):
    """What a batch counted, its seconds of CPU, and the error that ended it."""

    batch: Batch
    sequences: int
    steps: int
    calls: int
    cpu: float
    error: str | None


def run(ledgers: list[str], seed: int, first: int, steps: int, workers: int) -> Iterator[Done]:
    """Play batches, the ledgers in turn, until so many steps are made or one is broken; yield each as it ends."""
    batches = (Batch(ledger, seed, number) for number in count(first) for ledger in ledgers)
    made = 0
    # Spawned, not forked: a child must not inherit what the parent has read or drawn.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: set[Future[Done]] = {pool.submit(play_batch, next(batches)) for _ in range(workers)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                done = future.result()
                made = steps if done.error is not None else made + done.steps
                yield done
                if made < steps:
                    running.add(pool.submit(play_batch, next(batches)))


def play_batch(batch: Batch) -> Done:
    """Play a batch in this process."""
    played, error = Played(), None
    started = time.process_time()
    try:
        number = batch.seed * 1_000_000 + batch.number
        machine = LEDGERS[batch.ledger]
        play(machine, _read_runtime(), sequences=SEQUENCES, steps=STEPS, number=number, played=played)
    except Exception as difference:  # noqa: BLE001 - a call that raises is a finding, like a difference
        error = "".join(traceback.format_exception(difference))
    return Done(
        batch=batch,
        sequences=played.sequences,
        steps=played.steps,
        calls=played.calls.total(),
        cpu=time.process_time() - started,
        error=error,
    )


@cache
def _read_runtime() -> Runtime:
    """Contracts and fixtures, read once in a process."""
    return read_runtime()
