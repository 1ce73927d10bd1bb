"""Python's garbage collector, and what it need not look at."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# For work that makes much and drops little of it. The default, (700, 10, 10), looks at young objects after every 700.
_RARELY: Final = (50_000, 50, 1000)


@contextmanager
def keep_from_collector() -> Iterator[None]:
    """Make what stays without looking for garbage, and freeze it if the process has frozen what its start made.

    A start makes hardly anything else, and looking took a third of one.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        freeze_again()
    finally:
        if was_enabled:
            gc.enable()


def freeze_again() -> None:
    """Freeze what is there, if the process has frozen what its start made."""
    if gc.get_freeze_count():
        gc.freeze()


@contextmanager
def collect_rarely() -> Iterator[None]:
    """Context manager: look for garbage so rarely that the looking hardly counts; memory may grow by its garbage."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
