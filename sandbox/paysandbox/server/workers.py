"""Worker processes of one sandbox, forked from a process that has bound its sockets and read its files.

uvicorn's own process manager does not fit: it pickles the application's import path, knows nothing of TLS listeners and
ready files, and kills a worker that does not answer its ping in time, be it only busy.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from time import sleep
from typing import Final, NamedTuple, NoReturn, cast

import uvicorn

from paysandbox.core.clock import SECOND, read_ticks
from paysandbox.core.problems import StartupError
from paysandbox.kit.metrics import Board, Metrics
from paysandbox.server.live import STOP_SECONDS, Live
from paysandbox.server.reloading import NO_RELOAD

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_PATIENCE_SECONDS: Final = 2 * STOP_SECONDS  # for a worker to stop, before it is killed
_PAUSE_SECONDS: Final = 1  # between two starts, so that workers that die at once do not spin
_PUBLISH_SECONDS: Final = 1
_FAILED: Final = 1  # exit code of a worker that has said why in the log
_log = logging.getLogger("paysandbox.workers")

CreateServer = Callable[[Callable[[], None]], uvicorn.Server]


class WorkerFailed(Exception):
    """A worker stopped before it answered."""


class _Worker(NamedTuple):
    """A worker process, and the end of a pipe that says when it is ready."""

    process: ForkProcess
    ready: Connection


class Workers:
    """The workers of a sandbox; the kernel gives each connection to one that is free."""

    def __init__(self, live: Live, count: int, create_server: CreateServer) -> None:
        """`create_server` creates the server of a worker in its process; its argument is to be called when it is ready.

        The sandbox must have a store other than memory.
        """
        self._live, self._create_server = live, create_server
        self._fork = multiprocessing.get_context("fork")
        # Nothing is ever written: it ends when this process does, however that happens, and the workers stop then.
        self._alive, self._held = self._fork.Pipe(duplex=False)
        self._workers: list[_Worker | None] = [None] * count
        self._board = Board(count)
        self._next_start = read_ticks()

    def run(self, on_ready: Callable[[], None]) -> NoReturn:
        """Keep the workers running until a signal handler raises; call `on_ready` once each of them answers.

        Raises:
            WorkerFailed: a worker stopped before it was ready.
        """
        signal.signal(signal.SIGHUP, _refuse_reload)
        self._live.close_store()  # processes must not share a connection to it
        try:
            for slot in range(len(self._workers)):
                self._start(slot)
            for worker in self._list_running():
                _await_ready(worker)
            on_ready()
            while True:
                slot = self._await_death()
                sleep(max(self._next_start - read_ticks(), 0) / SECOND)
                self._start(slot)
        finally:
            self._stop()

    def _list_running(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker is not None]

    def _start(self, slot: int) -> None:
        self._next_start = read_ticks() + _PAUSE_SECONDS * SECOND
        ready, tell_ready = self._fork.Pipe(duplex=False)
        process = self._fork.Process(target=self._work, args=(slot, tell_ready), daemon=True)
        # A signal between the fork and the note of it would leave a worker that nothing stops.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            process.start()
            self._workers[slot] = _Worker(process, ready)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        tell_ready.close()

    def _await_death(self) -> int:
        """Wait until a worker has ended, and return its slot."""
        sentinels = {worker.process.sentinel: slot for slot, worker in enumerate(self._workers) if worker is not None}
        slot = sentinels[cast("int", wait(list(sentinels))[0])]
        worker, self._workers[slot] = self._workers[slot], None
        assert worker is not None  # as it had a sentinel
        worker.ready.close()
        worker.process.join()  # at once, but the sentinel can be a moment earlier
        _log.error("worker %d %s; another one takes its place", worker.process.pid, _describe_end(worker.process))
        return slot

    def _stop(self) -> None:
        """Stop all workers, and kill those that take too long."""
        self._live.close_sockets()  # those of the workers are the last then, so that a late client is refused at once
        processes = [worker.process for worker in self._list_running()]
        for process in processes:
            process.terminate()
        deadline = read_ticks() + _PATIENCE_SECONDS * SECOND
        for process in processes:
            process.join(max(deadline - read_ticks(), 0) / SECOND)
            if process.is_alive():
                process.kill()
                process.join()

    def _work(self, slot: int, tell_ready: Connection) -> None:
        """Serve, in a process of its own, until a signal arrives or the process that started it is gone."""
        for number in _STOPS:
            signal.signal(number, _exit_at_once)  # until the server handles them, and after it has stopped
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes sends it to all processes
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        self._held.close()
        for worker in self._list_running():
            worker.ready.close()
        try:
            self._live.reopen_store()
        except StartupError as error:
            _log.error("a worker did not start: %s", "; ".join(error.errors))
            raise SystemExit(_FAILED) from None
        runtime = self._live.runtime
        runtime.metrics = metrics = Metrics(runtime, self._board, slot)

        def publish() -> None:
            metrics.publish()
            asyncio.get_running_loop().call_later(_PUBLISH_SECONDS, publish)

        def announce() -> None:
            asyncio.get_running_loop().add_reader(self._alive.fileno(), stop)
            publish()
            with suppress(OSError):
                tell_ready.send(None)
            tell_ready.close()

        def stop() -> None:
            asyncio.get_running_loop().remove_reader(self._alive.fileno())
            server.should_exit = True

        server = self._create_server(announce)
        self._live.run(server)


def _await_ready(worker: _Worker) -> None:
    try:
        worker.ready.recv()
    except EOFError:
        worker.process.join()
        end = _describe_end(worker.process)
        raise WorkerFailed(f"a worker {end} before it was ready; its log says why") from None


def _refuse_reload(*_: object) -> None:
    _log.error(NO_RELOAD)


def _exit_at_once(*_: object) -> NoReturn:
    os._exit(0)


def _describe_end(worker: ForkProcess) -> str:
    code = worker.exitcode or 0
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
