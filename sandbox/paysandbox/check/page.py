"""Render the report of a check as one self-contained page, in the style of the other reports."""

from collections.abc import Mapping
from typing import Any

from paysandbox.check.findings import group_by_call
from paysandbox.check.results import Report, Run
from paysandbox.check.unmet_refusals import describe_unmet
from paysandbox.html.rendering import render_template


def render_page(report: Report, verdict: str) -> str:
    """Return the page, which can be saved as a file; `verdict` is its headline."""
    reply = render_template(
        "check/report.html",
        scripts=(),
        command="check",
        verdict=verdict,
        is_good=not report.exit_code,
        target=report.target,
        about=f"{report.depth} depth · Paysandbox {report.version} · {report.at}",
        runs=[_view(run) for run in report.runs],
    )
    return str(reply.body)


def list_notices(run: Run) -> list[str]:
    """What a report says beside findings: what was sent again and waited for, and which refusals were never met."""
    return [*run.notices, *(describe_unmet(run.operations) if run.phases else [])]


def _view(run: Run) -> Mapping[str, Any]:
    phases = ", ".join(f"{count} {name}" for name, count in run.phases.items())
    verdicts = f"{run.checks.total()} verdicts of {len(run.checks)} checks"
    return {
        "provider": run.provider,
        "cases": f"{run.phases.total()} cases in {run.seconds} s",
        "about": f"{phases}; {verdicts}" if phases else verdicts,
        "operations": [
            {
                "name": name,
                "cases": tally.cases,
                "valid": tally.positive,
                "succeeded": tally.carried_out,
                "findings": sum(finding.operation == name for finding in run.findings),
            }
            for name, tally in run.operations.items()
        ],
        "errors": run.errors,
        "notices": list_notices(run),
        "calls": group_by_call(run.findings),
        "more": run.more.total(),
        "questions": run.questions,
        "unreached": run.unreached,
    }
