"""A payment at InvoiceXpress with the date in ISO format. The test fails, and its report says why: fix it."""

import httpx

from paysandbox import NamespaceClient


def test_a_payment_gets_a_receipt(paysandbox: NamespaceClient) -> None:
    """The vendor refuses this with an empty 422. The sandbox does too, but the report of the test gives the reason."""
    paid = httpx.post(
        f"{paysandbox.url('invoicexpress')}/documents/1/partial_payments.json",
        params=paysandbox.credentials("invoicexpress"),
        json={"partial_payment": {"amount": 100.0, "payment_date": "2017-10-26"}},
    )
    assert paid.status_code == 200
