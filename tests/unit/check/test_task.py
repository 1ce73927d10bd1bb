"""A check of one API is done in two parts, and reported as one."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from paysandbox.app import create_runtime
from paysandbox.check.profiles import PROFILES
from paysandbox.check.results import Finding, Run, Tally, Unreached, merge_runs
from paysandbox.check.task import Task, split_task
from paysandbox.kit.provider import Service

TASK = Task(name="invisible_collector", depth=PROFILES["quick"], url=None, namespace="check", credentials={})
RUNNING = {"url": "http://127.0.0.1:4080", "namespace": "check-1"}


@pytest.fixture(scope="module")
def service() -> Service:
    return create_runtime(provider_names=("invisible_collector",)).services["invisible_collector"]


@pytest.mark.parametrize("change", [{}, RUNNING], ids=["own sandbox", "running sandbox"])
def test_each_operation_is_in_one_part(service: Service, change: dict[str, Any]) -> None:
    """Also those with a body, which have most cases; where the parts share a server, each has a namespace."""
    parts = split_task(msgspec.structs.replace(TASK, **change), service)
    operations = {operation.id: operation for operation in service.contract.operations}
    checked = [operations.keys() - part.unchecked for part in parts]
    assert sorted(name for share in checked for name in share) == sorted(operations)
    with_body = [sum(operations[name].body is not None for name in share) for share in checked]
    assert abs(with_body[0] - with_body[1]) <= 1
    assert len({part.namespace for part in parts}) == (2 if change else 1)


def test_what_is_not_chosen_is_in_no_part(service: Service) -> None:
    unchecked = frozenset({"createPayment", "getDebt"})
    for part in split_task(msgspec.structs.replace(TASK, unchecked=unchecked), service):
        assert unchecked < part.unchecked


@pytest.mark.parametrize(
    "change",
    [
        {"depth": PROFILES["full"]},
        {"url": "http://shop.example", "namespace": None},
        {"name": "control", **RUNNING},
        {"unchecked": "all but few"},
    ],
    ids=["scenarios", "another server", "control plane of a running sandbox", "few operations"],
)
def test_what_one_part_must_see_whole_is_not_split(service: Service, change: dict[str, Any]) -> None:
    if "unchecked" in change:
        change = {"unchecked": frozenset(operation.id for operation in service.contract.operations[5:])}
    task = msgspec.structs.replace(TASK, **change)
    assert split_task(task, service) == [task]


def make_part(operation: str, number: int) -> Run:
    finding = Finding("p", operation, "coverage", "body_schema_iff", f"says {number}", "curl", "sentence")
    return Run(
        "p",
        {operation: Tally(number, number, 1)},
        phases=Counter(coverage=number),
        checks=Counter(body_schema_iff=number),
        findings=[finding],
        more=Counter({(operation, "body_schema_iff"): number}),
        questions=[finding],
        unreached=[Unreached(operation, "says", "help")],
        errors=["the same", f"error {number}"],
        checked_bodies=number,
        links=number,
        seconds=number,
    )


def test_the_parts_are_one_run() -> None:
    """Nothing that a part found is lost; counts are sums, and operations stand in the contract's order."""
    (run,) = merge_runs([make_part("b", 2), make_part("a", 5)], {"p": ["a", "b"]})
    assert list(run.operations) == ["a", "b"]
    assert [finding.says for finding in run.findings] == ["says 5", "says 2"]
    assert [question.says for question in run.questions] == ["says 5", "says 2"]
    assert len(run.unreached) == 2
    assert run.errors == ["the same", "error 2", "error 5"]
    assert (run.phases.total(), run.checks.total(), run.more.total()) == (7, 7, 7)
    assert (run.checked_bodies, run.links, run.seconds) == (7, 7, 5)


def test_runs_of_two_apis_stay_two() -> None:
    runs = [make_part("a", 1), msgspec.structs.replace(make_part("a", 2), provider="q")]
    assert [run.provider for run in merge_runs(runs, {"p": ["a"], "q": ["a"]})] == ["p", "q"]
