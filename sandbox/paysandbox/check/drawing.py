"""How Hypothesis draws values: two of its costs avoided, for which it has no settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from re import Pattern
from typing import Any, Final

from hypothesis.internal.conjecture import engine
from hypothesis.strategies import SearchStrategy
from hypothesis.strategies._internal import regex
from hypothesis.strategies._internal.lazy import unwrap_strategies

TRIES: Final = 40  # which loses no case of the contracts here; a draw that has a value mostly finds it at once


@contextmanager
def few_tries() -> Iterator[None]:
    """Context manager: a draw that finds no value gives up early.

    Schemathesis first draws an object with all properties at once. Where exactly one of several is allowed there is
    none, and Hypothesis tries 458 times, which took four fifths of the time of CRM.COM's cases.
    """
    before = engine.INVALID_THRESHOLD_BASE
    engine.INVALID_THRESHOLD_BASE = TRIES
    try:
        yield
    finally:
        engine.INVALID_THRESHOLD_BASE = before


@contextmanager
def patterns_built_once() -> Iterator[None]:
    """Context manager: the strategy of a pattern is built once, and used wherever the pattern stands.

    Hypothesis builds it again for each filter put on it, and goes through a class such as `[ -~]` character by
    character: with the classes of CRM.COM's queries, of 63 000 characters, that took two thirds of its check.
    """
    before: Any = regex.regex_strategy
    built: dict[tuple[Any, ...], SearchStrategy[Any]] = {}

    def build(pattern: str | bytes | Pattern[Any], *whole: bool, alphabet: Any, **options: Any) -> SearchStrategy[Any]:
        of: Any = None if alphabet is None else unwrap_strategies(alphabet)  # type: ignore[no-untyped-call] # untyped there
        characters = None if of is None else of.intervals.intervals
        key = (pattern, whole, characters, *sorted(options.items()))
        if key not in built:
            built[key] = before(pattern, *whole, alphabet=alphabet, **options)
        return built[key]

    regex.regex_strategy = build  # type: ignore[assignment] # called with these arguments only
    try:
        yield
    finally:
        regex.regex_strategy = before
