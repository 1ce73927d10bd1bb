"""Whether the engine of a log answers, and whether it takes entries, for health, metrics and the start page."""

import logging
from typing import Final

from paysandbox.core.clock import MICROSECONDS, read_epoch
from paysandbox.store.log.engine import Log, StoreError
from paysandbox.store.log.metered import LogTally, Refusal

_FRESH: Final = 10 * MICROSECONDS  # for so long an append that was kept shows that the engine takes entries

_log = logging.getLogger("paysandbox.store")


class Condition:
    """What the last `check` of a log has found.

    Attributes:
        answers: whether the engine can be read.
        refusal: why and since when it takes no entries; None if it takes them.
    """

    def __init__(self, log: Log, tally: LogTally | None = None) -> None:
        """`tally` counts the appends of the log, if they are counted: one that was kept saves a write of our own."""
        self._log, self._tally = log, tally or LogTally()
        self.answers = True
        self.refusal: Refusal | None = None
        self._checked = self._kept = self._errors = 0

    async def check(self) -> None:
        """Look whether the engine can be read, and written to. Nothing that is written for that stays."""
        has_kept = self._has_just_kept()
        try:
            self.answers = False
            await self._log.check()
            self.answers = True
            if not has_kept and not await self._log.try_write():
                self.refusal = self._tally.find_refusal()  # another process writes now; so the last append says it
                return
        except StoreError as error:
            self._note(error)
        else:
            if self.refusal is not None:
                _log.warning("the store takes entries again")
            self.refusal = None

    def _has_just_kept(self) -> bool:
        """Return whether appends were kept since the last check, which is not long ago, and none failed."""
        before = self._checked, self._kept, self._errors
        self._checked, self._kept, self._errors = read_epoch(), self._tally.count_kept(), self._tally.errors
        return 0 <= self._checked - before[0] < _FRESH and self._kept > before[1] and self._errors == before[2]

    def _note(self, error: StoreError) -> None:
        last = self._tally.find_refusal() or self.refusal
        if self.refusal is None:
            _log.error("the store takes no entries: %s", error)
        self.refusal = Refusal(str(error), read_epoch() if last is None else last.since, self._tally.count_kept())
