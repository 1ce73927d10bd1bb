"""GET wallets/show and /list, POST wallets/get_balance, and the lists of what an installation has set up."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import (
    BALANCE,
    CREATE,
    CREDENTIALS,
    INVOICE_TYPES,
    LOGIN,
    METHODS,
    PAYMENT_TYPES,
    PREFERENCES,
    TOKEN,
    TWO_HOURS,
    WALLET,
    WALLETS,
    Body,
    Under,
    asked,
    code,
    data,
    state_of,
)

PREPAID = {"wallet_identifier": {"number": "W0000007376"}}
READS: list[tuple[str, dict[str, str]]] = [
    (WALLET, {"wallet_identifier": "number=W0000007376"}),
    (WALLETS, {"accounts_receivable_identifier": "number=207"}),
    (METHODS, {"payment_type_identifier": "alternative_code=IBP"}),
    (PAYMENT_TYPES, {}),
    (INVOICE_TYPES, {}),
    (PREFERENCES, {}),
]


def balance(api: Client, **body: Any) -> Any:
    return api.post(BALANCE, {"token": TOKEN, **body})


def test_a_wallet_is_shown_with_its_balance(api: Client) -> None:
    """Conditional funds are part of it."""
    shown = data(asked(api, WALLET, wallet_identifier="number=W0000007376"))
    assert (shown["number"], shown["balance"], shown["life_cycle_state"]) == ("W0000007376", 200, "EFFECTIVE")
    assert shown["currency"]["code"] == "EUR"
    assert shown["accounts_receivable"]["number"] == "207"


def test_the_wallets_of_an_account_are_listed(api: Client) -> None:
    """Each as wallets/show answers it; an account without wallets has none."""
    found = data(asked(api, WALLETS, accounts_receivable_identifier="number=211"))
    assert [wallet["number"] for wallet in found] == ["W0000007410", "W0000007411"]
    assert found[0] == data(asked(api, WALLET, wallet_identifier="number=W0000007410"))
    assert data(asked(api, WALLETS, accounts_receivable_identifier="number=205")) == []


def test_the_balance_of_a_wallet(api: Client, creation: Body) -> None:
    """By wallet and by account; it falls with a payment."""
    assert data(balance(api, **PREPAID)) == {
        "id": "7FBF794B6EAEEA34CE811CC56A8D4952",
        "balance": 200,
        "conditional_balance": 80,
    }
    data(api.post(CREATE, creation(accounts_receivable_identifier=..., **PREPAID, payment_amount=20)))
    named = {"accounts_receivable_identifier": {"number": "207", "id": None, "name": ""}}
    assert data(balance(api, **named, fields_set="balance")) == {"balance": 180}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, "INVALID_REQUEST"),
        ({**PREPAID, "accounts_receivable_identifier": {"number": "207"}}, "INVALID_REQUEST"),
        ({**PREPAID, "as_of_date": "2026-12-31"}, "INVALID_REQUEST"),
        ({"wallet_identifier": {"number": "x"}}, "NOT_FOUND"),
        ({"accounts_receivable_identifier": {"number": "205"}}, "NOT_FOUND"),
        ({"accounts_receivable_identifier": {"number": "211"}}, "NOT_ALLOWED"),
        ({**PREPAID, "token": "x"}, "INVALID_TOKEN"),
    ],
    ids=str,
)
def test_a_balance_is_of_one_wallet(api: Client, body: dict[str, Any], status: str) -> None:
    """An account with several wallets names none."""
    assert code(balance(api, **body)) == status


def test_the_payment_methods_of_a_type(api: Client) -> None:
    """One is the default; a type without a list allows all."""
    listed = data(asked(api, METHODS, payment_type_identifier="alternative_code=IBP"))
    assert [(entry["payment_method"]["name"], entry["default"]) for entry in listed] == [
        ("Direct Debit", True),
        ("Cash Payment", False),
        ("Bank Transfer", False),
    ]
    every = data(asked(api, METHODS, payment_type_identifier="name=Payment 1"))
    assert len(every) == 5


def test_types_are_listed_by_classification(api: Client) -> None:
    """Payment cancellations are neither."""
    payments, invoices = data(asked(api, PAYMENT_TYPES)), data(asked(api, INVOICE_TYPES))
    assert [found["alternative_code"] for found in payments] == ["IBP", "PAY1", "CASHPAY", "GWPAY"]
    assert {found["classification"] for found in payments} == {"PAYMENT"}
    assert [(found["name"], found["classification"]) for found in invoices] == [("Subscription Invoice", "INVOICE")]


def test_payment_preferences_are_listed(api: Client) -> None:
    """With their types."""
    listed = data(asked(api, PREFERENCES))
    assert [found["type"] for found in listed] == ["DIRECT_DEBIT", "OTHER", "WALLET", "GENERIC_PAYMENT_GATEWAY"]
    assert [found["default"] for found in listed] == [True, False, False, False]


@pytest.mark.parametrize(("path", "query"), READS, ids=lambda value: value if isinstance(value, str) else "")
def test_reads_answer_the_chosen_fields_to_a_valid_token(api: Client, path: str, query: dict[str, str]) -> None:
    """An expired token gets nothing."""
    token = data(api.post(LOGIN, CREDENTIALS))["token"]
    found = data(asked(api, path, token=token, **query, fields_set="id"))
    assert {*(found[0] if isinstance(found, list) else found)} == {"id"}
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    expired = asked(api, path, token=token, **query)
    assert code(expired) == "INVALID_TOKEN"
    assert "[rule token-expires," in expired.explain


def test_an_expired_token_reads_no_balance(api: Client) -> None:
    """As of the reads with a query."""
    token = data(api.post(LOGIN, CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    assert code(balance(api, **PREPAID, token=token)) == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (WALLET, "wallet_identifier"),
        (WALLETS, "accounts_receivable_identifier"),
        (METHODS, "payment_type_identifier"),
    ],
)
@pytest.mark.breaks_invariants
def test_what_names_no_record_or_several(api: Client, path: str, name: str) -> None:
    """NOT_FOUND and NOT_ALLOWED."""
    state = state_of(api)
    wallet = state.wallets.find("number", "W0000007376")
    payment_type = state.types.find("name", "Payment 1")
    assert wallet is not None
    assert payment_type is not None
    state.wallets.put(replace(wallet, id="F" * 32))
    state.types.put(replace(payment_type, id="F" * 32))
    several = {
        WALLET: "number=W0000007376",
        WALLETS: "name=António Vaz",
        METHODS: "name=Payment 1",
    }[path]
    assert code(asked(api, path, **{name: "id=x"})) == "NOT_FOUND"
    assert code(asked(api, path, **{name: several})) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("path", "query", "since", "before"),
    [
        *((path, query, "R14.0.0", "R13.0.0") for path, query in READS[:2]),
        *((path, query, "R9.0.0", "R8.0.0") for path, query in READS[2:5]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_method_is_known_from_its_release_on(
    under: Under, path: str, query: dict[str, str], since: str, before: str
) -> None:
    """Before, it is refused with the name of the release."""
    data(asked(under(since), path, **query))
    refused = asked(under(before), path, **query)
    assert code(refused) == "INVALID_REQUEST"
    assert since in refused.json["status"]["message"]


def test_balances_of_wallets_came_with_r14(under: Under) -> None:
    """As wallets did."""
    data(balance(under("R14.0.0"), **PREPAID))
    refused = balance(under("R13.0.0"), **PREPAID)
    assert code(refused) == "INVALID_REQUEST"
    assert "[rule release-gates," in refused.explain
