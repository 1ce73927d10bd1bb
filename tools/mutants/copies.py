"""Copies of the project, in which several mutants are tried at once, one in each."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeVar

from tools.mutants.mutant import ROOT, SHARED, Mutant
from tools.mutants.running import TIME_LIMIT, RunnerBroke, Verdict, find_failure, list_suites, try_mutant

T = TypeVar("T")

_SKIPPED: Final = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "node_modules", "build", "dist")


class Copies:
    """Context manager: copies of the project; `alone` runs the scenario tests only."""

    def __init__(self, count: int, *, alone: bool = False) -> None:
        self._count = count
        self._alone = alone
        self._free: SimpleQueue[Path] = SimpleQueue()
        self._pool = ThreadPoolExecutor(count)
        self._folder = tempfile.TemporaryDirectory(prefix="mutants-")

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

    def check_sound(self, areas: Collection[str]) -> None:
        """Check that the tests of these areas pass without any mutant, because their failing says nothing otherwise.

        Raises:
            RunnerBroke: they do not.
        """
        area = next(iter(areas)) if len(areas) == 1 else SHARED  # whose tests are all tests
        suites = list_suites(area, alone=self._alone).values()
        running = [self._pool.submit(self._use_copy, _look_for_failure(arguments)) for arguments in suites]
        failures = [failure for run in running if (failure := run.result()) is not None]
        if failures:
            raise RunnerBroke(f"without any mutant these tests fail: {', '.join(failures)}")

    def try_each(self, chosen: Sequence[tuple[str, Mutant]]) -> Iterator[Verdict]:
        """Yield the verdict on each mutant as it comes; each mutant is given with its area.

        Raises:
            DoesNotApply: a mutant cannot be planted.
        """
        running = [self._pool.submit(self._use_copy, self._try(area, mutant)) for area, mutant in chosen]
        for run in as_completed(running):
            yield run.result()

    def _try(self, area: str, mutant: Mutant) -> Callable[[Path], Verdict]:
        return lambda project: try_mutant(mutant, area, project, alone=self._alone)

    def _use_copy(self, work: Callable[[Path], T]) -> T:
        copy = self._free.get()
        try:
            return work(copy)
        finally:
            self._free.put(copy)


def _look_for_failure(arguments: Sequence[str]) -> Callable[[Path], str | None]:
    return lambda project: find_failure(project, arguments, TIME_LIMIT)
