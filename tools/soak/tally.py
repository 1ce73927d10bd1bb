"""Counts of a load: its calls, and the failures that no fault ordered."""

from tools.soak.wire import CUT, LOST, WHOLE, Got

FAILURES = range(500, 600)


class Tally:
    """Counts of one run. `unordered` describes the failures that no fault ordered.

    With `watched` every reply is kept, and none counts as a failure, because the server is being stopped.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.unordered: list[str] = []
        self.watched: list[Got] | None = None
        self._taken = 0

    def note(self, got: Got, where: str, *, faulty: bool) -> None:
        """Count a call; `faulty` says that its namespace has faults."""
        self.calls += 1
        if self.watched is not None:
            self.watched.append(got)
        elif not faulty and (got.outcome in {LOST, CUT} or (got.outcome == WHOLE and got.status in FAILURES)):
            self.unordered.append(f"{where}: {got.outcome} {got.status} {got.content[:200]!r}")

    def take_calls(self) -> int:
        """The number of calls since the last time."""
        taken, self._taken = self.calls - self._taken, self.calls
        return taken
