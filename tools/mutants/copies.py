"""Copies of the project, in which several faults are tried at once, one in each."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeVar

from tools.mutants.mutant import ROOT, SHARED, Fault
from tools.mutants.running import TIME_LIMIT, RunnerBroke, Verdict, first_failure, suites, tried

T = TypeVar("T")

_SKIPPED: Final = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "node_modules", "build", "dist")


class Copies:
    """So many copies of the project, made on entering and removed on leaving; `alone` asks the scenario tests only."""

    def __init__(self, count: int, *, alone: bool = False) -> None:
        self._count = count
        self._alone = alone
        self._free: SimpleQueue[Path] = SimpleQueue()
        self._pool = ThreadPoolExecutor(count)
        self._folder = tempfile.TemporaryDirectory(prefix="faults-")

    def __enter__(self) -> Self:
        for number in range(self._count):
            copy = Path(self._folder.name) / str(number)
            shutil.copytree(ROOT, copy, ignore=_SKIPPED)
            self._free.put(copy)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def check_sound(self, wheres: Collection[str]) -> None:
        """See that the tests which concern these places pass without any fault: else their failing says nothing.

        Raises:
            RunnerBroke: they do not.
        """
        where = next(iter(wheres)) if len(wheres) == 1 else SHARED  # whose tests are all that there are
        sound = suites(where, alone=self._alone).values()
        asked = [self._pool.submit(self._in_a_copy, _failure_without_a_fault(one)) for one in sound]
        failures = [failure for one in asked if (failure := one.result()) is not None]
        if failures:
            raise RunnerBroke(f"without any fault these tests fail: {', '.join(failures)}")

    def tried(self, chosen: Sequence[tuple[str, Fault]]) -> Iterator[Verdict]:
        """The verdict on each fault, as they come; each is given with where it is.

        Raises:
            NotThere: a fault cannot be planted.
        """
        asked = [self._pool.submit(self._in_a_copy, self._verdict_on(where, fault)) for where, fault in chosen]
        for one in as_completed(asked):
            yield one.result()

    def _verdict_on(self, where: str, fault: Fault) -> Callable[[Path], Verdict]:
        return lambda project: tried(fault, where, project, alone=self._alone)

    def _in_a_copy(self, work: Callable[[Path], T]) -> T:
        copy = self._free.get()
        try:
            return work(copy)
        finally:
            self._free.put(copy)


def _failure_without_a_fault(arguments: Sequence[str]) -> Callable[[Path], str | None]:
    return lambda project: first_failure(project, arguments, TIME_LIMIT)
