"""Tasks side by side, as many as there are processors: each lane is a process that is given one after the other."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final, TypeVar

from msgspec import Struct

T = TypeVar("T")
R = TypeVar("R")
Tell = Callable[[str], None]
Work = Callable[[T, Tell], R]

_PATIENCE: Final = 20  # seconds for a lane that was interrupted to clean up


class _Done(Struct, frozen=True):
    """What came of a task, or what it raised."""

    result: Any
    error: Exception | None = None


def run_in_parallel(work: Work[T, R], tasks: Sequence[T], tell: Tell) -> list[R]:
    """The results of the work on each task, in the order of the tasks. A single task is done in this process.

    `work` is a function of a module, as other processes have to find it; what it raises, this raises. Whatever ends
    this early also interrupts the work in the lanes, as Ctrl+C does, and waits until they have cleaned up.
    """
    count = min(len(tasks), os.cpu_count() or 1)
    if count <= 1:
        return [work(task, tell) for task in tasks]
    results: dict[int, R] = {}
    waiting = iter(enumerate(tasks))
    busy: dict[Connection, int] = {}
    with _lanes(work, count) as lanes:
        for lane in lanes:
            _give(lane, waiting, busy)
        while busy:
            ready = wait(list(busy))
            for lane in [one for one in busy if one in ready]:
                said = _received(lane)
                if not isinstance(said, _Done):
                    tell(said)
                    continue
                if said.error is not None:
                    raise said.error
                results[busy.pop(lane)] = said.result
                _give(lane, waiting, busy)
    return [results[number] for number in range(len(tasks))]


def _received(lane: Connection) -> Any:
    try:
        return lane.recv()
    except EOFError:
        raise RuntimeError("a process that did a part of the work has died; its last words are above") from None


def _give(lane: Connection, waiting: Iterator[tuple[int, Any]], busy: dict[Connection, int]) -> None:
    number, task = next(waiting, (-1, None))
    lane.send(task)
    if number >= 0:
        busy[lane] = number


@contextmanager
def _lanes(work: Work[Any, Any], count: int) -> Iterator[list[Connection]]:
    """Lanes for a block; at its end each has been told that there is nothing more, or is interrupted."""
    context = get_context("spawn")  # a copy of a process that has threads may hang
    processes: list[SpawnProcess] = []
    lanes: list[Connection] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_lane, args=(work, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            lanes.append(ours)
        yield lanes
    except BaseException:
        for process in processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGINT)
        raise
    finally:
        for process in processes:
            process.join(_PATIENCE)
        for lane in lanes:
            lane.close()


def _lane(work: Work[Any, Any], lane: Connection) -> None:
    """Do what is given until nothing more is."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, _interrupt)
    with suppress(KeyboardInterrupt, BrokenPipeError, EOFError):
        while (task := lane.recv()) is not None:
            try:
                done = _Done(work(task, lane.send))
            except Exception as error:  # noqa: BLE001 - whatever it is, the first process raises it
                done = _Done(None, error)
            lane.send(done)


def _interrupt(*_: Any) -> None:
    """Once only: a terminal and the first process may both ask for it, and the cleaning up must not be cut short."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
