"""Summary of a run of `paysandbox exec`: calls, refusals with their explanation, coverage."""

from collections import Counter
from decimal import Decimal

from paysandbox.coverage.report import sum_subjects
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry

_SHOWN = 10
_EXPLANATION = b"x-sandbox-explain"
_WIDTH = 200


def coverage_percent(runtime: Runtime) -> Decimal:
    """Percentage of the contracts that the calls of all namespaces exercised."""
    return sum_subjects(runtime.list_coverage_subjects(runtime.namespaces.sum_counts())).percent


def render_summary(runtime: Runtime) -> str:
    """Calls, coverage, and the latest different refusals, one a line."""
    budget = runtime.namespaces.budget
    calls = f"{budget.calls} {'call' if budget.calls == 1 else 'calls'}"
    lines = [f"paysandbox: {calls}, {budget.refused} refused, {coverage_percent(runtime)} % of the contracts exercised"]
    refusals = Counter(_render_refusal(entry) for entry in budget.refusals)
    lines += [f"  {line}{f' ({times} times)' if times > 1 else ''}" for line, times in list(refusals.items())[-_SHOWN:]]
    if len(refusals) > _SHOWN:
        lines.insert(1, f"  the last {_SHOWN} different refusals:")
    return "\n".join(lines)


def _render_refusal(entry: Entry) -> str:
    # Without the query, which may carry a credential.
    explanation = next((value.decode() for name, value in entry.headers if name == _EXPLANATION), "")
    short = explanation if len(explanation) <= _WIDTH else f"{explanation[: _WIDTH - 3]}..."
    return (
        f"{entry.provider or 'no provider'} {entry.request.method} {entry.request.path[:80]} -> {entry.status}: {short}"
    )
