"""How long and how large a run is, what it is compared with, and its progress."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.bench.processes import PACKAGE


class Plan(NamedTuple):
    """How often each thing is measured, for how many seconds under load, and with how much in the sandbox.

    `held` is how many payments are many, and `listed` how many entries of the journal or payments of an invoice;
    `sizes` are those of the curves, the smallest first; `namespaces` is how many of them are many, and `operations` are
    the numbers of paths of a contract. `before` is the folder that an older commit's sandbox is imported from, and
    `stores` are those that are measured beside memory, SQLite and Redis.
    """

    rounds: int = 5
    seconds: float = 1.5
    held: int = 100_000
    listed: int = 10_000
    sizes: tuple[int, ...] = (100, 1000, 10_000, 30_000, 100_000)
    namespaces: tuple[int, ...] = (1, 10, 100, 1000, 10_000)
    operations: tuple[int, ...] = (10, 100, 1000)
    before: Path | None = None
    stores: tuple[str, ...] = ()

    def turns(self, what: str) -> Iterator[int]:
        """The numbers of the rounds, each told on standard error as it begins."""
        for number in range(self.rounds):
            tell(f"{what}: round {number + 1} of {self.rounds}")
            yield number

    def packages(self) -> dict[str, Path]:
        """The sandboxes of the run by name: `sandbox`, and `before` where an older commit is compared with."""
        return {"sandbox": PACKAGE} | ({} if self.before is None else {"before": self.before})


QUICK = Plan(
    rounds=2,
    seconds=0.4,
    held=10_000,
    listed=2_000,
    sizes=(100, 1000, 10_000),
    namespaces=(1, 100, 1000),
    operations=(10, 100, 1000),
)


def tell(what: str) -> None:
    """Say what goes on, on standard error."""
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()
