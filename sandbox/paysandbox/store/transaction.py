"""One call's changes to what is remembered: all of them, or none."""

from collections.abc import Hashable
from types import TracebackType
from typing import Any, Final

MISSING: Final[Any] = object()


class Transaction:
    """A block after which everything stays, or nothing if it raised.

    It knows what the block has changed, so that it can be taken back, and what to sweep away when it stays.
    """

    __slots__ = ("_changes", "_sweeps")

    def __init__(self) -> None:
        self._changes: list[tuple[dict[Any, Any], Hashable, Any]] = []
        self._sweeps: list[tuple[dict[Any, Any], Hashable]] = []

    def __enter__(self) -> None:
        self.commit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()

    @property
    def sweeping(self) -> bool:
        """Whether entries that say "nothing is there" wait for the commit."""
        return bool(self._sweeps)

    def set(self, mapping: dict[Any, Any], key: Hashable, value: Any) -> None:
        """Change one entry, remembering what it was."""
        self._changes.append((mapping, key, mapping.get(key, MISSING)))
        mapping[key] = value

    def sweep(self, mapping: dict[Any, Any], key: Hashable) -> None:
        """Remove this entry on commit, if it still says that nothing is there."""
        self._sweeps.append((mapping, key))

    def commit(self) -> None:
        """Let the changes stay."""
        for mapping, key in self._sweeps:
            if not mapping.get(key, True):
                del mapping[key]
        self._changes.clear()
        self._sweeps.clear()

    def rollback(self) -> None:
        """Take every change back, the last first."""
        for mapping, key, old in reversed(self._changes):
            if old is MISSING:
                del mapping[key]
            else:
                mapping[key] = old
        self._changes.clear()
        self._sweeps.clear()
