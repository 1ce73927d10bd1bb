"""Through which rules a call passes: what a user's coverage counts, and what explanations name."""

from typing import Any

import pytest

from tests.providers.crm_com.known import CANCEL, CREDENTIALS, LOGIN, PAY, PROVIDER, RELEASE, Body
from tests.providers.known import Passed

BASE = "/crmapi/rest/v2"
FOUND = {"token-must-be-valid", "exactly-one-key-per-identifier", "accounts-receivable-or-wallet"}
PAID = FOUND | {
    *("invoice-belongs-to-account", "pays-whole-outstanding-amount", "allocation-against-item", "currency-rate-period"),
}
RECEIVED = {"received_on": "2014-07-14T09:12:54", "received_by_user_identifier": {"username": "JackH"}}
BY_CARD = {
    "accounts_receivable_identifier": {"number": "193"},
    "payment_method_identifier": {"alternative_code": "CARD"},
    "card_identifier": {"last_digits": "4242"},
    "invoice_identifier": {"number": "I00001201"},
}
FROM_WALLET = {
    "accounts_receivable_identifier": ...,
    "wallet_identifier": {"number": "W0000007376"},
    "invoice_identifier": {"reference_number": "4862"},
}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, PAID),
        ({"received_on": None}, PAID | {"received-defaults"}),
        ({"received_by_user_identifier": None}, PAID | {"received-defaults"}),
        ({"back_office_code": "x"}, PAID | {"back-office-code-unique"}),
        ({"fields_set": "id"}, PAID | {"fields-set-filters-reply"}),
        (BY_CARD, PAID | {"card-required-by-gateway", "gateway-fields-in-reply"}),
        (FROM_WALLET, PAID | {"wallet-definition-allows-payment", "wallet-unconditional-funds-only"}),
        ({"type_identifier": {"name": "none"}}, FOUND | {"unknown-reference-is-refused"}),
        ({"accounts_receivable_identifier": {"name": "António Vaz"}}, FOUND | {"ambiguous-reference-is-refused"}),
        ({"token": "none"}, {"token-must-be-valid"}),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
def test_a_payment_passes_through_what_it_exercises(
    passed: Passed, payment: Body, changes: dict[str, Any], rules: set[str]
) -> None:
    """Those rules, and no other."""
    assert passed(PROVIDER, f"POST {BASE}{PAY}", payment(**(RECEIVED | changes))) == rules


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"back_office_code": "x"}, {"back-office-code-unique"}),
        ({"payment_identifier": {"number": "1"}}, {"unknown-reference-is-refused"}),
        ({"payment_identifier": {"number": "96"}}, {"only-posted-payments-are-cancelled"}),
    ],
    ids=str,
)
def test_a_cancellation_passes_through_what_it_exercises(
    passed: Passed, cancellation: Body, changes: dict[str, Any], rules: set[str]
) -> None:
    """Those rules, and no other."""
    always = {"token-must-be-valid", "exactly-one-key-per-identifier"}
    done = set() if "payment_identifier" in changes else {"only-posted-payments-are-cancelled", "invoice-owes-again"}
    assert passed(PROVIDER, f"POST {BASE}{CANCEL}", cancellation(**changes)) == always | done | rules


def test_a_login_passes_through_what_it_exercises(passed: Passed) -> None:
    """With and without a unit, and a release."""
    login, unit = f"POST {BASE}{LOGIN}", {"unit": "EE63A82C4FEBE02FF34E90DD1EBA5ABE"}
    assert passed(PROVIDER, login, CREDENTIALS) == {"login-must-match", "unit-defaults-to-users-unit"}
    assert passed(PROVIDER, login, CREDENTIALS | unit) == {"login-must-match"}
    assert passed(PROVIDER, login, CREDENTIALS | {"unit": "x"}) == {"login-must-match", "unknown-reference-is-refused"}
    release = passed(PROVIDER, f"POST {BASE}{RELEASE}", {"token": "5C0E3B7A91D24F6880A7C4E2196BD35F"})
    assert release == {"token-must-be-valid", "released-token-is-dead"}
