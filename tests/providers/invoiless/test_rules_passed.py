"""Through which rules a call passes: what a user's coverage counts, and what explanations name."""

from typing import Any

import pytest

from tests.providers.conftest import Passed
from tests.providers.invoiless.conftest import (
    DRAFT,
    NOBODY,
    PAID,
    PAID_PAYMENT,
    PROVIDER,
    RETAINER,
    STUDIO,
    THREE,
    THREE_LAST,
    UNTOUCHED,
    path_of,
    payments_of,
)

DAY = {"method": "Card", "paidAt": "2024-01-15"}
SCOPED = "scope-limits-what-is-seen"
FOLLOWS = "invoice-status-follows-payments"


@pytest.mark.parametrize(
    ("call", "body", "rules"),
    [
        (f"POST {payments_of(THREE)}", {**DAY, "amount": 1}, set()),
        (f"POST {payments_of(UNTOUCHED)}", {**DAY, "amount": 1}, {FOLLOWS}),
        (f"POST {payments_of(THREE)}", DAY, {"amount-defaults-to-balance", FOLLOWS}),
        (f"POST {payments_of(THREE)}", {"method": "Card", "amount": 1}, {"paid-at-defaults-to-today"}),
        (f"POST {payments_of(THREE)}", {**DAY, "amount": 1, "sendNotification": True}, {"notification-is-kept"}),
        (f"POST {payments_of(RETAINER)}", {**DAY, "amount": 1}, {"retainers-take-payments", FOLLOWS}),
        (f"POST {payments_of(THREE)}", {**DAY, "amount": 1549.51}, {"overpayment-is-refused"}),
        (f"POST {payments_of(PAID)}", DAY, {"nothing-left-to-pay-is-refused"}),
        (f"POST {payments_of(DRAFT)}", DAY, {"closed-invoice-takes-no-payment"}),
        (f"GET {payments_of(THREE)}", None, set()),
        (f"GET {payments_of(RETAINER)}", None, {"retainers-take-payments"}),
        (f"GET {path_of(THREE_LAST)}", None, set()),
        (f"PUT {path_of(THREE_LAST)}", {**DAY, "amount": 1}, {"put-replaces"}),
        (f"PUT {path_of(THREE_LAST)}", DAY, {"put-replaces", "amount-defaults-to-balance", FOLLOWS}),
        (f"PATCH {path_of(THREE_LAST)}", {}, {"patch-merges"}),
        (f"PATCH {path_of(THREE_LAST)}", {"paidAt": ""}, {"patch-merges", "paid-at-defaults-to-today"}),
        (f"DELETE {path_of(THREE_LAST)}", None, {"deleted-payment-is-gone"}),
        (f"DELETE {path_of(PAID_PAYMENT)}", None, {"deleted-payment-is-gone", FOLLOWS}),
        (f"GET {path_of(NOBODY)}", None, set()),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, call: str, body: Any, rules: set[str]) -> None:
    """Those rules, and no other."""
    assert passed(PROVIDER, call, body, api_key="invoiless-test-key") == rules


@pytest.mark.parametrize("call", [f"GET {payments_of(THREE)}", f"GET {path_of(THREE_LAST)}", f"GET {path_of(NOBODY)}"])
def test_a_scope_is_exercised_by_whoever_sends_one(passed: Passed, call: str) -> None:
    """Whether the record is in it or not."""
    assert passed(PROVIDER, call, api_key="invoiless-test-key", scope_id=STUDIO) == {SCOPED}
