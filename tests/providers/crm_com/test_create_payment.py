"""POST payments/create: posted payments pay the oldest invoices, drafts and refusals change no balance."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.payments import Credit, Payment
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, dump, nothing_changes
from tests.providers.crm_com.known import (
    CANCEL,
    CREATE,
    CREDENTIALS,
    LIST,
    LOGIN,
    PAY,
    PROVIDER,
    SHOW,
    TWO_HOURS,
    Body,
    Under,
    asked,
    code,
    data,
)

NOW = "2026-03-31T12:00:00"
FROM_WALLET = {"accounts_receivable_identifier": ..., "wallet_identifier": {"number": "W0000007376"}}
SMALL = "220"  # the account of 27.6, 27.6 and 31, which are due in this order


def owed(state: CrmComState, *references: str) -> list[Decimal]:
    """Return the outstanding amounts of invoices."""
    found = [state.invoices.find("reference_number", reference) for reference in references]
    return [invoice.outstanding_amount for invoice in found if invoice is not None]


def paid_by(api: Client, number: str) -> list[str]:
    """Return the reference numbers of the invoices that a payment pays."""
    shown = data(asked(api, SHOW, payment_identifier=f"number={number}"))
    return [invoice["reference_number"] for invoice in shown["invoices_to_pay_set"]]


def last_payment(state: CrmComState) -> Payment:
    *_, found = state.payments.records()
    return found


def test_a_posted_payment_pays_the_invoice_that_is_due_first(api: Client, state: CrmComState, creation: Body) -> None:
    """As the public client sends it; 328 is due in 2014, all others later."""
    made = data(api.post(CREATE, creation()))
    assert made == {
        "id": last_payment(state).id,
        "number": "100",
        "reference_number": "115",
        "life_cycle_state": "POSTED",
        "issued_on": NOW,
        "posted_on": NOW,
        "payment_amount": Decimal("15.5"),
        "currency_rate_period": None,
    }
    assert owed(state, "328", "2023") == [Decimal("209.5"), 55]
    assert paid_by(api, "100") == ["328"]


def test_a_payment_leaves_credits_alone_where_nothing_is_owed(api: Client, state: CrmComState, creation: Body) -> None:
    """They are not written again, so a payment costs the same however many were made before."""
    for _ in range(3):
        data(api.post(CREATE, creation(payment_amount=5000)))
    before = list(state.credits.records())
    assert len(before) == 2  # the first payment was taken by invoices
    data(api.post(CREATE, creation(payment_amount=5000)))
    after = list(state.credits.records())
    assert all(kept is credit for kept, credit in zip(after, before, strict=False))
    assert len(after) == len(before) + 1


def test_a_payment_goes_on_to_the_next_invoice(api: Client, state: CrmComState, creation: Body) -> None:
    """Drafts and cancelled invoices take nothing."""
    data(api.post(CREATE, creation(payment_amount=300)))
    assert owed(state, "328", "2023", "2024", "2025", "2029", "2030") == [0, 0, 35, Decimal("61.7"), 55, 55]
    assert paid_by(api, "100") == ["328", "2023", "2024"]
    (listed,) = data(asked(api, LIST, accounts_receivable_identifier="number=192", offset=4))
    assert [invoice["reference_number"] for invoice in listed["invoices_to_pay_set"]] == ["328", "2023", "2024"]


def test_the_day_on_which_an_invoice_is_due_decides(api: Client, state: CrmComState, creation: Body) -> None:
    """Not its number, nor the day of its posting."""
    invoice = state.invoices.find("reference_number", "2027")
    assert invoice is not None
    state.invoices.put(replace(invoice, due_on="2014-07-30T00:00:00"))
    data(api.post(CREATE, creation(payment_amount=50)))
    assert owed(state, "2027", "328") == [0, Decimal("223.2")]


def test_what_is_left_pays_the_next_invoice_that_owes(
    api: Client, state: CrmComState, creation: Body, cancellation: Body
) -> None:
    """An invoice that owes again after a cancellation takes the credit of another payment at once."""
    account = {"accounts_receivable_identifier": {"number": SMALL}}
    data(api.post(CREATE, creation(**account, payment_amount=30)))
    data(api.post(CREATE, creation(**account, payment_amount=Decimal("66.2"))))
    assert owed(state, "2271", "2272", "2273") == [0, 0, 0]
    (credit,) = state.credits.records()
    assert (credit.payment, credit.amount) == (last_payment(state).id, Decimal(10))
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "100"})))
    assert owed(state, "2271", "2272", "2273") == [Decimal("17.6"), Decimal("2.4"), 0]
    assert list(state.credits.records()) == []
    assert paid_by(api, "100") == []
    assert sorted(paid_by(api, "101")) == ["2271", "2272", "2273"]


@pytest.mark.parametrize("amount", [Decimal("0.01"), 300, 1_000_000])
def test_a_cancelled_payment_leaves_all_as_before(
    api: Client, state: CrmComState, creation: Body, cancellation: Body, amount: Any
) -> None:
    """Invoices are as before; allocations and credits are gone."""
    before = list(state.invoices.records())
    data(api.post(CREATE, creation(payment_amount=amount)))
    assert list(state.invoices.records()) != before
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "100"})))
    assert list(state.invoices.records()) == before
    assert [*state.allocations.records(), *state.credits.records()] == []


def test_pay_invoice_pays_the_invoice_that_it_names(api: Client, state: CrmComState, creation: Body) -> None:
    """A later invoice is paid by name, and payments by account go on with the oldest."""
    body = {name: value for name, value in creation().items() if name not in {"life_cycle_state", "payment_amount"}}
    data(api.post(PAY, body | {"invoice_identifier": {"reference_number": "2024"}}))
    data(api.post(CREATE, creation(payment_amount=290)))
    assert owed(state, "328", "2023", "2024", "2025") == [0, 0, 0, Decimal("51.7")]


def test_a_draft_changes_no_balance(api: Client, state: CrmComState, creation: Body, cancellation: Body) -> None:
    """It has a reference number, and takes no number: the next posted payment has 100."""
    before = dump(api.runtime, PROVIDER)
    made = data(api.post(CREATE, creation(life_cycle_state="DRAFT")))
    assert (made["number"], made["posted_on"], made["reference_number"]) == (None, None, "115")
    assert made["life_cycle_state"] == "DRAFT"
    after = dump(api.runtime, PROVIDER)
    assert {name for name in before if before[name] != after[name]} == {"payments", "sequences", "(counters)"}
    shown = data(asked(api, SHOW, payment_identifier="reference_number=115"))
    assert (shown["life_cycle_state"], shown["invoices_to_pay_set"]) == ("DRAFT", [])
    with nothing_changes(api, PROVIDER):
        refused = api.post(CANCEL, cancellation(payment_identifier={"reference_number": "115"}))
    assert code(refused) == "NOT_ALLOWED"
    posted = data(api.post(CREATE, creation()))
    assert (posted["number"], posted["reference_number"]) == ("100", "116")
    assert owed(state, "328") == [Decimal("209.5")]


def test_a_gateway_processes_no_draft(api: Client, creation: Body) -> None:
    """Only the posted payment has the gateway's reference number."""
    by_card = {
        "accounts_receivable_identifier": {"number": "193"},
        "payment_method_identifier": {"alternative_code": "CARD"},
        "card_identifier": {"last_digits": "4242"},
    }
    draft = data(api.post(CREATE, creation(**by_card, life_cycle_state="DRAFT")))
    posted = data(api.post(CREATE, creation(**by_card)))
    assert "processed_by_payment_gateway" not in draft
    assert posted["processed_by_payment_gateway"] == "Meridian Cards"


