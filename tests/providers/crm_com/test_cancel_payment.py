"""POST payments/cancel cancels a posted payment once and as a whole, and restores the balances before it."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.payments import PaymentCancellation
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, dump, nothing_changes
from tests.providers.crm_com.known import (
    CANCEL,
    CREDENTIALS,
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
WALLET = {"accounts_receivable_identifier": ..., "wallet_identifier": {"number": "W0000007376"}}


def last_cancellation(state: CrmComState) -> PaymentCancellation:
    *_, found = state.payment_cancellations.records()
    return found


def test_a_cancellation_is_posted(api: Client, state: CrmComState, cancellation: Body) -> None:
    """The reply is the cancellation; the payment is CANCELLED, and its invoice is outstanding again."""
    answer = data(api.post(CANCEL, cancellation()))
    assert answer == {
        "id": last_cancellation(state).id,
        "number": "2",
        "reference_number": "2",
        "life_cycle_state": "POSTED",
        "issued_on": NOW,
        "posted_on": NOW,
        "payment_amount": 55,
    }
    shown = data(asked(api, SHOW, payment_identifier="number=99"))
    assert (shown["life_cycle_state"], shown["payment_amount"]) == ("CANCELLED", 55)
    assert shown["invoices_to_pay_set"][0]["outstanding_amount"] == 55


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"invoice_identifier": {"reference_number": "328"}},
        {"invoice_identifier": {"reference_number": "2026"}},
        {**WALLET, "invoice_identifier": {"reference_number": "4864"}},
        {
            "accounts_receivable_identifier": {"number": "211"},
            "invoice_identifier": {"reference_number": "2252"},
        },
    ],
    ids=["an account", "the rest of an invoice", "a cent", "all of a wallet", "dollars"],
)
def test_what_was_paid_is_as_before(api: Client, payment: Body, cancellation: Body, changes: dict[str, Any]) -> None:
    """Invoices and wallets are exactly as before; only the payment, its cancellation and their numbers are new."""
    before = dump(api.runtime, PROVIDER)
    data(api.post(PAY, payment(**changes)))
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "100"})))
    after = dump(api.runtime, PROVIDER)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"payments", "payment_cancellations", "sequences", "(counters)"}
    assert after["payments"][:-1] == before["payments"]
    assert after["payment_cancellations"][:-1] == before["payment_cancellations"]
    assert after["payments"][-1]["life_cycle_state"] == "CANCELLED"


def test_what_is_cancelled_can_be_paid_again(api: Client, payment: Body, cancellation: Body) -> None:
    """The new payment has the next numbers, because numbers are not reused."""
    data(api.post(PAY, payment()))
    data(api.post(CANCEL, cancellation(payment_identifier={"number": "100"})))
    again = data(api.post(PAY, payment()))
    assert (again["number"], again["reference_number"], again["payment_amount"]) == ("101", "116", 55)
    second = data(api.post(CANCEL, cancellation(payment_identifier={"number": "101"})))
    assert (second["number"], second["reference_number"]) == ("3", "3")


def test_a_part_of_an_invoice_is_cancelled(api: Client, state: CrmComState, payment: Body, cancellation: Body) -> None:
    """The payments of an invoice are cancelled one by one, each with its own amount."""
    data(api.post(PAY, payment(invoice_identifier={"reference_number": "328"})))
    owed = []
    for number in ("97", "100"):
        data(api.post(CANCEL, cancellation(payment_identifier={"number": number})))
        invoice = state.invoices.find("reference_number", "328")
        assert invoice is not None
        owed.append(invoice.outstanding_amount)
    assert owed == [75, 300]


@pytest.mark.parametrize(
    "identifier",
    [
        {"id": "B6744946D642ED0308041208E430E6AB"},
        {"number": "99"},
        {"reference_number": "114"},
        {"back_office_code": "TILL-7-000317"},
    ],
    ids=str,
)
def test_a_payment_is_named_by_one_key(api: Client, cancellation: Body, identifier: dict[str, str]) -> None:
    """Each of the four keys works; once the payment is cancelled, each is refused."""
    data(api.post(CANCEL, cancellation(payment_identifier=identifier)))
    assert code(api.post(CANCEL, cancellation(payment_identifier=identifier))) == "NOT_ALLOWED"


def test_a_payment_is_cancelled_once(api: Client, cancellation: Body) -> None:
    """The second call is refused and changes nothing, not even a number."""
    data(api.post(CANCEL, cancellation()))
    with nothing_changes(api, PROVIDER):
        response = api.post(CANCEL, cancellation())
    assert response.json["status"] == {
        "code": "NOT_ALLOWED",
        "description": "The state of the records does not allow the call",
        "message": "the payment 99 is CANCELLED and cannot be cancelled",
    }
    assert response.headers["x-sandbox-reason"] == "state"
    assert "[rule only-posted-payments-are-cancelled," in response.explain


@pytest.mark.parametrize("life_cycle_state", ["DRAFT", "REJECTED", "PENDING_VERIFICATION"])
@pytest.mark.breaks_invariants
def test_only_posted_payments_are_cancelled(
    api: Client, state: CrmComState, cancellation: Body, life_cycle_state: Any
) -> None:
    """Payments in other states have changed no balance."""
    made = state.payments.find("number", "99")
    assert made is not None
    state.payments.put(replace(made, life_cycle_state=life_cycle_state))
    with nothing_changes(api, PROVIDER):
        response = api.post(CANCEL, cancellation())
    assert code(response) == "NOT_ALLOWED"
    assert f"the payment 99 is {life_cycle_state}" in response.explain


def test_what_is_said_of_a_cancellation_is_kept(api: Client, state: CrmComState, cancellation: Body) -> None:
    """The cancellation also says which user cancelled, and at which unit."""
    said: dict[str, Any] = {
        "notes": "The till was closed",
        "issue_reason": "Paid twice",
        "back_office_code": "TILL-7-000317",  # which its payment has, but no cancellation
        **{f"udf_string_{number}": f"text {number}" for number in range(1, 9)},
        **{f"udf_float_{number}": Decimal(f"{number}.25") for number in range(1, 5)},
        **{f"udf_date_{number}": f"2016-01-0{number}T00:00:00" for number in range(1, 5)},
    }
    data(api.post(CANCEL, cancellation(**said, category_identifier={"code": "SHOP"})))
    made = last_cancellation(state)
    assert {name: getattr(made, name) for name in said} == said
    jack, paid = state.users.find("username", "JackH"), state.payments.find("number", "99")
    kind, category = state.types.get(made.type), state.categories.get(made.category)
    assert jack is not None
    assert paid is not None
    assert kind is not None
    assert category is not None
    assert (made.issued_by_user, made.issued_by_unit, made.payment) == (jack.id, jack.unit, paid.id)
    assert (kind.name, category.name) == ("Payment Cancellation", "Shop Payments")


def test_a_null_means_not_given(api: Client, cancellation: Body) -> None:
    """Every optional member may be null."""
    optional = ["category_identifier", "notes", "back_office_code", "issue_reason"]
    udfs = ["udf_string_1", "udf_float_1", "udf_date_1"]
    data(api.post(CANCEL, cancellation(**dict.fromkeys([*optional, *udfs]))))


def test_a_gateway_cancels_what_it_processed(api: Client, payment: Body, cancellation: Body) -> None:
    """It has a reference number of its own; other cancellations lack both properties."""
    by_card = payment(
        accounts_receivable_identifier={"number": "193"},
        payment_method_identifier={"alternative_code": "CARD"},
        card_identifier={"last_digits": "4242"},
        invoice_identifier={"number": "I00001201"},
    )
    paid = data(api.post(PAY, by_card))
    cancelled = data(api.post(CANCEL, cancellation(payment_identifier={"id": paid["id"]})))
    assert cancelled["processed_by_payment_gateway"] == paid["processed_by_payment_gateway"] == "Meridian Cards"
    assert cancelled["payment_gateway_reference_number"] != paid["payment_gateway_reference_number"]
    assert "processed_by_payment_gateway" not in data(api.post(CANCEL, cancellation()))


def test_a_back_office_code_is_given_once(api: Client, cancellation: Body) -> None:
    """The code of a cancellation of the fixtures is refused, and so is that of a new one."""
    with nothing_changes(api, PROVIDER):
        taken = api.post(CANCEL, cancellation(back_office_code="TILL-7-000201-C"))
    assert code(taken) == "NOT_ALLOWED"
    assert "[rule back-office-code-unique," in taken.explain
    data(api.post(CANCEL, cancellation(back_office_code="C-1")))
    again = api.post(CANCEL, cancellation(back_office_code="C-1", payment_identifier={"number": "98"}))
    assert code(again) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"payment_identifier": {"number": "1"}}, "NOT_FOUND"),
        ({"payment_identifier": {"id": "99"}}, "NOT_FOUND"),
        ({"type_identifier": {"name": "none"}}, "NOT_FOUND"),
        ({"category_identifier": {"code": "none"}}, "NOT_FOUND"),
    ],
    ids=str,
)
def test_what_names_no_record(api: Client, cancellation: Body, changes: dict[str, Any], status: str) -> None:
    """Refused, and nothing is cancelled."""
    with nothing_changes(api, PROVIDER):
        response = api.post(CANCEL, cancellation(**changes))
    assert code(response) == status
    assert "[rule unknown-reference-is-refused," in response.explain


def test_an_ambiguous_type(api: Client, state: CrmComState, cancellation: Body) -> None:
    """A second type has the same alternative code."""
    kind = state.types.find("alternative_code", "PAYCAN")
    assert kind is not None
    state.types.put(replace(kind, id="F" * 32))
    with nothing_changes(api, PROVIDER):
        response = api.post(CANCEL, cancellation())
    assert code(response) == "NOT_ALLOWED"
    assert "[rule ambiguous-reference-is-refused," in response.explain


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_identifier": ...},
        {"payment_identifier": {}},
        {"payment_identifier": "99"},
        {"payment_identifier": {"number": "99", "reference_number": "114"}},
        {"payment_identifier": {"number": 99}},
        {"payment_identifier": None},
        {"type_identifier": ...},
        {"type_identifier": None},
        {"category_identifier": {"id": "x", "name": "y"}},
        {"notes": "x" * 40_001},
        {"issue_reason": 5},
        {"back_office_code": ""},
        {"udf_date_1": "2016-02-30T00:00:00"},
        {"udf_float_1": "1"},
        {"payment_amount": 55},
        {"fields_set": "id"},
        {"received_on": "2016-01-01T00:00:00"},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_what_the_contract_does_not_allow(api: Client, cancellation: Body, changes: dict[str, Any]) -> None:
    """INVALID_REQUEST; the explanation says where, and the refusal does not depend on the state."""
    with nothing_changes(api, PROVIDER):
        response = api.post(CANCEL, cancellation(**changes))
    assert code(response) == "INVALID_REQUEST"
    assert next(iter(changes)) in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    "changes", [{"back_office_code": "C-1"}, {"payment_identifier": {"back_office_code": "TILL-7-000317"}}], ids=str
)
@pytest.mark.parametrize(("release", "known"), [("R9.0.0", False), ("R9.1.0", True)])
def test_back_office_codes_came_with_r9_1(
    under: Under, cancellation: Body, changes: dict[str, Any], release: str, *, known: bool
) -> None:
    """Cancellations have them from the same release as payments."""
    api = under(release)
    response = api.post(CANCEL, cancellation(**changes))
    assert code(response) == ("OK" if known else "INVALID_REQUEST")
    if not known:
        assert "[rule release-gates," in response.explain


def test_an_expired_token_cancels_nothing(api: Client, cancellation: Body) -> None:
    """An expired token and an unknown token are refused alike."""
    token = data(api.post("/authentication/token", CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    with nothing_changes(api, PROVIDER):
        expired, unknown = (api.post(CANCEL, cancellation(token=sent)) for sent in (token, "F" * 32))
    assert (code(expired), code(unknown)) == ("INVALID_TOKEN", "INVALID_TOKEN")
    assert "[rule token-expires," in expired.explain


def test_empty_keys_and_other_forms_of_dates_are_accepted(api: Client, state: CrmComState, cancellation: Body) -> None:
    """As in a payment: what typed clients send for unset keys is not given."""
    data(
        api.post(
            CANCEL,
            cancellation(
                payment_identifier={"id": None, "number": "99", "reference_number": ""},
                category_identifier={"id": None, "code": ""},
                udf_date_1="2017-09-15T02:00:00.250+02:00",
            ),
        )
    )
    made = last_cancellation(state)
    assert (made.category, made.udf_date_1) == (None, "2017-09-15T00:00:00")
