"""Check, drift, replay and coverage report in one style, in files that need nothing else."""

import re
from collections.abc import Mapping

import pytest

from paysandbox.check.page import render_page as render_check
from paysandbox.check.results import Finding, Report, Run, Tally
from paysandbox.coverage.html_page import render_page as render_coverage
from paysandbox.evidence.comparing import Mismatch
from paysandbox.evidence.page import render_page as render_drift
from paysandbox.evidence.replay_page import render_page as render_replay
from paysandbox.evidence.replaying import Replay, Result
from paysandbox.judging.differences import Difference, Drift

FINDING = Finding("p", "op", "fuzzing", "status_code_conformance", "<says>", "curl '<url>'", "201: <sentence>")
DIFFERENCE = Difference("contradicted", "p", "op", "status", "201", "<says>", "documented", places=("a.har#1",))

RESULT = Result("p", "op", "a.har#1", Mismatch("shape", "/<a>", "<says>"))


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    """Reports with something found, by the command that writes them."""
    run = Run("p", {"op": Tally(3, 2, 1)}, findings=[FINDING])
    report = Report("http://127.0.0.1:9", "quick", "1", "now", (run,))
    return {
        "check": render_check(report, "1 finding"),
        "drift": str(render_drift(Drift(("a.har",), differences=[DIFFERENCE])).body),
        "replay": str(render_replay(Replay(("a.har",), results=[RESULT])).body),
        "coverage": str(render_coverage([]).body),
    }


def test_reports_share_their_style(pages: Mapping[str, str]) -> None:
    styles = [re.findall(r"(?s)<style>(.*?)</style>", page) for page in pages.values()]
    assert len(styles[0]) == 1
    assert styles == [styles[0]] * len(pages)
    assert all(page.startswith("<!doctype html>") for page in pages.values())


def test_the_title_has_command_and_verdict(pages: Mapping[str, str]) -> None:
    for command, page in pages.items():
        assert re.search(rf"<title>paysandbox {command}: \S", page), command


def test_what_fails_is_seen_in_the_headline(pages: Mapping[str, str]) -> None:
    assert '<p class="verdict missed">1 finding</p>' in pages["check"]
    assert '<p class="verdict missed">' in pages["drift"]
    assert '<p class="verdict missed">0 of 1 reply agrees with the recording.</p>' in pages["replay"]
    passed = render_check(Report("http://127.0.0.1:9", "quick", "1", "now", (Run("p", {}),)), "No findings")
    assert '<p class="verdict">No findings</p>' in passed


def test_reports_load_nothing_and_escape_what_they_show(pages: Mapping[str, str]) -> None:
    for page in pages.values():
        assert not re.search(r"<(?:script|link|img)\b|url\(|@import", page)
        assert "<says>" not in page
    assert "&lt;says&gt;" in pages["check"]
    assert "&lt;sentence&gt;" in pages["check"]
    assert "&lt;url&gt;" in pages["check"]
