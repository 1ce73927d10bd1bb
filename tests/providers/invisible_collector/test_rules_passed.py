"""Through which rules a call passes: what a user's coverage counts, and what explanations name."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.providers.invisible_collector.known import PROVIDER
from tests.providers.known import Passed

Body = Callable[..., dict[str, Any]]

PAID = {"number-unique-per-company", "status-defaults-to-final", "payment-updates-referenced-debts"}
DEBT, OTHER = "FT 2016/101", "FT 2016/102"


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, PAID),
        ({"status": None}, PAID),
        ({"status": "FINAL"}, PAID - {"status-defaults-to-final"}),
        ({"status": "CANCELLED"}, {"number-unique-per-company", "cancelled-payment-does-not-count"}),
        ({"grossTotal": 100}, PAID),
        ({"grossTotal": 100.01}, PAID | {"totals-are-taken-as-given"}),
        (
            {"lines": [{"number": DEBT, "amount": 1}, {"number": OTHER, "amount": 1}]},
            PAID | {"two-documents-one-payment"},
        ),
        (
            {"lines": [{"number": DEBT, "amount": 999999999.99}]},
            PAID | {"overpayment-is-accepted", "debt-status-follows-totals"},
        ),
        (
            {"lines": [{"number": DEBT, "referenceNumber": "NC NC/001", "amount": 1}]},
            PAID - {"payment-updates-referenced-debts"}
            | {"line-with-reference-links-note", "linked-note-counts-once", "note-names-its-latest-debt"},
        ),
        (
            {"lines": [{"number": "FT 9999/1", "amount": 1}]},
            PAID - {"payment-updates-referenced-debts"} | {"unknown-document-is-404"},
        ),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
def test_a_payment_passes_through_what_it_exercises(
    passed: Passed, payment: Body, changes: dict[str, Any], rules: set[str]
) -> None:
    """Those rules, and no other."""
    assert passed(PROVIDER, "POST /payments", payment(**changes), authorization="Bearer ic-test-token") == rules


def test_a_repeat_passes_through_the_comparison(passed: Passed, payment: Body) -> None:
    """Whether it is the same payment or another one under its number."""
    compared = {"number-unique-per-company", "status-defaults-to-final", "same-payment-is-judged-by-value"}
    asked = {"authorization": "Bearer ic-test-token"}
    passed(PROVIDER, "POST /payments", payment(), **asked)
    again = passed(PROVIDER, "POST /payments", payment(), **asked)
    assert again == compared | {"identical-repeat-is-idempotent"}
    other = passed(PROVIDER, "POST /payments", payment(type="XX"), **asked)
    assert other == compared | {"different-payment-same-number-conflicts"}
