"""Run tasks in parallel: one worker process for each processor, each doing one task at a time."""

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

T = TypeVar("T")
R = TypeVar("R")
Log = Callable[[str], None]
Work = Callable[[T, Log], R]

FORK: Final = "fork"
_PATIENCE: Final = 20  # seconds for a worker that was interrupted to clean up


class _Done(Struct, frozen=True):
    """Result of a task, or the exception that it raised."""

    result: Any
    error: Exception | None = None


def run_in_parallel(work: Work[T, R], tasks: Sequence[T], log: Log) -> list[R | None]:
    """Do the work on each task; return the results in the order of the tasks. A single task runs in this process.

    `work` is a module-level function, because other processes import it. An exception in a worker is raised here, and
    interrupts the others. Ctrl+C interrupts the work, which may end with a result all the same; the result of a task
    without one, or that was not begun, is None then.
    """
    if len(tasks) <= 1:
        return [work(task, log) for task in tasks]
    results: dict[int, R] = {}
    waiting = iter(enumerate(tasks))
    busy: dict[Connection, int] = {}
    with _start_workers(work, min(len(tasks), os.cpu_count() or 1)) as workers:
        try:
            for worker in workers:
                _assign(worker, waiting, busy)
            while busy:
                for worker in _wait(busy):
                    message = _receive(worker)
                    if not isinstance(message, _Done):
                        log(message)
                        continue
                    if message.error is not None:
                        raise message.error
                    results[busy.pop(worker)] = message.result
                    _assign(worker, waiting, busy)
        except KeyboardInterrupt:
            results |= _collect_interrupted(workers, busy)
    return [results.get(number) for number in range(len(tasks))]


def _collect_interrupted(workers: Mapping[Connection, BaseProcess], busy: dict[Connection, int]) -> dict[int, Any]:
    """Interrupt the workers, and return the results with which they end."""
    results: dict[int, Any] = {}
    _interrupt_all(workers.values())
    while busy and (ready := _wait(busy, _PATIENCE)):
        for worker in ready:
            try:
                message = worker.recv()
            except EOFError:  # it was interrupted outside of its work
                del busy[worker]
                continue
            if isinstance(message, _Done):
                number = busy.pop(worker)
                results |= {} if message.error is not None else {number: message.result}
    _dismiss_all(workers)
    return results


def _wait(busy: Collection[Connection], seconds: int | None = None) -> list[Connection]:
    """Return the workers with a message, or whose process has ended; none if all stay silent for so many seconds."""
    ready = wait(busy, seconds)
    return [worker for worker in busy if worker in ready]


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
def _start_workers(work: Work[Any, Any], count: int) -> Iterator[Mapping[Connection, BaseProcess]]:
    """Context manager: worker processes by their connections, interrupted if the block raises."""
    method = choose_start_method()
    context = get_context(method)
    workers: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            inherited = (*workers, ours) if method == FORK else ()
            process: BaseProcess = context.Process(  # type: ignore[attr-defined] # each context has one
                target=_run_worker, args=(work, theirs, inherited), daemon=True
            )
            process.start()
            theirs.close()
            workers[ours] = process
        yield workers
    except BaseException:
        _interrupt_all(workers.values())
        _dismiss_all(workers)  # an interrupted task may end with a result, and its worker waits for another one then
        raise
    finally:
        for process in workers.values():
            process.join(_PATIENCE)
        for worker in workers:
            worker.close()


def choose_start_method() -> str:
    """How multiprocessing is to start a worker: by a fork, if this process has one thread only.

    A fork has the libraries already, which another process takes a second to import. With threads it may hang, because
    they may hold locks; macOS starts some inside its own libraries.
    """
    is_alone = sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1
    return FORK if is_alone else "spawn"


def _interrupt_all(processes: Iterable[BaseProcess]) -> None:
    for process in processes:
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGINT)


def _dismiss_all(workers: Iterable[Connection]) -> None:
    """Tell the workers that there are no more tasks."""
    for worker in workers:
        with suppress(OSError):
            worker.send(None)


def _run_worker(work: Work[Any, Any], worker: Connection, inherited: Iterable[Connection]) -> None:
    """Do tasks until None comes, or until the first process ends.

    `inherited` are its own ends of connections, which would seem open as long as a fork has them.
    """
    for connection in inherited:
        connection.close()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with suppress(KeyboardInterrupt, ConnectionError, EOFError):
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
