"""Tasks side by side: results in order, lines as they come, and nothing left to run when it ends early."""

import os
import signal
from collections.abc import Callable

import pytest

from paysandbox.check.workers import run_in_parallel

Log = Callable[[str], None]


def doubled(number: int, log: Log) -> int:
    """Work that tells of each task; tasks below 0 raise, and 99 ends its process."""
    log(f"{number} in {os.getpid()}")
    if number < 0:
        raise ValueError(f"{number} is too small")
    if number == 99:
        os._exit(3)
    return 2 * number


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


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


def test_ctrl_c_ends_the_work_and_keeps_results() -> None:
    """Also those with which interrupted work ends; what has none, or was not begun, is None."""
    begun: list[str] = []

    def log(line: str) -> None:
        begun.append(line)
        if len(begun) == 2:
            raise KeyboardInterrupt

    assert run_in_parallel(interrupted, [0, 1, 2, 0], log) == [0, 1, None, None]
