"""GET accounts_receivable/show and /list: balances are calculated, and the outstanding amount moves with the clock."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import (
    ACCOUNT,
    ACCOUNTS,
    CANCEL,
    CREATE,
    CREDENTIALS,
    INVOICES,
    LATEST,
    LOGIN,
    PAY,
    PROVIDER,
    TWO_HOURS,
    Body,
    Under,
    asked,
    code,
    data,
)

DINA = "number=192"
READS = [
    (ACCOUNT, "accounts_receivable_identifier", {}),
    (ACCOUNTS, "contact_information_identifier", {}),
    (INVOICES, "accounts_receivable_identifier", {}),
    (LATEST, "accounts_receivable_identifier", {"number": 1}),
]


def show(api: Client, number: str) -> dict[str, Any]:
    shown: dict[str, Any] = data(asked(api, ACCOUNT, accounts_receivable_identifier=f"number={number}"))
    return shown


def test_an_account_is_shown_with_its_balance(api: Client) -> None:
    """192 owes seven posted invoices; drafts and cancelled invoices do not count."""
    assert show(api, "192") == {
        "id": "AC58C2AC3AC206B81FC95828AD320121",
        "type": "CUSTOMER",
        "number": "192",
        "name": "Dina Mika",
        "description": None,
        "notes": None,
        "balance": Decimal("8944.4"),
        "opening_balance": 0,
        "opening_balance_date": None,
        "outstanding_amount": Decimal("8944.4"),
        "credit_limit_status": "NOT_EXCEEDED",
        "credit_limit": None,
        "life_cycle_state": "ACTIVE",
        "account_owner": {"id": "5C49AD537948E86BD89B15A449DA8AF5", "name": "Dina Mika"},
        "currency": {
            "id": "6AC78FC920306CDFACC6F0783AD6F2A3",
            "code": "EUR",
            "prefix_symbol": None,
            "suffix_symbol": "€",
            "life_cycle_state": "EFFECTIVE",
            "integer_part_name": "Euro",
            "decimal_part_name": "Cent",
        },
    }


def test_the_opening_balance_counts(api: Client) -> None:
    """198 began with 12.50, and owes 1342.50 of invoices."""
    shown = show(api, "198")
    assert (shown["opening_balance"], shown["opening_balance_date"]) == (Decimal("12.5"), "2016-01-01T00:00:00")
    assert (shown["balance"], shown["credit_limit"], shown["credit_limit_status"]) == (1355, 2000, "NOT_EXCEEDED")


def test_a_credit_limit_is_exceeded(api: Client, creation: Body) -> None:
    """Until so much is paid that the limit is reached."""
    assert (show(api, "220")["balance"], show(api, "220")["credit_limit_status"]) == (Decimal("86.2"), "EXCEEDED")
    body = creation(accounts_receivable_identifier={"number": "220"}, payment_amount=Decimal("36.2"))
    data(api.post(CREATE, body))
    assert (show(api, "220")["balance"], show(api, "220")["credit_limit_status"]) == (50, "NOT_EXCEEDED")


def test_payments_lower_the_balance_and_cancellations_raise_it(
    api: Client, creation: Body, payment: Body, cancellation: Body
) -> None:
    """By their amounts, below 0 too; a draft changes nothing."""
    data(api.post(PAY, payment()))
    assert show(api, "192")["balance"] == Decimal("8889.4")
    data(api.post(CREATE, creation(payment_amount=10_000)))
    shown = show(api, "192")
    assert (shown["balance"], shown["outstanding_amount"]) == (Decimal("-1110.6"), 0)
    data(api.post(CREATE, creation(life_cycle_state="DRAFT")))
    assert show(api, "192")["balance"] == Decimal("-1110.6")
    for number in ("100", "101"):
        data(api.post(CANCEL, cancellation(payment_identifier={"number": number})))
    assert show(api, "192")["balance"] == Decimal("8944.4")


@pytest.mark.parametrize(
    ("day", "outstanding"), [("2018-03-07", 0), ("2018-03-08", Decimal("449.81"))], ids=["on the last day", "after it"]
)
def test_the_outstanding_amount_moves_with_the_clock(
    api: Client, state: CrmComState, creation: Body, day: str, outstanding: Any
) -> None:
    """What was paid is set against what is due; the last invoice of 207 is due on 2018-03-07 at nine."""
    for invoice in state.invoices.all("accounts_receivable", "E78EABA743CC11A535F2DB02E03DA29F"):
        state.invoices.put(replace(invoice, due_on="2018-03-07T09:00:00"))
    api.runtime.namespaces.get("default").clock.set(dt.datetime.fromisoformat(f"{day}T08:00:00+00:00"), frozen=True)
    assert show(api, "207")["outstanding_amount"] == outstanding
    data(api.post(CREATE, creation(accounts_receivable_identifier={"number": "207"}, payment_amount=5)))
    assert show(api, "207")["outstanding_amount"] == max(outstanding - 5, 0)


def test_accounts_are_found_by_their_owner(api: Client) -> None:
    """By name and by id, with their balances."""
    found = data(asked(api, ACCOUNTS, contact_information_identifier="name=Dina Mika"))
    assert [account["number"] for account in found] == ["192", "198"]
    assert found[0] == show(api, "192")
    again = data(asked(api, ACCOUNTS, contact_information_identifier=f"id={found[0]['account_owner']['id']}"))
    assert again == found


def test_an_identifier_that_is_left_out_is_refused_by_name(api: Client) -> None:
    """An e-mail address is on the vendor's page only."""
    response = asked(api, ACCOUNTS, contact_information_identifier="name=Dina Mika", email_address="a@example.com")
    assert code(response) == "INVALID_REQUEST"
    assert "email_address" in response.explain


