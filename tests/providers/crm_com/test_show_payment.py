"""GET payments/show: one payment with all that was said of it, named in the query by one key."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import CANCEL, CREDENTIALS, PAY, SHOW, TWO_HOURS, Body, Under, asked, code, data

PAYMENT_97 = "D0AF56549D639570A1E30C4507BEBF38"
SHORT = {"id", "number", "reference_number", "life_cycle_state", "issued_on", "posted_on", "payment_amount"}


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        (f"id={PAYMENT_97}", "97"),
        ("number=97", "97"),
        ("reference_number=112", "97"),
        ("back_office_code=TILL-7-000317", "99"),
    ],
)
def test_a_payment_is_named_by_one_key(api: Client, identifier: str, number: str) -> None:
    """Key and value in one text; nothing is changed by looking."""
    with nothing_changes(api, "crm_com"):
        assert data(asked(api, SHOW, payment_identifier=identifier))["number"] == number


def test_what_was_answered_is_shown(api: Client, payment: Body) -> None:
    """Every member of pay_invoice's answer, with the same value."""
    made = data(api.post(PAY, payment()))
    shown = data(asked(api, SHOW, payment_identifier=f"id={made['id']}"))
    assert made.keys() - shown.keys() == set()
    assert {name: shown[name] for name in made} == made


def test_what_was_said_is_shown(api: Client, payment: Body) -> None:
    """Notes, code, user-defined fields, who received it where, and what it goes by."""
    said: dict[str, Any] = {
        "received_on": "2016-02-29T23:59:59",
        "notes": "Paid at the counter",
        "back_office_code": "TILL-1",
        **{f"udf_string_{number}": f"text {number}" for number in range(1, 9)},
        **{f"udf_float_{number}": Decimal(f"{number}.25") for number in range(1, 5)},
        **{f"udf_date_{number}": f"2016-01-0{number}T00:00:00" for number in range(1, 5)},
    }
    named = {
        "received_by_user_identifier": {"username": "ElenaP"},
        "received_by_unit_identifier": {"alternative_code": "CBR"},
        "category_identifier": {"code": "SHOP"},
    }
    data(api.post(PAY, payment(**said, **named)))
    shown = data(asked(api, SHOW, payment_identifier="back_office_code=TILL-1"))
    assert {name: shown[name] for name in said} == said
    assert shown["received_by_user"]["username"] == "ElenaP"
    assert shown["received_by_unit"]["alternative_code"] == "CBR"
    assert shown["category"]["code"] == "SHOP"
    assert shown["type"]["name"] == "Payment 1"
    assert shown["payment_method"]["name"] == "Direct Debit"
    assert (shown["accounts_receivable"]["number"], shown["wallet"]) == ("192", None)


def test_what_was_not_said_is_null(api: Client) -> None:
    shown = data(asked(api, SHOW, payment_identifier="number=97"))
    unsaid = {name for name, value in shown.items() if value is None}
    assert unsaid == {
        *("notes", "back_office_code", "wallet", "currency_rate_period"),
        *(f"udf_string_{number}" for number in range(1, 9)),
        *(f"udf_{kind}_{number}" for kind in ("float", "date") for number in range(1, 5)),
    }


def test_the_invoice_is_shown_as_it_is_now(api: Client, payment: Body, cancellation: Body) -> None:
    """With what is outstanding, before and after a cancellation."""
    data(api.post(PAY, payment(invoice_identifier={"reference_number": "328"})))
    members = "id number reference_number total_amount outstanding_amount issued_on posted_on due_on life_cycle_state"
    for outstanding in (0, 225):
        (owed,) = data(asked(api, SHOW, payment_identifier="number=97"))["invoices_to_pay_set"]
        assert owed.keys() == set(members.split())
        assert (owed["total_amount"], owed["outstanding_amount"]) == (300, outstanding)
        api.post(CANCEL, cancellation(payment_identifier={"number": "100"}))


def test_a_payment_from_a_wallet_is_of_no_account(api: Client, payment: Body) -> None:
    """The wallet stands in its place."""
    wallet, invoice = {"number": "W0000007376"}, {"reference_number": "4862"}
    data(
        api.post(PAY, payment(accounts_receivable_identifier=..., wallet_identifier=wallet, invoice_identifier=invoice))
    )
    shown = data(asked(api, SHOW, payment_identifier="number=100"))
    assert (shown["accounts_receivable"], shown["wallet"]["number"]) == (None, "W0000007376")


