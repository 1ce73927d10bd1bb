"""Summary of a run of `paysandbox exec`: calls, refusals with their explanation, coverage."""

from collections import Counter

from paysandbox.coverage.report import sum_called, sum_subjects
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry

_SHOWN = 10
_EXPLANATION = b"x-sandbox-explain"
_WIDTH = 200


def render_summary(runtime: Runtime) -> str:
    """Calls, coverage, and the latest different refusals, one a line."""
    budget = runtime.namespaces.budget
    calls = f"{budget.calls} {'call' if budget.calls == 1 else 'calls'}"
    subjects = runtime.list_coverage_subjects(runtime.namespaces.sum_counts())
    percent, called = sum_subjects(subjects).percent, sum_called(subjects)
    lines = [f"paysandbox: {calls}, {budget.refused} refused, {percent} % of the contracts exercised; {called}"]
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