@pytest.mark.parametrize(("path", "name", "more"), READS, ids=lambda value: value if isinstance(value, str) else "")
def test_reads_refuse_what_names_no_record(api: Client, path: str, name: str, more: dict[str, Any]) -> None:
    """Or several, and what an expired token asks."""
    key = "name" if path == ACCOUNTS else "number"
    unknown = asked(api, path, **{name: f"{key}=x"}, **more)
    several = asked(api, path, **{name: "name=António Vaz"}, **more)
    assert (code(unknown), code(several)) == ("NOT_FOUND", "NOT_ALLOWED")
    token = data(api.post(LOGIN, CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    expired = asked(api, path, token=token, **{name: "name=Dina Mika"}, **more)
    assert code(expired) == "INVALID_TOKEN"
    assert "[rule token-expires," in expired.explain


@pytest.mark.parametrize(("path", "name", "more"), READS, ids=lambda value: value if isinstance(value, str) else "")
def test_reads_answer_the_chosen_fields(api: Client, path: str, name: str, more: dict[str, Any]) -> None:
    """With spaces or without."""
    found = data(asked(api, path, **{name: "name=Dina Mika"}, **more, fields_set="id, number"))
    assert set(found[0] if isinstance(found, list) else found) == {"id", "number"}


@pytest.mark.parametrize(("release", "known"), [("R9.1.0", False), ("R10.0.0", True)])
def test_opening_balances_came_with_r10(under: Under, release: str, *, known: bool) -> None:
    """Before, they are left out."""
    assert ("opening_balance" in show(under(release), "192")) == known


@pytest.mark.parametrize(("number", "state_of_account"), [("240", "SUSPENDED"), ("241", "TERMINATED")])
def test_an_account_that_is_not_active_is_not_paid(
    api: Client, state: CrmComState, creation: Body, payment: Body, number: str, state_of_account: Any
) -> None:
    """Neither by amount nor by invoice; it is shown all the same."""
    assert show(api, number)["life_cycle_state"] == state_of_account
    dina = state.accounts_receivable.find("number", "192")
    assert dina is not None
    state.accounts_receivable.put(replace(dina, life_cycle_state=state_of_account))
    with nothing_changes(api, PROVIDER):
        by_amount = api.post(CREATE, creation(accounts_receivable_identifier={"number": number}))
        by_invoice = api.post(PAY, payment())
    for response in (by_amount, by_invoice):
        assert code(response) == "NOT_ALLOWED"
        assert "[rule account-must-be-active," in response.explain
