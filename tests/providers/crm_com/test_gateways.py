"""Cards and payment preferences are mandatory with their payment gateway, and not applicable without it."""

from typing import Any

import pytest

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import PAY, Body, code, data

PREFERENCE = "accounts_receivable_payment_preference_identifier"


def by_card(payment: Body, card: Any, **changes: Any) -> dict[str, Any]:
    body = {
        "accounts_receivable_identifier": {"number": "193"},
        "payment_method_identifier": {"alternative_code": "CARD"},
        "invoice_identifier": {"reference_number": "2101"},
        "card_identifier": card,
    }
    return payment(**(body | changes))


def by_preference(payment: Body, preference: Any, **changes: Any) -> dict[str, Any]:
    """Maria Lopes pays by a payment preference."""
    body = {
        "accounts_receivable_identifier": {"number": "193"},
        "payment_method_identifier": {"alternative_code": "SEPA"},
        "invoice_identifier": {"reference_number": "2101"},
        PREFERENCE: preference,
    }
    return payment(**(body | changes))


@pytest.mark.parametrize(
    "card",
    [
        {"id": "60FDD38CD779837315716967E11DA1D4"},
        {"payment_gateway_reference_number": "MRD-90417"},
        {"last_digits": "4242"},
    ],
    ids=str,
)
def test_a_card_is_charged(api: Client, state: CrmComState, payment: Body, card: dict[str, str]) -> None:
    """The reply names the gateway and its number; João's card with the same last digits makes no difference."""
    answer = data(api.post(PAY, by_card(payment, card)))
    assert answer["processed_by_payment_gateway"] == "Meridian Cards"
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.card == "60FDD38CD779837315716967E11DA1D4"
    assert made.payment_gateway_reference_number == answer["payment_gateway_reference_number"]


def test_an_owner_has_one_purse_for_all_accounts(api: Client, payment: Body) -> None:
    """Dina's card pays for her second accounts receivable too."""
    body = by_card(
        payment,
        {"last_digits": "1881"},
        accounts_receivable_identifier={"number": "198"},
        invoice_identifier={"reference_number": "2151"},
    )
    data(api.post(PAY, body))


@pytest.mark.parametrize(
    ("card", "refusal", "rule"),
    [
        (None, "NOT_ALLOWED", "card-required-by-gateway"),
        (..., "NOT_ALLOWED", "card-required-by-gateway"),
        ({"last_digits": "1881"}, "NOT_ALLOWED", "card-required-by-gateway"),
        ({"payment_gateway_reference_number": "MRD-91240"}, "NOT_ALLOWED", "card-required-by-gateway"),
        ({"last_digits": "0005"}, "NOT_ALLOWED", "ambiguous-reference-is-refused"),
        ({"last_digits": "9999"}, "NOT_FOUND", "unknown-reference-is-refused"),
    ],
    ids=["null", "left out", "Dina's", "João's", "two of Maria's", "nobody's"],
)
def test_a_card_of_the_owner_is_mandatory(api: Client, payment: Body, card: Any, refusal: str, rule: str) -> None:
    """Only a card of the owner of the accounts receivable is accepted."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, by_card(payment, card))
    assert code(response) == refusal
    assert f"[rule {rule}," in response.explain


@pytest.mark.parametrize(
    "preference",
    [
        {"id": "1B149C0CD264E76210873C64B32447B7"},
        {"payment_medium_identifier": "MANDATE-193-1"},
        {"bank_account_number": "PT50003501230001200527608"},
    ],
    ids=str,
)
def test_a_preference_is_used(api: Client, state: CrmComState, payment: Body, preference: dict[str, str]) -> None:
    """Its id, its payment medium and its bank account name it."""
    answer = data(api.post(PAY, by_preference(payment, preference)))
    assert answer["processed_by_payment_gateway"] == "Generic Payment Gateway"
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.accounts_receivable_payment_preference == "1B149C0CD264E76210873C64B32447B7"


@pytest.mark.parametrize("inner", [{"name": "Standing order"}, {"alternative_code": "SO"}], ids=str)
def test_a_preference_is_named_by_what_is_preferred(api: Client, payment: Body, inner: dict[str, str]) -> None:
    """Maria has a standing order; that João has one too makes no difference."""
    data(api.post(PAY, by_preference(payment, {"payment_preference_identifier": inner})))


@pytest.mark.parametrize(
    ("preference", "refusal", "rule"),
    [
        (None, "NOT_ALLOWED", "preference-required-by-generic-gateway"),
        (..., "NOT_ALLOWED", "preference-required-by-generic-gateway"),
        ({"payment_medium_identifier": "MANDATE-192-1"}, "NOT_ALLOWED", "preference-required-by-generic-gateway"),
        ({"payment_preference_identifier": {"name": "SEPA"}}, "NOT_ALLOWED", "ambiguous-reference-is-refused"),
        ({"bank_account_number": "CY00"}, "NOT_FOUND", "unknown-reference-is-refused"),
        ({"payment_preference_identifier": {"name": "Barter"}}, "NOT_FOUND", "unknown-reference-is-refused"),
    ],
    ids=["null", "left out", "Dina's", "two of Maria's", "nobody's", "no such preference"],
)
def test_a_preference_of_the_account_is_mandatory(
    api: Client, payment: Body, preference: Any, refusal: str, rule: str
) -> None:
    """Only a payment preference of the accounts receivable is accepted."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, by_preference(payment, preference))
    assert code(response) == refusal
    assert f"[rule {rule}," in response.explain


