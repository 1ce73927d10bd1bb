"""Identifier objects: exactly one key, which names exactly one record."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import PAY, Body, code, data

EVERY_KEY = [
    ("accounts_receivable_identifier", {"id": "AC58C2AC3AC206B81FC95828AD320121"}),
    ("accounts_receivable_identifier", {"number": "192"}),
    ("accounts_receivable_identifier", {"name": "Dina Mika"}),
    ("type_identifier", {"id": "3044BE256B047DB7910567AC458FBE61"}),
    ("type_identifier", {"name": "Cash Payment"}),
    ("type_identifier", {"alternative_code": "PAY1"}),
    ("category_identifier", {"id": "BC422575A15CD8FC1A8E0AD832850D00"}),
    ("category_identifier", {"name": "Invoice Payments"}),
    ("category_identifier", {"code": "SHOP"}),
    ("payment_method_identifier", {"id": "EF547E0D5A3652E0F7C1FECFF4DD8FF7"}),
    ("payment_method_identifier", {"name": "Cash Payment"}),
    ("payment_method_identifier", {"alternative_code": "BT"}),
    ("invoice_identifier", {"id": "F14E01CE12C1F2F4CA8395C4EACE74D3"}),
    ("invoice_identifier", {"number": "I00001188"}),
    ("invoice_identifier", {"reference_number": "2024"}),
    ("invoice_identifier", {"back_office_code": "PROJECT-17"}),
    ("received_by_user_identifier", {"id": "AA1FC6B548E704E26E7FDF1E82792073"}),
    ("received_by_user_identifier", {"username": "MPAdministrator"}),
    ("received_by_unit_identifier", {"id": "EE63A82C4FEBE02FF34E90DD1EBA5ABE"}),
    ("received_by_unit_identifier", {"name": "Coimbra Store"}),
    ("received_by_unit_identifier", {"alternative_code": "ADM"}),
]
MEMBERS = sorted({member for member, _ in EVERY_KEY})
EVERY_OTHER = {member: key for member, identifier in EVERY_KEY for key in identifier if key != "id"}


@pytest.mark.parametrize(("member", "identifier"), EVERY_KEY, ids=str)
def test_each_key_names_a_record(api: Client, payment: Body, member: str, identifier: dict[str, str]) -> None:
    """Every key of the page's tables works."""
    data(api.post(PAY, payment(**{member: identifier})))


