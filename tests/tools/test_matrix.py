"""The matrix of outcomes: one scenario, four vendors, and the page that shows it is the one that comes of it."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tools.matrix.__main__ import HEAD, PAGE, outcomes, table
from tools.matrix.scenarios import SCENARIOS, Outcome
from tools.matrix.vendors import VENDORS


@pytest.fixture(scope="module")
def found(base_runtime: Runtime) -> dict[str, dict[str, Outcome]]:
    """All outcomes, by payment and vendor."""
    return outcomes(base_runtime)


def test_the_page_is_current(found: dict[str, dict[str, Outcome]]) -> None:
    """`make matrix ARGS=--write` was run since anything changed."""
    assert PAGE.read_text() == HEAD + table(found)


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
