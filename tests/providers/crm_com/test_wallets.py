"""Payments from wallets: unconditional money only, of the owner, in one currency, and never through a gateway."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.providers.crm_com.records.catalogue import Wallet
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import PAY, Body, code, data


def from_wallet(payment: Body, number: str, reference: str, **changes: Any) -> dict[str, Any]:
    """A payment of an invoice out of a wallet."""
    return payment(
        accounts_receivable_identifier=...,
        wallet_identifier={"number": number},
        invoice_identifier={"reference_number": reference},
        **changes,
    )


def wallet(state: CrmComState, number: str) -> Wallet:
    found = state.wallets.find("number", number)
    assert found is not None
    return found


def test_the_unconditional_balance_falls(api: Client, state: CrmComState, payment: Body) -> None:
    """By exactly what the invoice owed; the conditional balance stays, and the payment names the wallet."""
    before = wallet(state, "W0000007376")
    data(api.post(PAY, from_wallet(payment, "W0000007376", "4866")))
    after = wallet(state, "W0000007376")
    assert after.unconditional_balance == before.unconditional_balance - Decimal("64.3")
    assert after.conditional_balance == before.conditional_balance
    made = state.payments.find("number", "100")
    assert made is not None
    assert (made.wallet, made.accounts_receivable) == (after.id, None)


def test_a_wallet_can_be_named_by_its_id(api: Client, payment: Body) -> None:
    body = from_wallet(payment, "", "4863") | {"wallet_identifier": {"id": "7FBF794B6EAEEA34CE811CC56A8D4952"}}
    assert data(api.post(PAY, body))["payment_amount"] == 115


def test_the_last_cent_of_a_wallet_can_be_spent(api: Client, state: CrmComState, payment: Body) -> None:
    data(api.post(PAY, from_wallet(payment, "W0000007376", "4864")))
    assert wallet(state, "W0000007376").unconditional_balance == 0


@pytest.mark.parametrize(
    ("number", "reference"), [("W0000007376", "4865"), ("W0000007391", "2305")], ids=["a cent short", "conditional"]
)
def test_too_little_unconditional_money_is_refused(api: Client, payment: Body, number: str, reference: str) -> None:
    """A cent short, or enough only together with conditional funds."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, from_wallet(payment, number, reference))
    assert code(response) == "NOT_ALLOWED"
    assert "wallet-unconditional-funds-only" in response.explain


def test_what_is_spent_is_gone(api: Client, payment: Body) -> None:
    """After 115 of 120 there is not enough for 7.5."""
    data(api.post(PAY, from_wallet(payment, "W0000007376", "4863")))
    assert code(api.post(PAY, from_wallet(payment, "W0000007376", "4867"))) == "NOT_ALLOWED"
    assert code(api.post(PAY, from_wallet(payment, "W0000007376", "4862"))) == "OK"


TO_A_GATEWAY = {"payment_method_identifier": {"alternative_code": "CARD"}, "card_identifier": {"last_digits": "1111"}}


@pytest.mark.parametrize(
    ("attempt", "rule"),
    [
        (("W0000007402", "2024", {}), "wallet-definition-allows-payment"),
        (("W0000007376", "2024", {}), "invoice-belongs-to-account"),
        (
            ("W0000007376", "4862", {"type_identifier": {"alternative_code": "GWPAY"}}),
            "wallet-excludes-gateway-types",
        ),
        (("W0000007376", "4862", TO_A_GATEWAY), "wallet-excludes-gateway-methods"),
        (("W0000007376", "4862", {"card_identifier": {"last_digits": "1111"}}), "card-required-by-gateway"),
        (("W0000007410", "2251", {}), "wallet-currency-matches-invoice"),
        (("W0000007411", "2255", {}), "wallet-currency-matches-invoice"),
    ],
)
def test_what_a_wallet_cannot_pay(
    api: Client, payment: Body, attempt: tuple[str, str, dict[str, Any]], rule: str
) -> None:
    """NOT_ALLOWED, by a rule that the explanation names; nothing changes."""
    number, reference, changes = attempt
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, from_wallet(payment, number, reference, **changes))
    assert code(response) == "NOT_ALLOWED"
    assert f"[rule {rule}," in response.explain


def test_a_wallet_pays_in_its_own_currency(api: Client, payment: Body) -> None:
    """A dollar wallet pays a dollar invoice, and the reply has the rate."""
    answer = data(api.post(PAY, from_wallet(payment, "W0000007411", "2251")))
    assert (answer["payment_amount"], answer["currency_rate_period"]["currency"]["code"]) == (640, "USD")


def test_an_unknown_wallet_is_not_found(api: Client, payment: Body) -> None:
    assert code(api.post(PAY, from_wallet(payment, "W0000000000", "4862"))) == "NOT_FOUND"
