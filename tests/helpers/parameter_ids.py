"""Short ids of parametrized tests, made from any parameter: `test_a_login_must_match[password=wrong]`.

Pytest's own ids repeat long texts in full and number what is neither text nor number.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

import msgspec
import pytest

LONGEST: Final = 64  # characters between the brackets, if each parameter keeps to its share
_SHORTEST_SHARE: Final = 12
_DEEPEST: Final = 3
_CALLED: Final = ("id", "name", "__name__")  # attributes that a record or a function is called by

Ids = Callable[[Any], Any]


def shorten_ids(metafunc: pytest.Metafunc) -> None:
    """Let the parametrize marks of a test make short ids; ids that are listed by hand stay as they are."""
    marks = list(metafunc.definition.iter_markers("parametrize"))
    share = LONGEST // max(1, sum(_count_names(mark) for mark in marks))
    for mark in marks:
        ids = mark.kwargs.get("ids")
        if ids is None or (callable(ids) and not isinstance(ids, partial)):
            chosen = None if ids in (repr, str) else ids
            settings = cast("dict[str, Any]", mark.kwargs)  # a plain dictionary, which pytest reads after this
            settings["ids"] = partial(make_id, chosen, max(share, _SHORTEST_SHARE))


def make_id(ids: Ids | None, longest: int, value: Any) -> str | None:
    """The id of a parameter: what the test's own `ids` says, or a description; None leaves it to pytest."""
    chosen = ids(value) if ids is not None else value
    if chosen is None and ids is not None:
        chosen = value
    described = describe(chosen)
    return described if described is None else shorten(described, longest)


def describe(value: Any, depth: int = 0) -> str | None:
    """A parameter as a short text without brackets and quotes; None where nothing names it."""
    if isinstance(value, str):
        return value or "(empty)"
    if isinstance(value, bytes):
        # Binary content may differ between two workers, as the time in a gzip header does; they must agree on the ids.
        return (value.decode("ascii") or "(empty)") if value.isascii() else "binary"
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_describe_part(below, depth)}" for name, below in value.items()) or "{}"
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_describe_part(below, depth) for below in value]
        return ",".join(sorted(parts) if isinstance(value, set | frozenset) else parts) or "()"
    for attribute in _CALLED:
        name = getattr(value, attribute, None)
        if isinstance(name, str):
            return None if "<" in name else name  # a lambda has no name
    if callable(value) or (isinstance(value, msgspec.Struct) and depth == 0):
        return None
    return None if " object at 0x" in (text := str(value)) else text


def shorten(text: str, longest: int) -> str:
    """A text of printable ASCII without line breaks, cut in the middle; both of its ends stay."""
    plain = "".join(_plain(letter) for letter in text[:4096])
    if len(plain) <= longest:
        return plain
    tail = (longest - 2) // 3
    return f"{plain[: longest - 2 - tail]}..{plain[-tail:]}"


def _describe_part(value: Any, depth: int) -> str:
    described = "..." if depth >= _DEEPEST else describe(value, depth + 1)
    return type(value).__name__ if described is None else described


def _count_names(mark: pytest.Mark) -> int:
    names = mark.kwargs.get("argnames") or mark.args[0]
    return len(names.split(",") if isinstance(names, str) else names)


def _plain(letter: str) -> str:
    if letter == "\\":
        return "/"  # pytest would escape it
    return letter if letter.isascii() and letter.isprintable() else "?"
