"""The names to offer in place of an unknown one."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

_MOST: Final = 12  # names of one message
_NEAR: Final = 5
_ALIKE: Final = 0.4


def list_nearest(name: str, known: Collection[str], see: str = "") -> str:
    """All known names if they are few, else those most like `name` and how many more there are.

    `see` says where to find the rest, as `paysandbox operations`.
    """
    if len(known) <= _MOST:
        return ", ".join(sorted(known))
    near = get_close_matches(name, sorted(known), _NEAR, _ALIKE) or sorted(known)[:_NEAR]
    return f"{', '.join(near)} and {len(known) - len(near)} more{f'; {see} lists all' if see else ''}"