@pytest.mark.parametrize(("member", "identifier"), EVERY_KEY, ids=str)
def test_what_names_nothing_is_not_found(api: Client, payment: Body, member: str, identifier: dict[str, str]) -> None:
    """NOT_FOUND, with the key in the message; nothing changes. Upper and lower case differ."""
    (key, value), *_ = identifier.items()
    for unknown in ("F" * 32, f"{value} ", value.swapcase() if value.swapcase() != value else f"0{value}"):
        with nothing_changes(api, "crm_com"):
            response = api.post(PAY, payment(**{member: {key: unknown}}))
        assert code(response) == "NOT_FOUND"
        assert f"with the {key.replace('_', ' ')} {unknown}" in response.json["status"]["message"]
        assert "unknown-reference-is-refused" in response.explain
        assert response.headers["x-sandbox-reason"] == "state"


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize(
    "identifier",
    [{"id": 192}, {"nummber": "192"}, {"id": "x", "name": "y"}, "192", [], ["192"]],
    ids=str,
)
def test_an_identifier_has_exactly_one_key(api: Client, payment: Body, member: str, identifier: Any) -> None:
    """Two keys, an unknown key and a value of another type are refused before a record is looked up."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(**{member: identifier}))
    assert code(response) == "INVALID_REQUEST"
    assert f"/{member}" in response.explain
    assert "x-sandbox-reason" not in response.headers


MANDATORY = {"accounts_receivable_identifier", "type_identifier", "payment_method_identifier", "invoice_identifier"}


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("identifier", [{}, {"id": None}, {"id": ""}], ids=str)
def test_an_identifier_of_empty_keys_is_not_given(
    api: Client, payment: Body, member: str, identifier: dict[str, str | None]
) -> None:
    """Typed clients send every key; an optional identifier is passed over, a mandatory one is missing."""
    if member in MANDATORY:
        with nothing_changes(api, "crm_com"):
            response = api.post(PAY, payment(**{member: identifier}))
        assert code(response) == "INVALID_REQUEST"
        assert member in response.explain
        assert "x-sandbox-reason" not in response.headers
    else:
        data(api.post(PAY, payment(**{member: identifier})))


@pytest.mark.parametrize("empty", [None, ""], ids=["null", "empty"])
@pytest.mark.parametrize(("member", "identifier"), EVERY_KEY, ids=str)
def test_empty_keys_beside_the_given_one_do_not_count(
    api: Client, payment: Body, member: str, identifier: dict[str, str], empty: str | None
) -> None:
    """The payment is carried out as with the one key alone."""
    keys = {key for name, other in EVERY_KEY if name == member for key in other}
    body = payment(**{member: {**dict.fromkeys(sorted(keys), empty), **identifier}})
    data(api.post(PAY, body))


def test_an_account_of_empty_keys_leaves_the_payment_to_the_wallet(api: Client, payment: Body) -> None:
    """It does not count as one of the two payers."""
    response = api.post(
        PAY,
        payment(
            accounts_receivable_identifier={"id": None, "number": ""},
            wallet_identifier={"id": None, "number": "W0000007376"},
        ),
    )
    assert "exactly one of" not in response.json["status"]["message"]


def test_two_known_keys_are_refused_even_if_they_agree(api: Client, payment: Body) -> None:
    """The page allows only one of them to be specified."""
    both = {"number": "192", "name": "Dina Mika"}
    assert code(api.post(PAY, payment(accounts_receivable_identifier=both))) == "INVALID_REQUEST"


@pytest.mark.parametrize("member", ["type_identifier", "payment_method_identifier", "invoice_identifier"])
@pytest.mark.parametrize("value", [..., None], ids=["left out", "null"])
def test_a_mandatory_identifier_must_be_given(api: Client, payment: Body, member: str, value: Any) -> None:
    """Both a missing identifier and a null are refused."""
    response = api.post(PAY, payment(**{member: value}))
    assert code(response) == "INVALID_REQUEST"
    assert member in response.explain


@pytest.mark.parametrize(
    "changes",
    [
        {"accounts_receivable_identifier": ...},
        {"accounts_receivable_identifier": None},
        {"accounts_receivable_identifier": None, "wallet_identifier": None},
        {"wallet_identifier": {"number": "W0000007376"}},
    ],
    ids=["none", "null", "two nulls", "both"],
)
def test_an_account_or_a_wallet_pays(api: Client, payment: Body, changes: dict[str, Any]) -> None:
    """Exactly one of the two is accepted."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(**changes))
    assert code(response) == "INVALID_REQUEST"


def test_a_name_of_two_accounts_names_neither(api: Client, payment: Body) -> None:
    """The call is refused, because it could pay for the wrong account; a number or an id works."""
    invoice = {"reference_number": "2274"}
    with nothing_changes(api, "crm_com"):
        response = api.post(
            PAY, payment(accounts_receivable_identifier={"name": "António Vaz"}, invoice_identifier=invoice)
        )
    assert code(response) == "NOT_ALLOWED"
    assert "ambiguous-reference-is-refused" in response.explain
    assert "use the id or the number instead" in response.json["status"]["message"]
    data(api.post(PAY, payment(accounts_receivable_identifier={"number": "221"}, invoice_identifier=invoice)))


@pytest.mark.parametrize("member", MEMBERS)
def test_two_keys_are_answered_with_the_page_s_restriction(api: Client, payment: Body, member: str) -> None:
    """The explanation quotes the sentence that forbids it."""
    explain = api.post(PAY, payment(**{member: {"id": "1", EVERY_OTHER[member]: "2"}})).explain
    assert f"/{member}: exactly one of " in explain
    assert '[documented: "It is mandatory to specify one of the semi-optional parameters. Only one of those' in explain


@pytest.mark.parametrize("member", ["payment_amount", "amount"])
def test_an_amount_is_answered_with_what_the_method_pays(api: Client, payment: Body, member: str) -> None:
    """payments/create accepts an amount; here the invoice determines it."""
    assert "to pay the whole outstanding amount of a specific invoice" in api.post(PAY, payment(**{member: 55})).explain
