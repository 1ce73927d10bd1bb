"""Coverage reports by format."""

from collections.abc import Mapping, Sequence
from typing import Any

from paysandbox.core.messages import JSON_TYPE, Reply
from paysandbox.coverage.units import Subject


def render_report(form: str, subjects: Sequence[Subject]) -> Reply:
    """Render a coverage report; `form` is json, text, junit or html."""
    from paysandbox.coverage import report  # noqa: PLC0415 - loaded with the first report, to start faster

    if form == "html":
        from paysandbox.coverage.html_page import render_page  # noqa: PLC0415 - brings Jinja2

        return render_page(subjects)
    forms: Mapping[str, tuple[str, Any]] = {
        "json": (JSON_TYPE, report.render_json),
        "text": ("text/plain", report.render_text),
        "junit": ("application/xml", report.render_junit),
    }
    media_type, render = forms[form]
    return Reply(200, render(subjects), media_type=media_type)
