"""The default fixtures hold what the invariants and the contract suites need."""

from collections import Counter
from decimal import Decimal

from paysandbox.providers.invoiless.records import InvoilessState


def test_every_balance_is_the_total_less_the_payments(state: InvoilessState) -> None:
    """To the cent, whatever the status."""
    for one in state.invoices.records():
        paid = sum((payment.amount for payment in state.payments.all("invoice", one.id)), Decimal(0))
        assert one.balance == one.total - paid, one.number


def test_every_status_agrees_with_the_balance(state: InvoilessState) -> None:
    """For the statuses that payments lead to."""
    for one in state.invoices.records():
        if one.status in {"Unpaid", "Partial", "Paid"}:
            expected = "Unpaid" if one.balance == one.total else "Partial" if one.balance else "Paid"
            assert one.status == expected, one.number


def test_nothing_refers_to_another_account(state: InvoilessState) -> None:
    """Customers and scopes belong to the invoice's account; numbers are unique in it."""
    for one in state.invoices.records():
        customer = state.customers.get(one.customer)
        assert customer is not None
        assert customer.account == one.account
        scope = state.scopes.get(one.scope)
        assert one.scope is None or (scope is not None and scope.account == one.account)
    numbers = Counter((one.account, one.number) for one in state.invoices.records())
    assert set(numbers.values()) == {1}


def test_every_total_is_that_of_the_items(state: InvoilessState) -> None:
    """Each quantity times its price; every invoice has an item."""
    for one in state.invoices.records():
        assert one.items
        assert one.total == sum((item.quantity * item.price for item in one.items), Decimal(0)), one.number


def test_every_invoice_was_created_on_its_day(state: InvoilessState) -> None:
    """And its id begins with that time."""
    for one in state.invoices.records():
        assert one.created_at.date() == one.date, one.number
        assert int(one.created_at.timestamp()) == int(one.id[:8], 16), one.number


def test_there_is_enough_to_pay(state: InvoilessState) -> None:
    """At least forty payable invoices, one in every other status, and two retainers."""
    statuses = Counter(one.status for one in state.invoices.records())
    assert statuses["Unpaid"] + statuses["Partial"] >= 40
    assert all(statuses[one] >= 1 for one in ("Draft", "Pending", "Canceled", "Paid", "Refunded"))
    assert sum(one.is_retainer for one in state.invoices.records()) == 2
