"""The matrix of outcomes: one scenario, four vendors, and the page that shows it is the one that comes of it."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tools.matrix.__main__ import AROUND_HEAD, HEAD, PAGE, outcomes, outcomes_around, table
from tools.matrix.flows import FLOWS
from tools.matrix.scenarios import SCENARIOS, Outcome
from tools.matrix.vendors import VENDORS


@pytest.fixture(scope="module")
def found(base_runtime: Runtime) -> dict[str, dict[str, Outcome]]:
    """All outcomes, by payment and vendor."""
    return outcomes(base_runtime)


@pytest.fixture(scope="module")
def around(base_runtime: Runtime) -> dict[str, dict[str, Outcome | None]]:
    """All outcomes around payments, by flow and vendor."""
    return outcomes_around(base_runtime)


def test_the_page_is_current(
    found: dict[str, dict[str, Outcome]], around: dict[str, dict[str, Outcome | None]]
) -> None:
    """`make matrix ARGS=--write` was run since anything changed."""
    assert PAGE.read_text() == HEAD + table(found) + AROUND_HEAD + table(around, "flow")


def test_a_flow_has_a_row_where_two_vendors_have_it(around: dict[str, dict[str, Outcome | None]]) -> None:
    assert list(around) == list(FLOWS)
    for name, by_vendor in around.items():
        assert sum(outcome is not None for outcome in by_vendor.values()) > 1, name


def test_what_is_refused_around_a_payment_changes_nothing(around: dict[str, dict[str, Outcome | None]]) -> None:
    """As much is owed as before, or as a part was paid."""
    outcomes = [outcome for by_vendor in around.values() for outcome in by_vendor.values() if outcome is not None]
    refused = [outcome for outcome in outcomes if not outcome.carried_out and outcome.owed is not None]
    assert refused
    assert {outcome.owed for outcome in refused} <= {Decimal(100), Decimal(60)}


def test_every_vendor_meets_every_payment(found: dict[str, dict[str, Outcome]]) -> None:
    """Nine of them, four times."""
    assert list(found) == list(SCENARIOS)
    assert all(list(by_vendor) == [vendor.name for vendor in VENDORS] for by_vendor in found.values())
    assert len(SCENARIOS) * len(VENDORS) == 36


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_what_all_vendors_have_in_common(found: dict[str, dict[str, Outcome]], vendor: Any) -> None:
    """A whole payment settles, a cancelled one leaves no trace; nothing unknown is paid."""
    at = {name: by_vendor[vendor.name] for name, by_vendor in found.items()}
    assert (at["full"].carried_out, at["full"].owed) == (True, Decimal(0))
    assert (at["paid and cancelled"].carried_out, at["paid and cancelled"].owed) == (True, vendor.whole)
    assert not at["unknown document"].carried_out
    assert not at["unknown property"].carried_out


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_refused_payment_owes_as_much_as_before(found: dict[str, dict[str, Outcome]], vendor: Any) -> None:
    refused = [by_vendor[vendor.name] for by_vendor in found.values() if not by_vendor[vendor.name].carried_out]
    assert refused
    assert {one.owed for one in refused} <= {vendor.whole, Decimal(0), None}
