"""What a run keeps and counts, how the two halves of one become one, and what its exit code says."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import pytest

from paysandbox.check.results import Finding, Report, Run, Tally, merge_runs
from paysandbox.check.success_gate import list_unreached
from paysandbox.kit.runtime import Runtime

FINDING: Final = Finding("p", "first", "fuzzing", "body_schema_iff", "says", "curl", "sentence")
OTHER: Final = msgspec.structs.replace(FINDING, operation="second")


@pytest.mark.parametrize("most", [1, 3])
def test_findings_beyond_those_that_are_kept_are_counted(most: int) -> None:
    run = Run("p", {"first": Tally()}, most=most)
    for number in range(10):
        run.add(msgspec.structs.replace(FINDING, curl=str(number)))
    assert (len(run.findings), run.more) == (most, Counter({("first", "body_schema_iff"): 10 - most}))


def test_questions_are_no_findings() -> None:
    run = Run("p", {"first": Tally()})
    run.add(FINDING, is_question=True)
    run.add(OTHER, is_question=True)
    assert (run.findings, run.questions, run.more.total()) == ([], [FINDING, OTHER], 0)


def test_the_halves_of_a_run_are_one() -> None:
    """In the contract's order, whichever half ended first."""
    halves = [
        Run("p", {"second": Tally(2)}, findings=[OTHER], questions=[OTHER], more=Counter({("second", "x"): 1})),
        Run("p", {"first": Tally(1)}, findings=[FINDING], questions=[FINDING], more=Counter({("first", "x"): 2})),
    ]
    (run,) = merge_runs(halves, {"p": ["first", "second"]})
    assert (run.findings, run.questions) == ([FINDING, OTHER], [FINDING, OTHER])
    assert (list(run.operations), run.more.total()) == (["first", "second"], 3)


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (Run("p", {}), 0),
        (Run("p", {}, questions=[FINDING]), 0),
        (Run("p", {}, findings=[FINDING]), 1),
        (Run("p", {}, errors=["why"]), 2),
        (Run("p", {}, findings=[FINDING], errors=["why"]), 1),
    ],
    ids=["nothing", "a question", "a finding", "not finished", "a finding, not finished"],
)
def test_the_exit_code(run: Run, code: int) -> None:
    assert Report("x", "quick", "1", "now", (Run("q", {}), run)).exit_code == code


def test_only_what_took_no_valid_request_is_not_reached(base_runtime: Runtime) -> None:
    operations = base_runtime.services["invoiless"].contract.operations[:2]
    reached, missed = operations
    tallies = {reached.id: Tally(9, 3, 1, Counter({404: 2})), missed.id: Tally(9, 2, 0, Counter({404: 2}))}
    own: Any = SimpleNamespace(describe_missing=lambda _: ["id (table payments)"])
    (found,) = list_unreached(operations, tallies, own)
    assert found.operation == missed.id
    assert found.says == "none of 2 valid requests succeeded: 404 to 2"
    assert found.help == "give a record that it accepts with --data: id (table payments)"