@pytest.mark.parametrize(
    "preference",
    [
        {"payment_preference_identifier": {"id": "x", "name": "y"}},
        {"payment_preference_identifier": {"name": "SEPA"}, "bank_account_number": "PT50003501230001200527608"},
    ],
    ids=str,
)
def test_a_preference_is_named_by_exactly_one_key(api: Client, payment: Body, preference: Any) -> None:
    """This holds for the outer and the inner identifier."""
    assert code(api.post(PAY, by_preference(payment, preference))) == "INVALID_REQUEST"


@pytest.mark.parametrize(
    ("method", "member", "identifier"),
    [
        ("DD", "card_identifier", {"last_digits": "4242"}),
        ("DD", PREFERENCE, {"payment_medium_identifier": "MANDATE-193-1"}),
        ("CARD", PREFERENCE, {"payment_medium_identifier": "MANDATE-193-1"}),
    ],
)
def test_without_its_gateway_it_is_not_applicable(
    api: Client, payment: Body, method: str, member: str, identifier: dict[str, str]
) -> None:
    """A card is refused without a gateway, and a preference without a generic gateway."""
    given = {"card_identifier": {"last_digits": "4242"}, PREFERENCE: {"payment_medium_identifier": "MANDATE-193-1"}}
    needed = {"DD": {}, "CARD": {"card_identifier"}, "SEPA": {PREFERENCE}}[method]
    body = by_card(
        payment,
        ...,
        payment_method_identifier={"alternative_code": method},
        **{name: given[name] for name in needed},
        **{member: identifier},
    )
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, body | {name: given[name] for name in needed})
    assert code(response) == "NOT_ALLOWED"
    assert f"{member} is not applicable" in response.json["status"]["message"]


def test_a_plain_method_is_answered_without_a_gateway(api: Client, payment: Body) -> None:
    """The two properties are left out, not null."""
    answer = data(api.post(PAY, payment()))
    assert not {"processed_by_payment_gateway", "payment_gateway_reference_number"} & answer.keys()


@pytest.mark.parametrize("card", [{"last_digits": "4242"}, {"last_digits": "4242", "id": None}], ids=str)
def test_a_card_beside_the_preference_is_kept(
    api: Client, state: CrmComState, payment: Body, card: dict[str, str | None]
) -> None:
    """The page calls a card applicable to every gateway; the preference decides."""
    body = by_card(
        payment,
        card,
        payment_method_identifier={"alternative_code": "SEPA"},
        **{PREFERENCE: {"payment_medium_identifier": "MANDATE-193-1"}},
    )
    paid = data(api.post(PAY, body))
    kept = state.payments.get(paid["id"])
    assert kept is not None
    assert kept.card is not None
    assert kept.accounts_receivable_payment_preference is not None


def test_a_card_alone_does_not_replace_the_preference(api: Client, payment: Body) -> None:
    """The preference is mandatory for a generic gateway."""
    with nothing_changes(api, "crm_com"):
        response = api.post(
            PAY, by_card(payment, {"last_digits": "4242"}, payment_method_identifier={"alternative_code": "SEPA"})
        )
    assert code(response) == "NOT_ALLOWED"
    assert "accounts_receivable_payment_preference_identifier is mandatory" in response.explain
