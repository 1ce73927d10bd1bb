"""What a run has done, in a few lines: calls, refusals with their explanation, coverage."""

from collections import Counter
from decimal import Decimal

from paysandbox.coverage.report import whole_of
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry

_SHOWN = 10
_EXPLANATION = b"x-sandbox-explain"
_WIDTH = 200


def percent(runtime: Runtime) -> Decimal:
    """How much of the contracts all calls have exercised."""
    return whole_of(runtime.coverage_subjects(runtime.namespaces.counts())).percent


def summary(runtime: Runtime) -> str:
    """The lines, for a terminal."""
    budget = runtime.namespaces.budget
    calls = f"{budget.calls} {'call' if budget.calls == 1 else 'calls'}"
    lines = [f"paysandbox: {calls}, {budget.refused} refused, {percent(runtime)} % of the contracts exercised"]
    told = Counter(_told(entry) for entry in budget.refusals)
    lines += [f"  {line}{f' ({times} times)' if times > 1 else ''}" for line, times in list(told.items())[-_SHOWN:]]
    if len(told) > _SHOWN:
        lines.insert(1, f"  the last {_SHOWN} different refusals:")
    return "\n".join(lines)


def _told(entry: Entry) -> str:
    """A refusal in a line: without its query, which may carry a credential."""
    why = next((value.decode() for name, value in entry.headers if name == _EXPLANATION), "")
    short = why if len(why) <= _WIDTH else f"{why[: _WIDTH - 3]}..."
    return f"{entry.provider} {entry.request.method} {entry.request.path[:80]} -> {entry.status}: {short}"
