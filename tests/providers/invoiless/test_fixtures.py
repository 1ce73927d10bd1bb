"""The fixtures add up, and hold the records that tests need."""

from collections import Counter
from decimal import Decimal

from paysandbox.providers.invoiless.records import InvoilessState


def test_every_balance_is_the_total_less_the_payments(state: InvoilessState) -> None:
    """To the cent, whatever the status, unless that was given without payments."""
    for invoice in state.invoices.records():
        if invoice.status_given:
            assert invoice.status == "Canceled"
            assert invoice.balance == 0
            continue
        paid = sum((payment.amount for payment in state.payments.all("invoice", invoice.id)), Decimal(0))
        assert invoice.balance == invoice.total - paid, invoice.number


def test_every_status_agrees_with_the_balance(state: InvoilessState) -> None:
    """For the statuses that payments lead to."""
    for invoice in state.invoices.records():
        if invoice.status in {"Unpaid", "Partial", "Paid"}:
            expected = "Unpaid" if invoice.balance == invoice.total else "Partial" if invoice.balance else "Paid"
            assert invoice.status == expected, invoice.number


def test_nothing_refers_to_another_account(state: InvoilessState) -> None:
    """Customers and scopes belong to the invoice's account; numbers are unique in it."""
    for invoice in state.invoices.records():
        customer = state.customers.get(invoice.customer)
        assert customer is not None
        assert customer.account == invoice.account
        scope = state.scopes.get(invoice.scope)
        assert invoice.scope is None or (scope is not None and scope.account == invoice.account)
    numbers = Counter((invoice.account, invoice.number) for invoice in state.invoices.records())
    assert set(numbers.values()) == {1}


def test_every_total_is_that_of_the_items(state: InvoilessState) -> None:
    """Each quantity times its price; every invoice has an item."""
    for invoice in state.invoices.records():
        assert invoice.items
        assert invoice.total == sum((item.quantity * item.price for item in invoice.items), Decimal(0)), invoice.number


def test_every_invoice_was_created_on_its_day(state: InvoilessState) -> None:
    """And its id begins with that time."""
    for invoice in state.invoices.records():
        assert invoice.created_at.date() == invoice.date, invoice.number
        assert int(invoice.created_at.timestamp()) == int(invoice.id[:8], 16), invoice.number


def test_there_are_invoices_of_every_kind(state: InvoilessState) -> None:
    """One in every status at least, the greatest amount and the least owed, and two retainers."""
    invoices = list(state.invoices.records())
    assert {invoice.status for invoice in invoices} >= {
        *("Draft", "Pending", "Unpaid", "Partial", "Paid", "Refunded", "Canceled"),
    }
    unpaid = [invoice.balance for invoice in invoices if invoice.status == "Unpaid"]
    assert (min(unpaid), max(unpaid)) == (Decimal("0.01"), Decimal("9999999999999.99"))
    assert sum(invoice.is_retainer for invoice in invoices) == 2
