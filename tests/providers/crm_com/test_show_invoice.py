"""GET invoices/show returns an invoice with its outstanding amount."""

from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import (
    CANCEL,
    CREDENTIALS,
    INVOICE,
    PAY,
    TWO_HOURS,
    Body,
    Under,
    asked,
    code,
    data,
)


@pytest.mark.parametrize(
    "identifier",
    [
        "id=832CEE1ADD2D4321326BECF475C480F7",
        "number=I00001321",
        "reference_number=2291",
        "back_office_code=PROJECT-17",
    ],
)
def test_an_invoice_is_named_by_one_key(api: Client, identifier: str) -> None:
    """Key and value in one text; nothing is changed by looking."""
    with nothing_changes(api, "crm_com"):
        assert data(asked(api, INVOICE, invoice_identifier=identifier)) == {
            "id": "832CEE1ADD2D4321326BECF475C480F7",
            "number": "I00001321",
            "reference_number": "2291",
            "life_cycle_state": "POSTED",
            "issued_on": "2017-03-28T12:00:00",
            "posted_on": "2017-03-28T12:05:00",
            "due_on": "2017-04-27T12:00:00",
            "total_amount": 8450,
            "outstanding_amount": 8450,
            "accounts_receivable": {"id": "AC58C2AC3AC206B81FC95828AD320121", "number": "192", "name": "Dina Mika"},
            "back_office_code": "PROJECT-17",
        }


def test_what_is_outstanding_follows(api: Client, payment: Body, cancellation: Body) -> None:
    """A payment takes it off, its cancellation puts it back; the total stays."""
    seen = []
    for call, body in (
        (PAY, payment(invoice_identifier={"reference_number": "328"})),
        (CANCEL, cancellation(payment_identifier={"number": "100"})),
        (CANCEL, cancellation(payment_identifier={"number": "97"})),
        (PAY, payment(invoice_identifier={"reference_number": "328"})),
    ):
        data(api.post(call, body))
        shown = data(asked(api, INVOICE, invoice_identifier="reference_number=328"))
        seen.append((shown["total_amount"], shown["outstanding_amount"]))
    assert seen == [(300, 0), (300, 225), (300, 300), (300, 0)]


@pytest.mark.parametrize(
    ("reference", "state", "posted"), [("2029", "DRAFT", False), ("2030", "CANCELLED", True), ("2028", "POSTED", True)]
)
def test_every_state_is_shown(api: Client, reference: str, state: str, *, posted: bool) -> None:
    """A draft has no date of posting."""
    shown = data(asked(api, INVOICE, invoice_identifier=f"reference_number={reference}"))
    assert (shown["life_cycle_state"], shown["posted_on"] is not None) == (state, posted)


def test_fields_set_filters_the_invoice(api: Client) -> None:
    shown = data(
        asked(api, INVOICE, invoice_identifier="number=I00001188", fields_set="outstanding_amount, total_amount")
    )
    assert shown == {"outstanding_amount": 55, "total_amount": 55}


@pytest.mark.parametrize(
    "query",
    [
        {"invoice_identifier": ...},
        {"invoice_identifier": "2024"},
        {"invoice_identifier": "name=2024"},
        {"invoice_identifier": "number=" + "x" * 101},
        {"fields_set": "payment_amount", "invoice_identifier": "reference_number=2024"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_what_the_contract_does_not_allow(api: Client, query: dict[str, Any]) -> None:
    """INVALID_REQUEST, and the explanation says which parameter."""
    response = asked(api, INVOICE, **query)
    assert code(response) == "INVALID_REQUEST"
    assert response.explain.startswith(f"?{next(iter(query))}")


@pytest.mark.parametrize("identifier", ["number=1", "reference_number=I00001188", "id=I00001188", "number=i00001188"])
def test_an_unknown_invoice(api: Client, identifier: str) -> None:
    response = asked(api, INVOICE, invoice_identifier=identifier)
    assert code(response) == "NOT_FOUND"
    assert response.headers["x-sandbox-reason"] == "state"
    assert "[rule unknown-reference-is-refused," in response.explain


def test_a_number_that_two_invoices_have_names_neither(api: Client, state: CrmComState) -> None:
    other = state.invoices.find("number", "I00001189")
    assert other is not None
    state.invoices.put(replace(other, number="I00001188"))
    response = asked(api, INVOICE, invoice_identifier="number=I00001188")
    assert code(response) == "NOT_ALLOWED"
    assert "[rule ambiguous-reference-is-refused," in response.explain


@pytest.mark.parametrize(("release", "known"), [("R9.0.0", False), ("R9.1.0", True)])
def test_the_code_of_an_invoice_came_with_r9_1(under: Under, release: str, *, known: bool) -> None:
    """It is neither shown before nor does it name an invoice."""
    api = under(release)
    shown = data(asked(api, INVOICE, invoice_identifier="reference_number=2291"))
    assert ("back_office_code" in shown) == known
    response = asked(api, INVOICE, invoice_identifier="back_office_code=PROJECT-17")
    assert code(response) == ("OK" if known else "INVALID_REQUEST")
    if not known:
        assert "[rule release-gates," in response.explain


def test_an_expired_token_shows_no_invoice(api: Client) -> None:
    token = data(api.post("/authentication/token", CREDENTIALS))["token"]
    api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    response = asked(api, INVOICE, token=token, invoice_identifier="reference_number=2291")
    assert code(response) == "INVALID_TOKEN"
    assert "[rule token-expires," in response.explain
