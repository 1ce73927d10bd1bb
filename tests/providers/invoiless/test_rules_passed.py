"""Rules that a call passes through: coverage counts them, explanations name them."""

from typing import Any

import pytest

from tests.providers.invoiless.known import (
    DRAFT,
    INVOICES,
    NEW,
    NOBODY,
    PAID,
    PAID_PAYMENT,
    PROVIDER,
    RETAINER,
    THREE,
    THREE_LAST,
    UNTOUCHED,
    WORKSHOP,
    invoice_path,
    path_of,
    payments_of,
)
from tests.providers.known import Passed

DAY = {"method": "Card", "paidAt": "2024-01-15"}
SCOPED = "scope-limits-what-is-seen"
FOLLOWS = "invoice-status-follows-payments"
SUM = "total-is-the-sum-of-the-items"
DEFAULTS = {"date-defaults-to-today", "due-date-defaults-to-30-days", "currency-defaults-to-the-account-s"}
DRAFT_BY_DEFAULT = "status-defaults-to-draft"
ADJUSTED = "discount-and-charges-change-the-net-total"
KEPT = "status-asked-for-is-kept"
SAID = {"status": "Unpaid", "number": "A-1", "date": "2024-01-15", "dueDate": "2024-01-15", "currency": "EUR"}
PASSING = {"billTo": {"company": "Brasserie Zonnehof"}}


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
        (f"POST {INVOICES}", NEW, {*DEFAULTS, DRAFT_BY_DEFAULT, "number-is-the-next", SUM}),
        (f"POST {INVOICES}", {**NEW, **SAID}, {SUM, KEPT}),
        (f"POST {INVOICES}", {**NEW, **SAID, "status": "Paid"}, {SUM, KEPT, "paid-status-needs-no-payment"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "status": "Partial"}, {SUM, KEPT, "paid-status-needs-no-payment"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "discount": 1}, {SUM, KEPT, ADJUSTED}),
        (f"POST {INVOICES}", {**NEW, **SAID, "extraCharges": {"value": 1}}, {SUM, KEPT, ADJUSTED}),
        (f"POST {INVOICES}", {**NEW, **SAID, "taxes": [{"rate": 1}]}, {SUM, KEPT, "taxes-are-of-the-net-total"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "terms": "<b>x", "notes": "y"}, {SUM, KEPT, "html-is-sanitized"}),
        (
            f"POST {INVOICES}",
            {**NEW, **SAID, "customer": {"billTo": {"company": "x", "email": "A@b.example"}}},
            {SUM, KEPT, "customer-is-made-in-passing", "email-is-lower-cased"},
        ),
        (f"POST {INVOICES}", {**NEW, **SAID, "number": "INV-2023-145"}, {"number-is-unique"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "isRetainer": True}, {SUM, KEPT, "retainers-are-invoices"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "customer": PASSING}, {SUM, KEPT, "customer-is-made-in-passing"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "customer": NOBODY}, {KEPT, "customer-must-be-known"}),
        (f"POST {INVOICES}", {**NEW, **SAID, "dueDate": "2024-01-14"}, {"due-date-is-not-before-date"}),
        (f"GET {INVOICES}", None, {"retainers-are-invoices"}),
        (f"GET {invoice_path(THREE)}", None, set()),
        (f"GET {invoice_path(RETAINER)}", None, {"retainers-are-invoices"}),
    ],
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, call: str, body: Any, rules: set[str]) -> None:
    """Exactly these rules."""
    assert passed(PROVIDER, call, body, api_key="invoiless-test-key") == rules


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("page=2", set()),
        ("search=harbour", {"search-finds-number-customer-or-tag", "retainers-are-invoices"}),
        ("search=nobody", {"search-finds-number-customer-or-tag"}),
        ("search=", {"retainers-are-invoices"}),
        ("isRetainer=true", {"retainers-can-be-filtered", "retainers-are-invoices"}),
        ("isRetainer=false", {"retainers-can-be-filtered"}),
        ("page=2&limit=100", set()),
        ("page=2&limit=101", {"limit-is-at-most-100"}),
    ],
)
def test_a_list_passes_through_what_it_shows(passed: Passed, query: str, rules: set[str]) -> None:
    """A search counts if it finds nothing; an empty search text is no search."""
    assert passed(PROVIDER, f"GET {INVOICES}", query=query, api_key="invoiless-test-key") == rules


@pytest.mark.parametrize(
    "call",
    [
        f"GET {payments_of(THREE)}",
        f"GET {path_of(THREE_LAST)}",
        f"GET {path_of(NOBODY)}",
        f"GET {INVOICES}",
        f"GET {invoice_path(THREE)}",
        f"GET {invoice_path(NOBODY)}",
    ],
)
def test_every_call_with_a_scope_exercises_it(passed: Passed, call: str) -> None:
    """Whether the record is in the scope or not."""
    assert passed(PROVIDER, call, api_key="invoiless-test-key", scope_id=WORKSHOP) - {"retainers-are-invoices"} == {
        SCOPED
    }


def test_an_invoice_made_in_a_scope_exercises_it(passed: Passed) -> None:
    """Besides the rules of every new invoice."""
    rules = passed(PROVIDER, f"POST {INVOICES}", {**NEW, **SAID}, api_key="invoiless-test-key", scope_id=WORKSHOP)
    assert rules == {SCOPED, SUM, KEPT}
