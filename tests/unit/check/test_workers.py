"""Tasks side by side: results in order, lines as they come, and nothing left to run when it ends early."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from paysandbox.check.workers import _PATIENCE, FORK, choose_start_method, run_in_parallel
from tests.helpers.pytest_projects import ROOT

Log = Callable[[str], None]


def doubled(number: int, log: Log) -> int:
    """Work that tells of each task; tasks below 0 raise, and 99 ends its process."""
    log(f"{number} in {os.getpid()}")
    if number < 0:
        raise ValueError(f"{number} is too small")
    if number == 99:
        os._exit(3)
    return 2 * number


@pytest.fixture(params=[FORK, "spawn"])
def two_workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds of workers, because a user's machine decides which there are."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("paysandbox.check.workers.choose_start_method", lambda: request.param)


@pytest.mark.usefixtures("two_workers")
def test_results_come_in_the_order_of_the_tasks() -> None:
    """Whichever worker did them; there are no more workers than processors, and none is this process."""
    told: list[str] = []
    assert run_in_parallel(doubled, [1, 2, 3, 4, 5], told.append) == [2, 4, 6, 8, 10]
    assert sorted(line.split()[0] for line in told) == ["1", "2", "3", "4", "5"]
    workers = {int(line.split()[-1]) for line in told}
    assert len(workers) <= 2
    assert os.getpid() not in workers


def test_a_single_task_stays_in_this_process() -> None:
    """A process more would only cost."""
    told: list[str] = []
    assert run_in_parallel(doubled, [7], told.append) == [14]
    assert told == [f"7 in {os.getpid()}"]
    assert run_in_parallel(doubled, [], told.append) == []


@pytest.mark.usefixtures("two_workers")
@pytest.mark.parametrize(
    ("tasks", "error", "says"),
    [([1, -1, 2], ValueError, "-1 is too small"), ([1, 99], RuntimeError, "a worker process has died")],
    ids=["raises", "dies"],
)
def test_what_goes_wrong_in_a_lane_goes_wrong_here(tasks: list[int], error: type[Exception], says: str) -> None:
    """With the same words, or with the news that the process is gone."""
    with pytest.raises(error, match=says):
        run_in_parallel(doubled, tasks, lambda _: None)


def interrupted(number: int, log: Log) -> int | None:
    """Work on 1 lasts until it is interrupted, and has a result then; on 2 it has none."""
    if number == 0:
        return 0
    try:
        log("begun")
        signal.pause()
    except KeyboardInterrupt:
        if number == 2:
            raise
    return number


@pytest.mark.usefixtures("two_workers")
def test_ctrl_c_ends_the_work_and_keeps_results() -> None:
    """Also those with which interrupted work ends; what has none, or was not begun, is None."""
    begun: list[str] = []

    def log(line: str) -> None:
        begun.append(line)
        if len(begun) == 2:
            raise KeyboardInterrupt

    assert run_in_parallel(interrupted, [0, 1, 2, 0], log) == [0, 1, None, None]


@pytest.mark.usefixtures("two_workers")
def test_an_error_waits_for_no_worker_that_has_ended_its_work() -> None:
    """Interrupted work may end with a result; its worker must not go on to wait for the next task."""
    begun: list[str] = []

    def log(line: str) -> None:
        begun.append(line)
        if len(begun) == 2:
            raise OSError

    started = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        run_in_parallel(interrupted, [1, 1], log)
    assert time.monotonic() - started < _PATIENCE  # for each worker that does not end, so much is waited


def test_a_process_with_threads_is_not_forked() -> None:
    """A lock that another thread holds would stay locked for ever. Other systems than Linux fork never."""
    ended = Event()
    thread = Thread(target=ended.wait)
    thread.start()
    try:
        assert choose_start_method() == "spawn"
    finally:
        ended.set()
        thread.join()


TOLD_PARENT = """
import sys
from paysandbox.check import workers
from tests.unit.check.test_workers import told
workers.choose_start_method = lambda: sys.argv[1]
workers.os.cpu_count = lambda: 2
workers.run_in_parallel(told, [1, 2], lambda line: print(line, flush=True))
"""


def told(number: int, log: Log) -> int:
    """Work that tells its process, and takes a while."""
    log(str(os.getpid()))
    time.sleep(1)
    return number


@pytest.mark.parametrize("method", [FORK, "spawn"])
def test_workers_end_when_the_first_process_is_killed(method: str) -> None:
    """A fork has the other ends of all connections too, and would wait for itself for ever."""
    command = [sys.executable, "-c", TOLD_PARENT, method]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:  # noqa: S603 - our own
        assert parent.stdout is not None
        workers = [Path("/proc", parent.stdout.readline().strip()) for _ in range(2)]
        parent.kill()
        deadline = time.monotonic() + 20
        while any(worker.exists() for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [worker for worker in workers if worker.exists()]
