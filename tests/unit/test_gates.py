"""The gates of `paysandbox exec`: coverage of one provider, of all together, and refused calls."""

from decimal import Decimal

import pytest

from paysandbox.cli.gates import Threshold, find_failures, read_thresholds
from paysandbox.coverage.report import sum_subjects
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import first_calls


@pytest.fixture
def called(runtime: Runtime) -> Runtime:
    """A sandbox of which one call of Invoiless was carried out."""
    (call,) = (call for call in first_calls(runtime) if call.service.provider.name == "invoiless")
    assert call.send(Client(runtime)).status < 300
    return runtime


def measure(runtime: Runtime, *names: str) -> Decimal:
    """The coverage of some providers together, in percent."""
    subjects = runtime.list_coverage_subjects(runtime.namespaces.sum_counts())
    return sum_subjects([subject for subject in subjects if subject[0] in names]).percent


def test_a_threshold_of_a_provider_is_about_it_alone(called: Runtime) -> None:
    """The others, which were not called, do not lower it; they have none of their own."""
    own, everything = measure(called, "invoiless"), measure(called, *called.services)
    assert own > everything > 0
    assert measure(called, "crm_com") == 0
    between = (own + everything) / 2
    assert list(find_failures([], [Threshold("invoiless", between)], called, None)) == []
    (failure,) = find_failures([], [Threshold(None, between)], called, None)
    assert failure == f"--fail-under {between:f}: contract coverage is {everything} %"
    (failure,) = find_failures([], [Threshold("crm_com", Decimal("0.1"))], called, None)
    assert failure == f"--fail-under crm_com=0.1: coverage of crm_com is {measure(called, 'crm_com')} %"


def test_a_threshold_that_is_reached_is_no_failure(called: Runtime) -> None:
    """Exactly is enough."""
    exact = measure(called, "invoiless")
    assert list(find_failures([], read_thresholds([f"invoiless={exact}"]), called, None)) == []
    assert len(list(find_failures([], [Threshold("invoiless", exact + Decimal("0.1"))], called, None))) == 1


def test_refused_calls_close_their_gate(called: Runtime) -> None:
    assert list(find_failures(["refused"], [], called, None)) == []
    Client(called).get("/invoiless/v1/invoices")
    assert list(find_failures(["refused"], [], called, None)) == ["--fail-on refused: 1 call was refused"]
