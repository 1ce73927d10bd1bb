"""Python's garbage collector, and what it need not look at."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keep_from_collector() -> Iterator[None]:
    """Make what stays without looking for garbage, and freeze it if the process has frozen what its start made.

    A start makes hardly anything else, and looking took a third of one.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        if gc.get_freeze_count():
            gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