def test_a_wallet_pays_its_account(api: Client, state: CrmComState, creation: Body, cancellation: Body) -> None:
    """Its unconditional funds fall, to the last cent, and come back with a cancellation."""
    data(api.post(CREATE, creation(**FROM_WALLET, payment_amount=120)))
    wallet = state.wallets.find("number", "W0000007376")
    assert wallet is not None
    assert (wallet.unconditional_balance, wallet.conditional_balance) == (Decimal(0), Decimal(80))
    assert owed(state, "4862", "4863") == [0, 0]
    with nothing_changes(api, PROVIDER):
        empty = api.post(CREATE, creation(**FROM_WALLET, payment_amount=Decimal("0.01")))
    assert code(empty) == "NOT_ALLOWED"
    assert "[rule wallet-unconditional-funds-only," in empty.explain
    data(api.post(CREATE, creation(**FROM_WALLET, payment_amount=500, life_cycle_state="DRAFT")))
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "100"})))
    assert owed(state, "4862", "4863") == [5, 115]
    wallet = state.wallets.find("number", "W0000007376")
    assert wallet is not None
    assert wallet.unconditional_balance == 120


def test_a_wallet_without_an_account_pays_none(api: Client, state: CrmComState, creation: Body) -> None:
    """Nobody else's invoices are paid instead."""
    wallet = state.wallets.find("number", "W0000007376")
    assert wallet is not None
    state.wallets.put(replace(wallet, accounts_receivable=None))
    with nothing_changes(api, PROVIDER):
        response = api.post(CREATE, creation(**FROM_WALLET))
    assert code(response) == "NOT_ALLOWED"
    assert "[rule wallet-pays-account," in response.explain


