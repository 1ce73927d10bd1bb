"""How Hypothesis draws values: four of its costs avoided, and its memory, for which it has no settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from re import Pattern
from typing import Any, Final

from hypothesis.internal import charmap
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import engine, providers
from hypothesis.internal.conjecture.datatree import DataTree, TreeRecordingObserver
from hypothesis.internal.constants_ast import Constants
from hypothesis.internal.intervalsets import IntervalSet
from hypothesis.strategies import SearchStrategy
from hypothesis.strategies._internal import regex
from hypothesis.strategies._internal.lazy import unwrap_strategies

TRIES: Final = 40  # which loses no case of the contracts here; a draw that has a value mostly finds it at once
UTF_8: Final = IntervalSet(((0, 0xD7FF), (0xE000, 0x10FFFF)))  # all characters but surrogates


@contextmanager
def quick_drawing() -> Iterator[None]:
    """Context manager: `patterns_built_once`, `no_constants_of_source` and `utf8_known`."""
    with patterns_built_once(), no_constants_of_source(), utf8_known():
        yield


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
def no_memory_of_draws() -> Iterator[None]:
    """Context manager: what is drawn need not follow from what was drawn before it.

    Hypothesis remembers all draws, to draw nothing twice, and ends if the same draws are followed by others. In a
    scenario they are where the server answers the same call otherwise, because it keeps what earlier scenarios made:
    the steps that a scenario may take next depend on the replies.
    """
    before: Any = DataTree.new_observer
    DataTree.new_observer = lambda _: TreeRecordingObserver(DataTree())  # type: ignore[method-assign] # untyped there
    try:
        yield
    finally:
        DataTree.new_observer = before  # type: ignore[method-assign] # as above


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


@contextmanager
def no_constants_of_source() -> Iterator[None]:
    """Context manager: no value is drawn because it stands in the source of the program that checks.

    Hypothesis parses all modules outside of site-packages for such values, which took three seconds of a first check.
    They say nothing about the server, and which cases are sent would depend on where the program is installed.
    """
    find, permitted, none = providers._get_local_constants, providers.CONSTANTS_CACHE, Constants()  # noqa: SLF001 - no setting
    providers._get_local_constants = lambda: none  # noqa: SLF001 - as above
    providers.CONSTANTS_CACHE = LRUCache(permitted.max_size)  # which has those of the source too
    try:
        yield
    finally:
        providers._get_local_constants = find  # noqa: SLF001 - as above
        providers.CONSTANTS_CACHE = permitted


@contextmanager
def utf8_known() -> Iterator[None]:
    """Context manager: which characters UTF-8 can encode is known.

    Hypothesis encodes all of Unicode to find out, which took 1.3 seconds of each process of a first check in a folder.
    """
    find = charmap.intervals_from_codec

    def know(codec_name: str) -> tuple[IntervalSet, IntervalSet]:
        return (UTF_8, IntervalSet(())) if codec_name == "utf-8" else find(codec_name)

    charmap.intervals_from_codec = know  # type: ignore[assignment] # it is only called
    try:
        yield
    finally:
        charmap.intervals_from_codec = find
