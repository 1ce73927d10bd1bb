"""Run tasks in parallel: one worker process for each processor, each doing one task at a time."""

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
Log = Callable[[str], None]
Work = Callable[[T, Log], R]

_PATIENCE: Final = 20  # seconds for a worker that was interrupted to clean up


class _Done(Struct, frozen=True):
    """Result of a task, or the exception that it raised."""

    result: Any
    error: Exception | None = None


def run_in_parallel(work: Work[T, R], tasks: Sequence[T], log: Log) -> list[R]:
    """Do the work on each task; return the results in the order of the tasks. A single task runs in this process.

    `work` is a module-level function, because other processes import it. An exception in a worker is raised here. An
    exception or Ctrl+C here interrupts the workers and waits until they have cleaned up.
    """
    count = min(len(tasks), os.cpu_count() or 1)
    if count <= 1:
        return [work(task, log) for task in tasks]
    results: dict[int, R] = {}
    waiting = iter(enumerate(tasks))
    busy: dict[Connection, int] = {}
    with _start_workers(work, count) as workers:
        for worker in workers:
            _assign(worker, waiting, busy)
        while busy:
            ready = wait(list(busy))
            for worker in [connection for connection in busy if connection in ready]:
                message = _receive(worker)
                if not isinstance(message, _Done):
                    log(message)
                    continue
                if message.error is not None:
                    raise message.error
                results[busy.pop(worker)] = message.result
                _assign(worker, waiting, busy)
    return [results[number] for number in range(len(tasks))]


def _receive(worker: Connection) -> Any:
    try:
        return worker.recv()
    except EOFError:
        raise RuntimeError("a worker process has died; its last output is above") from None


def _assign(worker: Connection, waiting: Iterator[tuple[int, Any]], busy: dict[Connection, int]) -> None:
    number, task = next(waiting, (-1, None))
    worker.send(task)
    if number >= 0:
        busy[worker] = number


@contextmanager
def _start_workers(work: Work[Any, Any], count: int) -> Iterator[list[Connection]]:
    """Context manager: worker processes, interrupted if the block raises."""
    context = get_context("spawn")  # because a forked process with threads may hang
    processes: list[SpawnProcess] = []
    workers: list[Connection] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_run_worker, args=(work, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            workers.append(ours)
        yield workers
    except BaseException:
        for process in processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGINT)
        raise
    finally:
        for process in processes:
            process.join(_PATIENCE)
        for worker in workers:
            worker.close()


def _run_worker(work: Work[Any, Any], worker: Connection) -> None:
    """Do tasks until None comes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with suppress(KeyboardInterrupt, BrokenPipeError, EOFError):
        while (task := worker.recv()) is not None:
            try:
                done = _Done(work(task, worker.send))
            except Exception as error:  # noqa: BLE001 - whatever it is, the first process raises it
                done = _Done(None, error)
            worker.send(done)


def _interrupt(*_: Any) -> None:
    """Interrupt once, because a terminal and the parent may both signal, and cleaning up must not be interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
