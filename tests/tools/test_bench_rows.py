"""Every kind of call that has a row is carried out, and is what its name says."""

from collections.abc import Iterator

import pytest

from tools.bench import rows
from tools.bench.kinds import FEW, CallKind, list_kinds
from tools.bench.plan import Plan
from tools.bench.processes import SANDBOX, Running, running
from tools.bench.throughput import Rates

MANY = 150


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(SANDBOX) as server:
        yield server


def test_every_kind_is_answered_as_expected(sandbox: Running) -> None:
    """The namespaces have as many payments as their names say, and refusals are refusals."""
    kinds = list_kinds(MANY)
    assert rows.prepare(sandbox, kinds, MANY, is_present=True) == kinds
    for name, size in (("few", FEW), ("many", MANY)):
        state = sandbox.read(f"/_sandbox/namespaces/{name}/state/invoiless/payments")
        assert sum(payment["amount"] < 1 for payment in state.values()) == size
    entries = sandbox.read("/_sandbox/namespaces/default/requests?limit=100")["requests"]
    refused = [kind.name for kind in kinds if kind.name.endswith("refusal")]
    assert len(refused) == len([entry for entry in entries if entry["refused"]]) == 4


def test_a_call_that_is_not_carried_out_stops_the_run(sandbox: Running) -> None:
    """Of the present sandbox; an older one is not compared there."""
    wrong = CallKind("wrong", list_kinds(MANY)[0].requests, b"5")
    with pytest.raises(RuntimeError, match="wrong: an answer was not as expected"):
        rows.prepare(sandbox, [wrong], 1, is_present=True)
    assert rows.prepare(sandbox, [wrong], 1, is_present=False) == []


def test_growth_is_told_for_both_sandboxes() -> None:
    """By processor time; the goal is the present one's."""
    found = {}
    for what in ("journal read", "last page of payments"):
        for name in ("sandbox", "before"):
            found[f"{what}: few", name], found[f"{what}: many", name] = Rates([1], [2]), Rates([1], [6])
    figures = list(rows._grow(MANY, found))  # noqa: SLF001 - a run would take seconds
    assert [(figure.value, figure.goal is None) for figure in figures] == [(3, False), (3, True)] * 2


@pytest.mark.slow
def test_every_row_is_measured() -> None:
    """A tiny run has a figure for each kind, and two for growth."""
    figures = list(rows.measured(Plan(rounds=1, seconds=2, listed=MANY)))
    assert len(figures) == 2 * len(list_kinds(MANY)) + 2
    assert all(figure.value > 0 for figure in figures)
