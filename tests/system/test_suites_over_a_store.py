"""Tests of calls, as they are, over a store: two workers answer by turns, and the tests see no difference."""

import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.redis_servers import running
from tests.helpers.stores import BY_HAND

ROOT: Final = Path(__file__).parents[2]
CONTROL: Final = "tests/unit/control"
SUITES: Final = {
    "flows": [
        "tests/providers/*/test_flows.py",
        "tests/providers/*/test_create_p*.py",
        "tests/providers/invoiless/test_webhooks.py",
    ],
    "ledgers": ["tests/providers/*/test_ledger.py"],
    "control": [f"{CONTROL}/test_*.py"],
}
# Over SQLite; flows and ledgers are among them.
ALL_OF_PROVIDERS: Final = ["tests/providers/**/test_*.py"]

# Tests that cannot pass over two workers, by their reason. A test that could is to be taken out of here.
LEFT_OUT: Final = {
    "each worker counts for itself the calls that it has answered, for its gates and metrics": (
        "test_metrics.py::test_calls_are_counted_by_provider_operation_status_and_refusal",
        "test_metrics.py::test_durations_are_counted_by_bounds_that_include_the_lower_ones",
        "test_metrics.py::test_calls_that_were_dropped_before_anyone_asked_are_counted_without_their_kind",
        "test_metrics.py::test_the_figures_of_workers_are_summed_and_outlive_them",
        "test_requests.py::test_a_refusal_can_be_expected_afterwards",
        "test_requests.py::test_a_request_can_say_that_it_will_be_refused",
        "test_requests.py::test_an_unknown_expectation_is_refused",
        "test_requests.py::test_a_preference_that_cannot_be_met_counts_as_refused",
        "test_requests.py::test_a_namespace_that_cannot_be_is_in_the_journal",
    ),
    "each worker notes the journal for itself, so that the second reading is the first of the other one": (
        "test_journal_growth.py::test_a_second_reading_passes_few_entries",
    ),
    "each worker knows for itself which session was ended, and how many tokens were wrong": (
        "test_sessions.py::test_a_session_ends_when_the_browser_signs_out",
        "test_sessions.py::test_wrong_tokens_are_counted",
    ),
    "the test changes the limits, the advice or a namespace of one worker by hand": (
        "test_advice.py::test_the_providers_advice_comes_first",
        "test_advice.py::test_a_provider_sees_the_call_as_it_was_made",
        "test_advice.py::test_advice_that_fails_keeps_nobody_from_reading",
        "test_invariants.py::test_what_breaks_one_is_named",
        "test_invariants.py::test_checking_mends_and_changes_nothing",
        "test_namespaces.py::test_beyond_the_limit_the_one_unused_for_longest_goes",
        "test_requests.py::test_evicted_calls_are_counted",
        "test_requests.py::test_calls_that_another_namespace_pushed_out_are_told_so",
        "test_webhooks.py::test_a_deleted_namespace_delivers_nothing",
    ),
}
MOST_LEFT_OUT: Final = 21  # so that the list does not grow unnoticed


@pytest.mark.parametrize(
    ("suite", "engine"),
    [
        ("flows", "redis"),
        ("ledgers", "redis"),
        pytest.param("control", "redis", marks=pytest.mark.sweep),
        pytest.param("control", "sqlite", marks=pytest.mark.sweep),
    ],
)
def test_a_suite_passes_over_two_workers(suite: str, engine: str, tmp_path: Path) -> None:
    """Most of its tests run; those that change their sandbox by hand are skipped."""
    with running(tmp_path) if engine == "redis" else nullcontext() as server:
        check_suite(SUITES[suite], engine if server is None else server.url)


@pytest.mark.sweep
def test_all_tests_of_providers_pass_over_two_workers() -> None:
    check_suite(ALL_OF_PROVIDERS, "sqlite")


def test_few_tests_are_left_out() -> None:
    """Each is a test that there is."""
    names = [name for left_out in LEFT_OUT.values() for name in left_out]
    assert len(set(names)) == len(names) <= MOST_LEFT_OUT
    for name in names:
        file, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / CONTROL / file).read_text(), name


def check_suite(patterns: Sequence[str], store: str) -> None:
    files = [str(path.relative_to(ROOT)) for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    assert files
    plugins = ["-p", "no:xdist", "-p", "no:cacheprovider", "-p", "tests.helpers.over_store", "--over-store", store]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        *plugins,
        *(f"--deselect={CONTROL}/{name}" for names in LEFT_OUT.values() for name in names),
        "--hypothesis-profile",
        "few",
        "-m",
        "not slow",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    skipped = re.search(r"SKIPPED \[(\d+)\].*" + re.escape(BY_HAND), done.stdout)
    assert passed is not None
    assert int(passed[1]) > int(skipped[1] if skipped else 0)
