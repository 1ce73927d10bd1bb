"""The suites themselves: scenarios follow links, a time limit names its case, and reports can carry any text."""

from collections.abc import Iterator
from threading import Event
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from paysandbox.app import Sandbox
from paysandbox.check.page import render_page
from paysandbox.check.profiles import PROFILES, Profile
from paysandbox.check.reports import build_junit, render_summary
from paysandbox.check.results import KEPT, Finding, Report, Run, Tally
from paysandbox.check.scratch_namespace import HEADER, ScratchNamespace
from paysandbox.check.subject import Subject
from paysandbox.check.suites import Suites
from paysandbox.check.target import HOST, Target
from paysandbox.check.time_limit import TimeLimit, TimeLimitReached
from paysandbox.check.verdicts import printable
from paysandbox.kit.reload import take_over
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Client
from tests.helpers.runtimes import fresh_runtime

QUICK = msgspec.structs.replace(PROFILES["quick"], cases=10, invalid=5, scenarios=15, seconds=900)
FINDING = Finding("p", "op", "fuzzing", "body_schema_iff", "<b>&\n\\u0007", "curl '</pre>'", 'says "so" [assumed]')


def suites(base_runtime: Runtime, name: str, depth: Profile) -> Run:
    """All suites of one provider of a sandbox in memory."""
    runtime = fresh_runtime(base_runtime)
    subject = Subject(name, fresh_runtime(base_runtime), namespace="mine")
    with ScratchNamespace(Client(runtime), "mine", subject.setup_steps) as scratch:
        target = Target(
            url=f"http://{HOST}/{subject.service.provider.prefix}",
            scratch=scratch,
            credentials=subject.credentials,
            headers={} if subject.is_control else {HEADER: "mine"},
            app=Sandbox(runtime),
        )
        found = Suites(subject, target, depth, lambda _: None).run_all()
    assert [one.name for one in runtime.namespaces] == ["default"], "what the suites made has stayed"
    return found


@pytest.mark.parametrize("name", [pytest.param("control", marks=pytest.mark.sweep), "invisible_collector"])
def test_all_suites_run_in_a_namespace_of_their_own(base_runtime: Runtime, name: str) -> None:
    """Green, with invalid runs and scenarios; tests/conformance runs them at full depth, for each API."""
    found = suites(base_runtime, name, QUICK)
    assert (found.errors, found.findings) == ([], [])
    assert {"examples", "coverage", "fuzzing", "invalid coverage", "invalid fuzzing", "stateful"} <= set(found.phases)
    assert found.links > 0


def test_the_control_plane_stays_itself_when_a_case_reloads_the_sandbox(base_runtime: Runtime) -> None:
    """What is excluded for it is excluded after `reload` too, which is one of its operations."""
    subject = Subject("control", fresh_runtime(base_runtime))
    take_over(subject.runtime, fresh_runtime(base_runtime))
    assert subject.is_control
    assert not Subject("invoiless", fresh_runtime(base_runtime)).is_control


class FoundEnough(BaseException):
    """Ends a check at once. It is no Exception, which hypothesis would take for a failure and try again."""


class UpToALostRecord(Run):
    """A run that ends with the first finding of a scenario which says that a created record is not there afterwards.

    Which link is followed first is left to chance; each of the two checks says the same of it.
    """

    def add(self, finding: Finding, *, is_question: bool = False) -> None:
        """Keep a finding, and end the check if it is the one.

        Raises:
            FoundEnough: it is, so that the rest would only show the same again.
        """
        super().add(finding, is_question=is_question)
        if not is_question and finding.phase == "stateful" and finding.check in {"link_holds", "use_after_free"}:
            raise FoundEnough


def test_a_server_that_forgets_is_found_by_scenarios(base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A created payment that is not there afterwards, as only a later call shows."""
    runtime = fresh_runtime(base_runtime)
    subject = Subject("invoiless", fresh_runtime(base_runtime))
    scratch = ScratchNamespace(Client(runtime))
    app = Sandbox(runtime)

    async def forgetful(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            scratch.reset()

    monkeypatch.setattr("paysandbox.check.suites.Run", UpToALostRecord)
    target = Target(f"http://{HOST}/invoiless", scratch, subject.credentials, app=forgetful)
    # Two hundred find it five times; sixty twice, and with other draws not at all.
    checked = Suites(subject, target, msgspec.structs.replace(QUICK, cases=5, scenarios=200), lambda _: None)
    with pytest.raises(FoundEnough):
        checked._run_scenarios()  # noqa: SLF001 - the other suites, which find nothing of it, take most of the time


def test_a_time_limit_names_the_case(base_runtime: Runtime) -> None:
    """Whoever hangs: here the making of the next item, which never comes."""
    time_limit, stopped, never = TimeLimit(0), Event(), Event()

    def hanging() -> Iterator[int]:
        time_limit.case = "POST /payments, body {}"
        yield 1
        never.wait()

    with pytest.raises(TimeLimitReached, match=r"the time limit of 0 s was reached in POST /payments, body \{\}"):
        list(time_limit.iterate(hanging(), stopped.set))
    assert stopped.is_set()
    never.set()
    found = suites(base_runtime, "invoicexpress", msgspec.structs.replace(PROFILES["quick"], seconds=0))
    assert "the time limit of 0 s was reached in " in found.errors[0]


def test_what_fails_a_hundred_times_is_told_a_few_times() -> None:
    run = Run("p", {"op": Tally()})
    for number in range(100):
        run.add(msgspec.structs.replace(FINDING, curl=str(number)))
    assert (len(run.findings), run.more.total()) == (KEPT, 100 - KEPT)


def test_reports_carry_any_text() -> None:
    """Markup is escaped, and what neither XML nor a terminal can show was written out."""
    assert printable("a\x00\x1b\ud800\nb") == "a\\u0000\\u001b\\ud800\nb"
    report = Report("http://x", "quick", "1", "now", (Run("p", {"op": Tally(3, 2, 1)}, findings=[FINDING]),))
    assert "<b>&" not in render_page(report, "")
    assert "</pre>'" not in render_page(report, "")
    again = ET.fromstring(ET.tostring(build_junit(report)))  # noqa: S314 - our own text
    assert again.find("testsuite/testcase/failure") is not None
    assert "1. p op: body_schema_iff (fuzzing)" in render_summary(report)
    assert report.exit_code == 1


def test_what_could_not_be_finished_is_exit_2_unless_there_are_findings() -> None:
    unfinished = Run("p", {"op": Tally()}, errors=["why"])
    assert Report("x", "quick", "1", "now", (unfinished,)).exit_code == 2
    assert Report("x", "quick", "1", "now", (Run("p", {}, findings=[FINDING]), unfinished)).exit_code == 1
    assert Report("x", "quick", "1", "now", (Run("p", {}),)).exit_code == 0
