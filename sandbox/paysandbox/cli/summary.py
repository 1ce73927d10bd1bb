"""Summary of a run of `paysandbox exec`: calls, refusals with their explanation, coverage."""

from collections import Counter

from paysandbox.coverage.report import sum_called, sum_subjects
from paysandbox.kit.advice_log import AdviceLog, AdvisedCall
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry

_SHOWN = 10
_EXPLANATION = b"x-sandbox-explain"


def render_summary(runtime: Runtime) -> str:
    """Calls, coverage, and the latest different refusals, one a line."""
    budget = runtime.namespaces.budget
    calls = f"{budget.calls} {'call' if budget.calls == 1 else 'calls'}"
    subjects = runtime.list_coverage_subjects(runtime.namespaces.sum_counts())
    percent, called = sum_subjects(subjects).percent, sum_called(subjects)
    expected = f" ({budget.expected} expected)" if budget.expected else ""
    lines = [
        f"paysandbox: {calls}, {budget.refused} refused{expected}, {percent} % of the contracts exercised; {called}"
    ]
    refusals = Counter(_render_refusal(entry) for entry in budget.refusals)
    lines += [f"  {line}{f' ({times} times)' if times > 1 else ''}" for line, times in list(refusals.items())[-_SHOWN:]]
    if len(refusals) > _SHOWN:
        lines.insert(1, f"  the last {_SHOWN} different refusals:")
    return "\n".join(lines)


def list_advice(log: AdviceLog, calls: int) -> list[str]:
    """The different advice, each a line, with the first call that it is about; `calls` is the number of all calls."""
    first: dict[str, AdvisedCall] = {}
    times: Counter[str] = Counter()
    for call in log.calls:
        for advice in call.advice:
            first.setdefault(advice, call)
            times[advice] += 1
    lines = [
        f"  advice: {call.provider} {call.method} {call.url[:80]}: {advice}"
        f"{f' ({times[advice]} times)' if times[advice] > 1 else ''}"
        for advice, call in first.items()
    ]
    if log.read_calls < calls:
        missed = calls - log.read_calls
        what = "1 call" if missed == 1 else f"{missed} calls"
        lines.append(
            f"  no advice about {what} that the journal had dropped; see --journal-entries and --journal-bytes"
        )
    return lines


def _render_refusal(entry: Entry) -> str:
    # Without the query, which may carry a credential.
    explanation = next((value.decode() for name, value in entry.headers if name == _EXPLANATION), "")
    caller = entry.provider or "no provider"
    return f"{caller} {entry.request.method} {entry.request.path[:80]} -> {entry.status}: {explanation}"
