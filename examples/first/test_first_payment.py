"""A payment at InvoiceXpress, written as most people would write it. It fails, and its report says why: mend it."""

import httpx

from paysandbox.client.namespace import NamespaceClient


def test_a_payment_gets_a_receipt(paysandbox: NamespaceClient) -> None:
    """The vendor answers an empty 422 to this; so does the sandbox, but the test's report says what was wrong."""
    paid = httpx.post(
        f"{paysandbox.url('invoicexpress')}/documents/1/partial_payments.json",
        params=paysandbox.credentials("invoicexpress"),
        json={"partial_payment": {"amount": 100.0, "payment_date": "2017-10-26"}},
    )
    assert paid.status_code == 200