@pytest.mark.parametrize(
    ("changes", "status", "rule"),
    [
        ({"accounts_receivable_identifier": {"number": "1"}}, "NOT_FOUND", "unknown-reference-is-refused"),
        (
            {"accounts_receivable_identifier": {"name": "António Vaz"}},
            "NOT_ALLOWED",
            "ambiguous-reference-is-refused",
        ),
        ({"type_identifier": {"name": "Payment Cancellation"}}, "NOT_FOUND", "type-must-be-a-payment"),
        (
            {"type_identifier": {"alternative_code": "IBP"}, "category_identifier": {"code": "SHOP"}},
            "NOT_ALLOWED",
            "category-allowed-by-type",
        ),
        (
            {"type_identifier": {"alternative_code": "IBP"}, "payment_method_identifier": {"alternative_code": "CARD"}},
            "NOT_ALLOWED",
            "method-allowed-by-type",
        ),
        ({"intended_currency_identifier": {"code": "USD"}}, "NOT_ALLOWED", "intended-currency-matches-account"),
        ({"intended_currency_identifier": {"code": "XXX"}}, "NOT_FOUND", "unknown-reference-is-refused"),
        ({"card_identifier": {"last_digits": "1881"}}, "NOT_ALLOWED", "card-required-by-gateway"),
        ({"back_office_code": "TILL-7-000317"}, "NOT_ALLOWED", "back-office-code-unique"),
        (
            {**FROM_WALLET, "wallet_identifier": {"number": "W0000007402"}},
            "NOT_ALLOWED",
            "wallet-definition-allows-payment",
        ),
        ({**FROM_WALLET, "wallet_identifier": {"number": "W0000007410"}}, "NOT_ALLOWED", "wallet-pays-account"),
        ({**FROM_WALLET, "payment_amount": Decimal("120.01")}, "NOT_ALLOWED", "wallet-unconditional-funds-only"),
        (
            {**FROM_WALLET, "type_identifier": {"name": "Gateway Payment"}},
            "NOT_ALLOWED",
            "wallet-excludes-gateway-types",
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)
def test_what_the_records_do_not_allow(
    api: Client, creation: Body, changes: dict[str, Any], status: str, rule: str
) -> None:
    """Refused with the rule, and nothing is saved."""
    with nothing_changes(api, PROVIDER):
        response = api.post(CREATE, creation(**changes))
    assert code(response) == status
    assert f"[rule {rule}," in response.explain


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_amount": 0},
        {"payment_amount": -5},
        {"payment_amount": Decimal("1.005")},
        {"payment_amount": "15.5"},
        {"payment_amount": None},
        {"payment_amount": ...},
        {"life_cycle_state": "CANCELLED"},
        {"life_cycle_state": ...},
        {"invoice_identifier": {"reference_number": "328"}},
        {"wallet_identifier": {"number": "W0000007376"}},
        {"accounts_receivable_identifier": {"number": None}},
        {"intended_currency_identifier": {"code": "EUR", "id": "x"}},
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow(api: Client, creation: Body, changes: dict[str, Any]) -> None:
    """INVALID_REQUEST, and nothing is saved."""
    with nothing_changes(api, PROVIDER):
        response = api.post(CREATE, creation(**changes))
    assert code(response) == "INVALID_REQUEST"


@pytest.mark.parametrize("code_of_account", ["USD", "GBP"])
def test_the_intended_currency_is_the_accounts(api: Client, creation: Body, code_of_account: str) -> None:
    """With the rate of the day; an empty identifier is not given."""
    number = {"USD": "211", "GBP": "214"}[code_of_account]
    account = {"accounts_receivable_identifier": {"number": number}}
    made = data(api.post(CREATE, creation(**account, intended_currency_identifier={"code": code_of_account, "id": ""})))
    assert made["currency_rate_period"]["currency"]["code"] == code_of_account
    data(api.post(CREATE, creation(**account, intended_currency_identifier={"code": None})))


def test_a_type_allows_its_methods_and_categories(api: Client, creation: Body) -> None:
    """The listed ones, in payments/create as in payments/pay_invoice; no category is fine too."""
    allowed = {"type_identifier": {"alternative_code": "IBP"}, "payment_method_identifier": {"alternative_code": "DD"}}
    data(api.post(CREATE, creation(**allowed, category_identifier={"code": "INVPAY"})))
    data(api.post(CREATE, creation(**allowed)))
    invoice = {"life_cycle_state": ..., "payment_amount": ..., "invoice_identifier": {"reference_number": "2026"}}
    with nothing_changes(api, PROVIDER):
        refused = api.post(PAY, creation(**allowed, **invoice, category_identifier={"code": "SHOP"}))
        cancels = api.post(PAY, creation(**invoice, type_identifier={"alternative_code": "PAYCAN"}))
        by_card = api.post(PAY, creation(**allowed | {"payment_method_identifier": {"name": "Credit Card"}}, **invoice))
    assert (code(refused), code(cancels), code(by_card)) == ("NOT_ALLOWED", "NOT_FOUND", "NOT_ALLOWED")
    data(api.post(PAY, creation(**allowed, **invoice, category_identifier={"code": "INVPAY"})))


@pytest.mark.parametrize(
    ("changes", "since", "before"),
    [
        ({"back_office_code": "B-1"}, "R9.1.0", "R9.0.0"),
        ({"fields_set": "id,number"}, "R10.0.0", "R9.1.0"),
        ({**FROM_WALLET, "payment_amount": 5}, "R14.0.0", "R13.0.0"),
    ],
    ids=["back office code", "fields_set", "wallet"],
)
def test_a_parameter_is_known_from_its_release_on(
    under: Under, creation: Body, changes: dict[str, Any], since: str, before: str
) -> None:
    """Before it, the call is refused with the name of the release."""
    data(under(since).post(CREATE, creation(**changes)))
    api = under(before)
    with nothing_changes(api, PROVIDER):
        refused = api.post(CREATE, creation(**changes))
    assert code(refused) == "INVALID_REQUEST"
    assert since in refused.json["status"]["message"]


def test_a_credit_of_the_fixtures_meets_the_next_posting(api: Client, state: CrmComState, creation: Body) -> None:
    """A payment that names its invoice pays that; the older credit then goes to the invoice that is due first."""
    account = state.accounts_receivable.find("number", SMALL)
    paid = state.payments.find("number", "97")
    assert account is not None
    assert paid is not None
    credit = replace(
        paid, id="F" * 32, number="95", reference_number="110", accounts_receivable=account.id, invoice=None
    )
    state.payments.put(credit)
    state.credits.put(Credit(payment=credit.id, accounts_receivable=account.id, amount=credit.payment_amount))
    body = creation(
        accounts_receivable_identifier={"number": SMALL},
        invoice_identifier={"reference_number": "2273"},
        life_cycle_state=...,
        payment_amount=...,
    )
    data(api.post(PAY, body))
    assert owed(state, "2271", "2272", "2273") == [0, 0, 0]
    assert paid_by(api, "95") == ["2271", "2272"]
    (left,) = state.credits.records()
    assert left.amount == Decimal("19.8")


def test_a_payment_through_a_generic_gateway(api: Client, creation: Body) -> None:
    """With the account's preference, and a card that is kept beside it; without a preference it is refused."""
    sepa = {
        "accounts_receivable_identifier": {"number": "193"},
        "payment_method_identifier": {"alternative_code": "SEPA"},
        "card_identifier": {"last_digits": "4242"},
    }
    preference = {
        "accounts_receivable_payment_preference_identifier": {"bank_account_number": "PT50003501230001200527608"}
    }
    made = data(api.post(CREATE, creation(**sepa, **preference)))
    assert made["processed_by_payment_gateway"] == "Generic Payment Gateway"
    with nothing_changes(api, PROVIDER):
        refused = api.post(CREATE, creation(**sepa))
    assert "[rule preference-required-by-generic-gateway," in refused.explain


def test_a_wallet_uses_no_gateway(api: Client, creation: Body) -> None:
    """One payment takes its money from the wallet or from a card."""
    with nothing_changes(api, PROVIDER):
        refused = api.post(CREATE, creation(**FROM_WALLET, payment_method_identifier={"name": "Credit Card"}))
    assert "[rule wallet-excludes-gateway-methods," in refused.explain


def test_a_date_is_accepted_in_other_forms(api: Client, state: CrmComState, creation: Body) -> None:
    """As in payments/pay_invoice."""
    data(api.post(CREATE, creation(received_on="2026-03-30", udf_date_1="2026-03-30T02:00:00.5+02:00")))
    made = last_payment(state)
    assert (made.received_on, made.udf_date_1) == ("2026-03-30T00:00:00", "2026-03-30T00:00:00")


def test_an_expired_token_creates_nothing(api: Client, creation: Body) -> None:
    """Two hours after the login."""
    token = data(api.post(LOGIN, CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    with nothing_changes(api, PROVIDER):
        expired = api.post(CREATE, creation(token=token))
    assert code(expired) == "INVALID_TOKEN"
    assert "[rule token-expires," in expired.explain
