"""Rules that a call passes through: coverage counts them, explanations name them."""

from typing import Any

import pytest

from tests.providers.invoicexpress.known import CREDIT_NOTE, DRAFT, PROVIDER, UNPAID
from tests.providers.known import Passed

EVERY = {"amount-zero-or-more", "receipt-takes-next-number", "receipt-total-is-amount-paid"}
GIVEN = {"amount": 1, "payment_mechanism": "TB", "serie": "A", "payment_date": "26/10/2017"}


@pytest.mark.parametrize(
    ("document", "changes", "rules"),
    [
        (UNPAID, {}, EVERY),
        (UNPAID, {"payment_mechanism": None}, EVERY | {"mechanism-defaults"}),
        (UNPAID, {"serie": None}, EVERY | {"serie-defaults-to-documents"}),
        (UNPAID, {"payment_date": None}, EVERY | {"payment-date-defaults-to-today"}),
        (UNPAID, {"amount": 1070}, EVERY | {"full-payment-settles-document"}),
        (UNPAID, {"amount": 1070.01}, {"amount-zero-or-more", "overpayment-is-refused"}),
        (UNPAID, {"serie": "none"}, {"amount-zero-or-more", "serie-defaults-to-documents"}),
        (DRAFT, {}, {"draft-or-cancelled-takes-no-payment"}),
        (CREDIT_NOTE, {}, {"only-invoices-and-simplified-invoices"}),
        (2, {}, {"unknown-document-is-404"}),
    ],
)
def test_a_payment_passes_through_what_it_exercises(
    passed: Passed, document: int, changes: dict[str, Any], rules: set[str]
) -> None:
    """Exactly these rules."""
    call = f"POST /documents/{document}/partial_payments.json"
    assert passed(PROVIDER, call, {"partial_payment": GIVEN | changes}, query="api_key=ix-test-key") == rules
