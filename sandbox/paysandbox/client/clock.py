"""The clock of a namespace, for the Python client."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any


class Clock:
    """The clock of a namespace."""

    def __init__(self, call: Callable[..., Any]) -> None:
        """`call` is the NamespaceClient's."""
        self._call = call

    @property
    def now(self) -> datetime:
        """The current time of the namespace, UTC."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""
        found: bool = self._call("GET", "/clock")["frozen"]
        return found

    def freeze(self, at: datetime | str | None = None) -> None:
        """Freeze the clock, at a datetime with an offset or RFC 3339 text; by default at its current time."""
        self._call("PUT", "/clock", {"frozen": True} if at is None else {"now": at, "frozen": True})

    def advance(self, time: Decimal | timedelta | int) -> None:
        """Move the clock forward by seconds or a timedelta. A frozen clock stays frozen."""
        seconds = Decimal(time // timedelta(microseconds=1)).scaleb(-6) if isinstance(time, timedelta) else time
        self._call("POST", "/clock/advance", {"seconds": seconds})

    def release(self) -> None:
        """Let the clock run again from its current time."""
        self._call("PUT", "/clock", {"frozen": False})
