"""One door, tried for a while: case after case, and after each batch a look at what must hold."""

import time
from collections.abc import Callable
from random import Random
from typing import Protocol

from tools.fuzz.tally import Finding, Tally, dice_of, memory

BATCH = 50


class Door(Protocol):
    """One way in. `pid` is the process behind it, which may come to take `growth` KiB more than in the first batch."""

    name: str
    growth: int

    @property
    def pid(self) -> int | str:
        """The process, or `self`."""

    def case(self, dice: Random, tally: Tally) -> None:
        """One hostile input, counted; raises a `Finding`."""

    def check(self, tally: Tally) -> None:
        """What must hold after a batch; raises a `Finding`."""


def run(
    door: Door,
    seed: int,
    *,
    first: int = 0,
    cases: int | None = None,
    seconds: int | None = None,
    tell: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Try a door until so many cases are done or so many seconds are over, whichever comes first.

    Raises:
        Finding: the first; its text ends with the arguments that show it again.
    """
    tally = Tally(door.name, memory(door.pid))
    ends = None if seconds is None else time.monotonic() + seconds
    number = batch = first
    try:
        while (cases is None or number < first + cases) and (ends is None or time.monotonic() < ends):
            door.case(dice_of(seed, door.name, number), tally)
            tally.cases += 1
            number += 1
            if number == batch + BATCH:
                _check(door, tally)
                tell(tally)
                batch = number
        _check(door, tally)
    except Finding as finding:
        raise Finding(f"{finding}\n{again(door, seed, batch, number - batch + 1)}") from finding
    return tally


def again(door: Door, seed: int, first: int, cases: int) -> str:
    """The arguments that try the same cases again."""
    return f"--door {door.name} --seed {seed} --first {first} --cases {cases}"


def _check(door: Door, tally: Tally) -> None:
    door.check(tally)
    tally.after = memory(door.pid)
    if tally.cases <= BATCH:
        tally.before = tally.after  # what is made once is there now
    elif tally.after > tally.before + door.growth:
        raise Finding(f"memory has grown from {tally.before} KiB to {tally.after} KiB")
