"""What taking a payment back reads however many payments there are, counted in entries: no figure here is a time."""

import pytest

from paysandbox.providers.invisible_collector import ledger
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState, Line, Payment
from paysandbox.providers.invisible_collector.rules import Entry
from tests.helpers.runtimes import Client
from tests.providers.invisible_collector.known import Body

PAID = "FT 2016/001"
OTHER = "FT 2016/102"


@pytest.mark.parametrize("others", [0, 100])
def test_a_payment_is_taken_back_without_reading_those_of_other_debts(
    api: Client, payment: Body, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The debt stays paid, so that all its own entries are read to find out since when."""
    for number in range(others):
        line = {"number": OTHER, "amount": 1}
        assert api.post("/payments", payment(number=f"O {number}", lines=[line])).status == 201
    api.post("/payments", payment(externalId="x", lines=[{"number": PAID, "amount": 5}]))
    build, built = ledger.build_entry, []

    def count(state: InvisibleCollectorState, payment: Payment, line: Line) -> Entry:
        built.append(line)
        return build(state, payment, line)

    monkeypatch.setattr(ledger, "build_entry", count)
    assert api.put("/payments/x/cancel").status == 200
    assert len(built) == 2  # the line of this payment, and that of the one before it
