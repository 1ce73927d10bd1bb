"""POST payments/pay_invoice: which bodies are accepted, the reply, and the records afterwards."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.payments import Payment
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import PAY, Body, code, data

NOW = "2026-03-31T12:00:00"


def invoice(state: CrmComState, reference: str) -> Invoice:
    """Return an invoice of the fixtures."""
    found = state.invoices.find("reference_number", reference)
    assert found is not None
    return found


def last_payment(state: CrmComState) -> Payment:
    *_, found = state.payments.records()
    return found


def test_the_whole_outstanding_amount_is_paid(api: Client, state: CrmComState, payment: Body) -> None:
    """The payment is posted, and nothing of the invoice is outstanding; its total stays."""
    answer = data(api.post(PAY, payment(invoice_identifier={"reference_number": "328"})))
    assert (answer["payment_amount"], answer["life_cycle_state"]) == (225, "POSTED")
    assert (answer["issued_on"], answer["posted_on"]) == (NOW, NOW)
    after = invoice(state, "328")
    assert (after.outstanding_amount, after.total_amount) == (Decimal(0), Decimal(300))
    assert after.life_cycle_state == "POSTED"


@pytest.mark.parametrize(
    ("account", "reference", "amount"), [("192", "2025", "61.7"), ("221", "2294", "0.01"), ("192", "2291", "8450")]
)
def test_amounts_are_exact(api: Client, payment: Body, account: str, reference: str, amount: str) -> None:
    named = {"accounts_receivable_identifier": {"number": account}}
    response = api.post(PAY, payment(**named, invoice_identifier={"reference_number": reference}))
    assert data(response)["payment_amount"] == Decimal(amount)
    assert f'"payment_amount":{amount},'.encode() in response.content


@pytest.mark.breaks_invariants
def test_amounts_are_answered_without_trailing_zeros(api: Client, state: CrmComState, payment: Body) -> None:
    """225.00 is 225 in the reply, as in example 1."""
    state.invoices.put(replace(invoice(state, "2024"), outstanding_amount=Decimal("225.00")))
    assert b'"payment_amount":225,' in api.post(PAY, payment()).content


def test_an_invoice_is_paid_once(api: Client, payment: Body) -> None:
    """The second call finds nothing outstanding and changes nothing, not even a number."""
    data(api.post(PAY, payment()))
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment())
    assert response.json["status"] == {
        "code": "NOT_ALLOWED",
        "description": "The state of the records does not allow the call",
        "message": "the invoice I00001188 has nothing outstanding",
    }
    assert response.headers["x-sandbox-reason"] == "state"
    assert "settled-invoice-is-refused" in response.explain
    other = data(api.post(PAY, payment(invoice_identifier={"reference_number": "2025"})))
    assert (other["number"], other["reference_number"]) == ("101", "116")


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("322", "settled-invoice-is-refused"),
        ("2028", "settled-invoice-is-refused"),
        ("2029", "only-posted-invoices-are-paid"),
        ("2030", "only-posted-invoices-are-paid"),
        ("2201", "invoice-belongs-to-account"),
        ("2151", "invoice-belongs-to-account"),
    ],
    ids=["settled", "settled too", "draft", "cancelled", "another owner's", "the owner's other account's"],
)
def test_an_invoice_that_cannot_be_paid(api: Client, payment: Body, reference: str, rule: str) -> None:
    """NOT_ALLOWED, by a rule that the explanation names; nothing changes."""
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(invoice_identifier={"reference_number": reference}))
    assert code(response) == "NOT_ALLOWED"
    assert f"[rule {rule}," in response.explain
    assert response.headers["x-sandbox-reason"] == "state"


def test_who_received_it_and_when_have_defaults(api: Client, state: CrmComState, payment: Body) -> None:
    """The issued date and the user of the token; no unit."""
    api.post(PAY, payment())
    made = last_payment(state)
    jack = state.users.find("username", "JackH")
    assert jack is not None
    assert (made.received_on, made.received_by_user, made.received_by_unit) == (NOW, jack.id, None)
    assert (made.issued_by_user, made.issued_by_unit) == (jack.id, jack.unit)


def test_what_is_said_of_a_payment_is_kept(api: Client, state: CrmComState, payment: Body) -> None:
    """The record has every property that payments/show returns."""
    said: dict[str, Any] = {
        "received_on": "2016-02-29T23:59:59",
        "notes": "Paid at the counter",
        "back_office_code": "TILL-1",
        **{f"udf_string_{number}": f"text {number}" for number in range(1, 9)},
        **{f"udf_float_{number}": Decimal(f"{number}.25") for number in range(1, 4)},
        "udf_float_4": 4,
        **{f"udf_date_{number}": f"2016-01-0{number}T00:00:00" for number in range(1, 5)},
    }
    named = {
        "received_by_user_identifier": {"username": "ElenaP"},
        "received_by_unit_identifier": {"alternative_code": "CBR"},
        "category_identifier": {"code": "SHOP"},
    }
    data(api.post(PAY, payment(**said, **named)))
    made = last_payment(state)
    assert {name: getattr(made, name) for name in said} == said
    assert isinstance(made.udf_float_4, Decimal)
    elena, store = state.users.get(made.received_by_user), state.units.get(made.received_by_unit)
    category = state.categories.get(made.category)
    assert elena is not None
    assert store is not None
    assert category is not None
    assert (elena.username, store.name, category.name) == ("ElenaP", "Coimbra Store", "Shop Payments")


def test_a_null_means_not_given(api: Client, payment: Body) -> None:
    """Every optional member may be null."""
    nulls = dict.fromkeys(
        [
            *("wallet_identifier", "category_identifier", "received_on", "received_by_user_identifier"),
            *("received_by_unit_identifier", "card_identifier", "accounts_receivable_payment_preference_identifier"),
            *("notes", "back_office_code", "fields_set", "udf_string_1", "udf_float_1", "udf_date_1"),
        ]
    )
    assert "currency_rate_period" in data(api.post(PAY, payment(**nulls)))


def test_a_back_office_code_is_given_once(api: Client, payment: Body) -> None:
    """The code of any payment is refused; the code of an invoice is accepted."""
    for taken in ("TILL-7-000317", "PROJECT-17"):
        response = api.post(PAY, payment(back_office_code=taken))
        assert (code(response) == "OK") == (taken == "PROJECT-17")
    with nothing_changes(api, "crm_com"):
        again = api.post(PAY, payment(back_office_code="PROJECT-17", invoice_identifier={"reference_number": "2025"}))
    assert code(again) == "NOT_ALLOWED"
    assert "back-office-code-unique" in again.explain


@pytest.mark.parametrize(
    ("fields_set", "members"),
    [
        ("id", {"id"}),
        ("number, payment_amount", {"number", "payment_amount"}),
        (" number ,number ", {"number"}),
        ("life_cycle_state,currency_rate_period,posted_on", {"life_cycle_state", "currency_rate_period", "posted_on"}),
        ("processed_by_payment_gateway", set()),
    ],
)
def test_fields_set_filters_the_reply(api: Client, payment: Body, fields_set: str, members: set[str]) -> None:
    """Only the named properties that the payment has are returned."""
    assert data(api.post(PAY, payment(fields_set=fields_set))).keys() == members


@pytest.mark.parametrize("fields_set", ["", " ", "notes", "ID", "id,", ",id", "id;number", "id number", "id\n", ["id"]])
def test_fields_set_names_members_of_the_reply(api: Client, payment: Body, fields_set: Any) -> None:
    response = api.post(PAY, payment(fields_set=fields_set))
    assert code(response) == "INVALID_REQUEST"
    assert "/fields_set" in response.explain


@pytest.mark.parametrize(
    ("number", "reference", "rate"),
    [
        ("211", "2251", ("USD", Decimal("1.25"), Decimal("0.8"))),
        ("214", "2255", ("GBP", Decimal("0.8"), Decimal("1.25"))),
    ],
)
def test_another_currency_is_answered_with_its_rate(
    api: Client, payment: Body, number: str, reference: str, rate: tuple[str, Decimal, Decimal]
) -> None:
    """The reply has the currency rate period that is valid now, with its currency."""
    body = payment(
        accounts_receivable_identifier={"number": number}, invoice_identifier={"reference_number": reference}
    )
    period = data(api.post(PAY, body))["currency_rate_period"]
    assert (period["currency"]["code"], period["rate"], period["inverse_rate"]) == rate
    assert period["from_date"] <= NOW <= period["to_date"]


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        ("2013-12-31T23:59:59", None),
        ("2014-01-01T00:00:00", "1.28"),
        ("2019-12-31T23:59:59", "1.28"),
        ("2020-01-01T00:00:00", "1.25"),
        ("2049-12-31T23:59:59", "1.25"),
        ("2050-01-01T00:00:00", None),
    ],
)
def test_the_rate_is_that_of_the_moment(
    api: Client, state: CrmComState, payment: Body, moment: str, rate: str | None
) -> None:
    """A period includes both of its ends, to the second; outside of all periods the rate is null."""
    api.runtime.namespaces.get("default").clock.set(datetime.fromisoformat(f"{moment}+00:00"), frozen=True)
    body = payment(accounts_receivable_identifier={"number": "211"}, invoice_identifier={"reference_number": "2251"})
    answer = data(api.post(PAY, body))
    assert (answer["issued_on"], answer["posted_on"]) == (moment, moment)
    assert last_payment(state).received_on == moment
    period = answer["currency_rate_period"]
    assert period == rate if rate is None else period["rate"] == Decimal(rate)


def test_the_own_currency_has_no_rate(api: Client, state: CrmComState, payment: Body) -> None:
    """The rate is null, even if the state has a rate of the euro against itself."""
    period = next(state.currency_rate_periods.records())
    euro = next(currency for currency in state.currencies.records() if currency.code == "EUR")
    state.currency_rate_periods.put(
        replace(period, id="0" * 32, currency=euro.id, from_date="2000-01-01T00:00:00", to_date="2099-12-31T23:59:59")
    )
    assert data(api.post(PAY, payment()))["currency_rate_period"] is None


def test_the_members_of_a_currency(api: Client, payment: Body) -> None:
    """All properties of the vendor's page are returned; a missing symbol is null."""
    body = payment(
        accounts_receivable_identifier={"number": "211"}, invoice_identifier={"back_office_code": "ERP-2016-0412"}
    )
    assert data(api.post(PAY, body))["currency_rate_period"]["currency"] == {
        "id": "E9D10373B4AE328F41BC011FC111CB07",
        "code": "USD",
        "prefix_symbol": "$",
        "suffix_symbol": None,
        "life_cycle_state": "EFFECTIVE",
        "integer_part_name": "Dollar",
        "decimal_part_name": "Cent",
    }


def test_ids_and_numbers_are_the_same_after_a_reset(api: Client, payment: Body) -> None:
    """Tests can rely on them; the next payment has other ids and numbers."""
    first = data(api.post(PAY, payment()))
    second = data(api.post(PAY, payment(invoice_identifier={"reference_number": "2025"})))
    assert first["id"] != second["id"]
    api.runtime.namespaces.get("default").reset()
    assert data(api.post(PAY, payment())) == first
