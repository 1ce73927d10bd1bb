"""What a run at one door counts, and a finding with the command that shows it again."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

HEADINGS = ("door", "cases", "answers", "refused", "longest", "peak memory after a batch", "at the end")
MIB = 1024


class Finding(Exception):
    """Something that may not be. `number` is the case that shows it; None until that is known."""


def dice_of(seed: int, door: str, number: int) -> Random:
    """What decides about one case, so that each can be made again without those before it."""
    return Random(f"{seed}/{door}/{number}")  # noqa: S311 - it has to be predictable


def memory(pid: int | str = "self") -> int:
    """The most memory that a process has ever taken, in KiB."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0])


class Tally:
    """Counts of one door."""

    def __init__(self, door: str, before: int) -> None:
        self.door = door
        self.cases = 0
        self.answers: Counter[str] = Counter()
        self.refused = 0
        self.longest = 0.0
        self.before = self.after = before

    def status(self, status: int) -> None:
        """Count an answer by its class."""
        self.answers[f"{status // 100}xx"] += 1
        self.refused += status >= 400

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take the time of the block."""
        started = time.perf_counter()
        yield
        self.longest = max(self.longest, time.perf_counter() - started)

    def row(self) -> tuple[str, ...]:
        answers = " ".join(f"{number} {kind}" for kind, number in sorted(self.answers.items()))
        sizes = (f"{size / MIB:.1f} MiB" for size in (self.before, self.after))
        return (self.door, str(self.cases), answers, str(self.refused), f"{self.longest * 1000:.0f} ms", *sizes)
