"""What a part of a check does when this program itself breaks: it is told as broken, and the other parts go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Final

from paysandbox.check.time_limit import TimeLimitReached
from paysandbox.core.problems import StartupError
from paysandbox.evidence.callers import Unreachable

MOST: Final = 300  # characters of an error
_ENDS: Final = (TimeLimitReached, Unreachable, StartupError)  # which end the whole check, and say why themselves


@contextmanager
def contain(what: str, note: Callable[[str], None]) -> Iterator[None]:
    """Context manager: an unexpected exception ends the block only; `note` gets a sentence about it.

    Raises:
        TimeLimitReached, Unreachable, StartupError: as the block did.
    """
    try:
        yield
    except _ENDS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, what the other parts found is not lost
        note(describe_broken(what, error))


def describe_broken(what: str, error: Exception) -> str:
    """One sentence: what broke, by which error, and where in this program, to report it."""
    says = " ".join(str(error).split())
    places = [frame for frame in extract_tb(error.__traceback__) if "paysandbox" in Path(frame.filename).parts]
    where = f" ({Path(places[-1].filename).name}, line {places[-1].lineno})" if places else ""
    named = f"{type(error).__name__}{f': {says}' if says else ''}"
    return f"{what} broke off, which is a fault of this program, not of the server: {named[:MOST]}{where}"
