"""What a load has seen: how many calls of which kind, what became of them, and everything that must not be."""

from collections import Counter
from statistics import quantiles

from tools.soak.wire import CUT, LOST, WHOLE, Got

FAILURES = range(500, 600)


class Tally:
    """Counts of one run. `strange` tells what no fault has ordered, in words; it stays empty where all is well.

    `watched` has what became of every call, if somebody wants to know.
    """

    def __init__(self) -> None:
        self.kinds = Counter[str]()
        self.statuses = Counter[int]()
        self.carried_out = Counter[str]()
        self.struck = Counter[str]()  # what the client saw of the faults: 5xx, lost, cut
        self.strange: list[str] = []
        self.watched: list[Got] | None = None
        self._latencies: list[float] = []

    def note(self, kind: str, got: Got, where: str, *, faulty: bool) -> None:
        """Count a call; `faulty` says that its namespace has faults."""
        self.kinds[kind] += 1
        if self.watched is not None:
            self.watched.append(got)
        if got.outcome == WHOLE:
            self.statuses[got.status] += 1
            self._latencies.append(got.done - got.sent)
        seen = "5xx" if got.outcome == WHOLE and got.status in FAILURES else got.outcome
        if seen in {"5xx", LOST, CUT}:
            if faulty:
                self.struck[seen] += 1
            elif self.watched is None:
                self.strange.append(f"{where}: {seen} {got.status} {got.content[:200]!r}")

    def interval(self) -> tuple[int, float, float]:
        """Calls answered since this was last asked, and the median and 99th percentile of their milliseconds."""
        taken, self._latencies = self._latencies, []
        if len(taken) < 2:
            return len(taken), 0.0, 0.0
        cuts = quantiles(taken, n=100, method="inclusive")
        return len(taken), cuts[49] * 1000, cuts[98] * 1000
