"""A drift report as one self-contained page, in the style of the other reports."""

from collections.abc import Mapping
from typing import Any

from paysandbox.core.messages import Reply
from paysandbox.coverage.report import clean_text
from paysandbox.evidence.reports import HEADINGS, count, render_places, render_verdict
from paysandbox.html.rendering import render_template
from paysandbox.judging.differences import VERDICTS, Difference, Drift


def render_page(drift: Drift) -> Reply:
    """Render the page, which can be saved as a file."""
    return render_template(
        "evidence/drift.html",
        scripts=(),
        command="drift",
        verdict=render_verdict(drift),
        is_good=not drift.exit_code,
        files=[clean_text(name) for name in drift.files],
        counts=[(name, count(number, "exchange")) for name, number in drift.exchanges.items()],
        ignored=[(clean_text(reason), number) for reason, number in drift.ignored.items()],
        notices=[clean_text(notice) for notice in drift.notices],
        variants=[(name, count(number, "difference")) for name, number in drift.variants.items()],
        known=len(drift.known),
        groups=[
            (HEADINGS[verdict], [_view(one) for one in drift.select(verdict)])
            for verdict in VERDICTS
            if drift.select(verdict)
        ],
    )


def _view(difference: Difference) -> Mapping[str, Any]:
    return {
        "operation": f"{difference.provider} {difference.operation}",
        "about": clean_text(f"{difference.about} {difference.where}".strip()),
        "provenance": difference.provenance,
        "message": clean_text(difference.message),
        "says": clean_text(difference.says or ""),
        "source": clean_text(difference.source or ""),
        "variant": clean_text(difference.variant or ""),
        "places": render_places(difference),
    }