@pytest.mark.parametrize(
    ("fields_set", "members"),
    [("number", {"number"}), (" id , udf_date_4,wallet ", {"id", "udf_date_4", "wallet"}), (None, None)],
)
def test_fields_set_filters_the_payment(api: Client, fields_set: str | None, members: set[str] | None) -> None:
    shown = data(asked(api, SHOW, payment_identifier="number=97", fields_set=fields_set or ...)).keys()
    assert shown == members if members else shown >= SHORT


@pytest.mark.parametrize("fields_set", ["Number", "number,", "udf_string_9", "number;id", "number\n"])
def test_fields_set_names_members_of_a_payment(api: Client, fields_set: str) -> None:
    """Anything else is a mistake of the client."""
    response = asked(api, SHOW, payment_identifier="number=97", fields_set=fields_set)
    assert code(response) == "INVALID_REQUEST"
    assert response.explain.startswith("?fields_set")


@pytest.mark.parametrize(
    "identifier",
    [..., "", "97", "number", "number=", "Number=97", " number=97", "name=97", '{"number":"97"}', "number=9\n7", "=97"],
    ids=str,
)
def test_what_is_no_packed_identifier(api: Client, identifier: Any) -> None:
    response = asked(api, SHOW, payment_identifier=identifier)
    assert code(response) == "INVALID_REQUEST"
    assert response.explain.startswith("?payment_identifier")
    assert "x-sandbox-reason" not in response.headers


def test_an_identifier_of_another_form_is_answered_with_the_form(api: Client) -> None:
    assert (
        "does not match the expected format, for example 'number=97'"
        in asked(api, SHOW, payment_identifier="97").explain
    )


@pytest.mark.parametrize("identifier", ["number=1", "number=097", "id=97", "reference_number=97", "number=97=1"])
def test_an_unknown_payment(api: Client, identifier: str) -> None:
    """NOT_FOUND; keys and values are taken as they are."""
    response = asked(api, SHOW, payment_identifier=identifier)
    assert code(response) == "NOT_FOUND"
    assert response.headers["x-sandbox-reason"] == "state"
    assert "[rule unknown-reference-is-refused," in response.explain


@pytest.mark.breaks_invariants
def test_a_number_that_two_payments_have_names_neither(api: Client, state: CrmComState) -> None:
    """Tests can write such a record; its id still names it."""
    other = state.payments.find("number", "98")
    assert other is not None
    state.payments.put(replace(other, number="97"))
    response = asked(api, SHOW, payment_identifier="number=97")
    assert code(response) == "NOT_ALLOWED"
    assert "[rule ambiguous-reference-is-refused," in response.explain
    assert data(asked(api, SHOW, payment_identifier=f"id={other.id}"))["reference_number"] == "113"


@pytest.mark.parametrize(
    ("release", "known"),
    [
        ("R9.0.0", set()),
        ("R9.1.0", {"back_office_code"}),
        ("R13.0.0", {"back_office_code", "currency_rate_period"}),
        ("R14.0.0", {"back_office_code", "currency_rate_period", "wallet"}),
    ],
)
def test_a_release_shows_what_it_knows(under: Under, release: str, known: set[str]) -> None:
    """Codes, rates and wallets came one after the other; the code names a payment from the same release on."""
    api = under(release)
    shown = data(asked(api, SHOW, payment_identifier="number=97"))
    assert shown.keys() & {"back_office_code", "currency_rate_period", "wallet"} == known
    by_code = asked(api, SHOW, payment_identifier="back_office_code=TILL-7-000317")
    if "back_office_code" in known:
        assert data(by_code)["number"] == "99"
    else:
        assert code(by_code) == "INVALID_REQUEST"
        assert "back_office_code is available from CRM.COM R9.1.0" in by_code.json["status"]["message"]
        assert "[rule release-gates," in by_code.explain


def test_an_expired_token_shows_nothing(api: Client) -> None:
    token = data(api.post("/authentication/token", CREDENTIALS))["token"]
    assert data(asked(api, SHOW, token=token, payment_identifier="number=97"))["number"] == "97"
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    response = asked(api, SHOW, token=token, payment_identifier="number=97")
    assert code(response) == "INVALID_TOKEN"
    assert "[rule token-expires," in response.explain
