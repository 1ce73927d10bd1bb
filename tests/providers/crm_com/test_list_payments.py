"""GET payments/list lists the payments of an accounts receivable, oldest first, in parts and filtered."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import (
    CANCEL,
    CREDENTIALS,
    LIST,
    PAY,
    SHOW,
    TOKEN,
    TWO_HOURS,
    Body,
    Under,
    asked,
    code,
    data,
)

DINA = "number=192"
DINA_TWICE = "accounts_receivable_identifier=number=192&accounts_receivable_identifier=number=193"


def numbers(api: Client, **query: Any) -> list[str]:
    """Return the numbers of the listed payments."""
    listed = data(asked(api, LIST, **{"accounts_receivable_identifier": DINA, **query}))
    return [payment["number"] for payment in listed]


def test_the_oldest_payment_is_first(api: Client, payment: Body) -> None:
    """Cancelled payments are listed too, and a new payment is the last."""
    assert numbers(api) == ["96", "97", "98", "99"]
    data(api.post(PAY, payment()))
    assert numbers(api) == ["96", "97", "98", "99", "100"]


def test_each_is_as_it_is_shown_alone(api: Client) -> None:
    """A payment is the same in a list and alone, with and without fields_set."""
    with nothing_changes(api, "crm_com"):
        for query in ({}, {"fields_set": "id,number,notes"}):
            for shown in data(asked(api, LIST, accounts_receivable_identifier=DINA, **query)):
                assert data(asked(api, SHOW, payment_identifier=f"number={shown['number']}", **query)) == shown


def test_a_cancelled_payment_stays_in_its_place(api: Client, cancellation: Body) -> None:
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "98"})))
    listed = data(asked(api, LIST, accounts_receivable_identifier=DINA))
    assert [(payment["number"], payment["life_cycle_state"]) for payment in listed] == [
        ("96", "CANCELLED"),
        ("97", "POSTED"),
        ("98", "CANCELLED"),
        ("99", "POSTED"),
    ]


def test_only_the_account_s_own_are_listed(api: Client, payment: Body) -> None:
    """Payments of other accounts and of wallets are not listed."""
    wallet, invoice = {"number": "W0000007376"}, {"reference_number": "4862"}
    data(
        api.post(PAY, payment(accounts_receivable_identifier=..., wallet_identifier=wallet, invoice_identifier=invoice))
    )
    other = {"accounts_receivable_identifier": {"number": "207"}, "invoice_identifier": {"reference_number": "4863"}}
    data(api.post(PAY, payment(**other)))
    assert numbers(api, accounts_receivable_identifier="number=207") == ["101"]
    assert numbers(api, accounts_receivable_identifier="number=198") == []
    assert numbers(api) == ["96", "97", "98", "99"]


@pytest.mark.parametrize("identifier", ["id=AC58C2AC3AC206B81FC95828AD320121", "number=192", "name=Dina Mika"])
def test_an_account_is_named_by_one_key(api: Client, identifier: str) -> None:
    """Key and value are one string in a query."""
    assert len(numbers(api, accounts_receivable_identifier=identifier)) == 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type_identifier": "name=Payment 1"}, ["97", "98", "99"]),
        ({"type_identifier": "alternative_code=CASHPAY"}, ["96"]),
        ({"category_identifier": "code=INVPAY"}, ["97", "98", "99"]),
        ({"category_identifier": "name=Shop Payments"}, ["96"]),
        ({"payment_method_identifier": "alternative_code=DD"}, ["98", "99"]),
        ({"payment_method_identifier": "name=Cash Payment", "type_identifier": "name=Payment 1"}, ["97"]),
        ({"payment_method_identifier": "name=Bank Transfer"}, []),
        ({"type_identifier": "name=Payment 1", "offset": 1}, ["98", "99"]),
        ({"type_identifier": "name=Payment 1", "offset": 1, "number_of_results": 1}, ["98"]),
        ({"type_identifier": "name=Payment 1", "offset": 3}, []),
    ],
    ids=str,
)
def test_a_list_is_narrowed(api: Client, query: dict[str, Any], found: list[str]) -> None:
    """Type, category and method filter, alone and together; parts are taken from the filtered list."""
    assert numbers(api, **query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"offset": 0}, ["96", "97", "98", "99"]),
        ({"number_of_results": 1}, ["96"]),
        ({"number_of_results": 1000}, ["96", "97", "98", "99"]),
        ({"offset": 3}, ["99"]),
        ({"offset": 1, "number_of_results": 2}, ["97", "98"]),
        ({"offset": 4}, []),
        ({"offset": 1000000}, []),
    ],
    ids=str,
)
def test_a_list_is_answered_in_parts(api: Client, query: dict[str, Any], found: list[str]) -> None:
    """A part beyond the end is empty."""
    assert numbers(api, **query) == found


@pytest.mark.parametrize(
    "name",
    [
        "type_identifier",
        "category_identifier",
        "payment_method_identifier",
        "number_of_results",
        "offset",
        "fields_set",
    ],
)
def test_an_empty_parameter_counts_as_not_given(api: Client, name: str) -> None:
    """All payments are answered, with all fields."""
    whole = data(asked(api, LIST, accounts_receivable_identifier="number=192"))
    assert data(asked(api, LIST, accounts_receivable_identifier="number=192", **{name: ""})) == whole


def test_at_most_a_hundred_are_answered_unless_more_are_asked_for(
    api: Client, payment: Body, cancellation: Body
) -> None:
    """An invoice is paid and its payment cancelled 100 times."""
    for number in range(100, 200):
        data(api.post(PAY, payment()))
        data(api.post(CANCEL, cancellation(payment_identifier={"number": str(number)})))
    assert len(numbers(api)) == 100
    assert len(numbers(api, number_of_results=1000)) == 104
    assert numbers(api, offset=100) == ["196", "197", "198", "199"]


@pytest.mark.parametrize(
    "query",
    [
        {"number_of_results": 0},
        {"number_of_results": -1},
        {"number_of_results": 1001},
        {"number_of_results": "x"},
        {"number_of_results": "1.5"},
        {"number_of_results": "01"},
        {"offset": -1},
        {"offset": 1000001},
        {"offset": "1e3"},
        {"offset": "9" * 400},
        {"accounts_receivable_identifier": ...},
        {"accounts_receivable_identifier": "192"},
        {"accounts_receivable_identifier": "reference_number=192"},
        {"type_identifier": "code=PAY1"},
        {"category_identifier": "alternative_code=INVPAY"},
        {"fields_set": "total"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_an_impossible_list(api: Client, query: dict[str, Any]) -> None:
    """INVALID_REQUEST, and the explanation says which parameter; nothing is listed."""
    response = asked(api, LIST, **{"accounts_receivable_identifier": DINA, **query})
    assert code(response) == "INVALID_REQUEST"
    assert response.explain.startswith(f"?{next(iter(query))}")


@pytest.mark.parametrize(
    ("query", "status", "rule"),
    [
        ({"accounts_receivable_identifier": "number=1"}, "NOT_FOUND", "unknown-reference-is-refused"),
        ({"accounts_receivable_identifier": "name=António Vaz"}, "NOT_ALLOWED", "ambiguous-reference-is-refused"),
        ({"type_identifier": "name=none"}, "NOT_FOUND", "unknown-reference-is-refused"),
        ({"category_identifier": "name=none"}, "NOT_FOUND", "unknown-reference-is-refused"),
        ({"payment_method_identifier": "name=none"}, "NOT_FOUND", "unknown-reference-is-refused"),
    ],
    ids=str,
)
def test_what_names_no_record(api: Client, query: dict[str, Any], status: str, rule: str) -> None:
    """A misspelt filter is refused instead of giving an empty list."""
    response = asked(api, LIST, **{"accounts_receivable_identifier": DINA, **query})
    assert code(response) == status
    assert f"[rule {rule}," in response.explain
    assert response.headers["x-sandbox-reason"] == "state"


def test_a_parameter_is_given_once(api: Client) -> None:
    """It is not known which of two values counts."""
    response = api.get(LIST, query=f"token={TOKEN}&{DINA_TWICE}")
    assert code(response) == "INVALID_REQUEST"
    assert "2 times" in response.explain


@pytest.mark.parametrize("member", ["offset", "number_of_results"])
@pytest.mark.parametrize(("release", "known"), [("R12.0.0", False), ("R13.0.0", True)])
def test_parts_of_lists_came_with_r13(under: Under, member: str, release: str, *, known: bool) -> None:
    """Earlier releases list everything or refuse."""
    api = under(release)
    response = asked(api, LIST, accounts_receivable_identifier=DINA, **{member: 2})
    assert len(numbers(api)) == 4
    if known:
        assert len(data(response)) == 2
    else:
        assert code(response) == "INVALID_REQUEST"
        assert f"{member} is available from CRM.COM R13.0.0; this is {release}" in response.json["status"]["message"]
        assert "[rule release-gates," in response.explain


def test_an_expired_token_lists_nothing(api: Client) -> None:
    """An expired token is refused by this operation too."""
    token = data(api.post("/authentication/token", CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    response = asked(api, LIST, token=token, accounts_receivable_identifier=DINA)
    assert code(response) == "INVALID_TOKEN"
    assert "[rule token-expires," in response.explain
