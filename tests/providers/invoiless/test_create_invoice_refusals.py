"""POST /v1/invoices: refusals change nothing."""

from decimal import Decimal
from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    INVOICES,
    MOLEN,
    MONDEGO,
    NEW,
    NOBODY,
    NOT_FOUND,
    PROVIDER,
    UNACCEPTABLE,
)

ITEM = {"name": "x", "price": 1}
LARGEST: Final = Decimal("9999999999999.99")
CENT: Final = Decimal("0.01")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "missing property 'customer'"),
        ({"customer": MONDEGO}, "missing property 'items'"),
        ({"items": [ITEM]}, "missing property 'customer'"),
        ([], "the body"),
        (None, "the body"),
        ({**NEW, "customer": None}, "/customer"),
        ({**NEW, "customer": ""}, "/customer"),
        ({**NEW, "customer": 7}, "/customer"),
        ({**NEW, "customer": {}}, "/customer"),
        ({**NEW, "customer": {"billTo": {}}}, "/customer/billTo"),
        ({**NEW, "customer": {"billTo": {"firstName": "Ines"}}}, "/customer/billTo"),
        ({**NEW, "customer": {"billTo": {"company": None}}}, "/customer/billTo"),
        ({**NEW, "customer": {"billTo": {"company": "x", "email": "nobody"}}}, "/customer/billTo/email"),
        ({**NEW, "customer": {"billTo": {"company": "x"}, "name": "x"}}, "unknown property 'name'"),
        ({**NEW, "items": []}, "/items"),
        ({**NEW, "items": None}, "/items"),
        ({**NEW, "items": ITEM}, "/items"),
        ({**NEW, "items": [ITEM] * 1001}, "/items"),
        ({**NEW, "items": [{"price": 1}]}, "missing property 'name'"),
        ({**NEW, "items": [{"name": "x"}]}, "missing property 'price'"),
        ({**NEW, "items": [ITEM, {**ITEM, "price": "1"}]}, "/items/1/price"),
        ({**NEW, "items": [{**ITEM, "price": -1}]}, "/items/0/price"),
        ({**NEW, "items": [{**ITEM, "price": 0.001}]}, "/items/0/price"),
        ({**NEW, "items": [{**ITEM, "price": 10000000000000}]}, "/items/0/price"),
        ({**NEW, "items": [{**ITEM, "quantity": 0}]}, "/items/0/quantity"),
        ({**NEW, "items": [{**ITEM, "quantity": -1}]}, "/items/0/quantity"),
        ({**NEW, "items": [{**ITEM, "quantity": 0.001}]}, "/items/0/quantity"),
        ({**NEW, "items": [{**ITEM, "quantity": 1000000000}]}, "/items/0/quantity"),
        ({**NEW, "items": [{**ITEM, "vat": 21}]}, "unknown property 'vat'"),
        ({**NEW, "items": [{**ITEM, "sku": "x" * 51}]}, "/items/0/sku"),
        ({**NEW, "customer": {"billTo": {"name": "Zonnehof"}}}, "/customer/billTo"),
        ({**NEW, "customer": {"billTo": {"firstName": "Ines", "lastName": ""}}}, "/customer/billTo"),
        ({**NEW, "customer": {"billTo": {"company": "x" * 101}}}, "/customer/billTo/company"),
        ({**NEW, "customer": {"billTo": {"company": "x", "phone": "1" * 51}}}, "/customer/billTo/phone"),
        ({**NEW, "customer": {"billTo": {"company": "x", "address": "x" * 501}}}, "/customer/billTo/address"),
        ({**NEW, "customer": {"billTo": {"company": "x", "legal": "x" * 101}}}, "/customer/billTo/legal"),
        ({**NEW, "customer": {"billTo": {"company": "x"}, "shipTo": {"address": "y"}}}, "/customer/shipTo"),
        ({**NEW, "slug": "x" * 51}, "/slug"),
        ({**NEW, "header": "x" * 21}, "/header"),
        ({**NEW, "shipTo": "yes"}, "/shipTo"),
        ({**NEW, "discount": -1}, "/discount"),
        ({**NEW, "discount": "10%"}, "/discount"),
        ({**NEW, "discount": {"value": {"a": 1}}}, "/discount/value"),
        ({**NEW, "extraCharges": 5}, "/extraCharges"),
        ({**NEW, "extraFields": [{}] * 4}, "/extraFields"),
        ({**NEW, "taxes": [{}] * 4}, "/taxes"),
        ({**NEW, "taxes": [21]}, "/taxes/0"),
        ({**NEW, "isRecurring": True, "vat": 1}, "unknown property 'vat'"),
        ({**NEW, "items": [{**ITEM, "tax": [21]}]}, "/items/0/tax"),
        ({**NEW, "items": [{**ITEM, "tax": {"rate": {"a": 1}}}]}, "/items/0/tax/rate"),
        ({**NEW, "number": "x" * 21}, "/number"),
        ({**NEW, "date": "2024-02-30"}, "/date"),
        ({**NEW, "date": "15/01/2024"}, "/date"),
        ({**NEW, "date": "2024-02-30T10:00:00Z"}, "/date"),
        ({**NEW, "date": "2024-01-15T10:00:00"}, "/date"),
        ({**NEW, "date": "2024-01-15T24:00:00Z"}, "/date"),
        ({**NEW, "dueDate": "2024-2-1"}, "/dueDate"),
        ({**NEW, "currency": "euro"}, "/currency"),
        ({**NEW, "currency": "eur"}, "/currency"),
        ({**NEW, "currency": "ABC"}, "/currency"),
        ({**NEW, "lang": "EN"}, "/lang"),
        ({**NEW, "lang": "se"}, "/lang"),
        ({**NEW, "status": "draft"}, "/status"),
        ({**NEW, "status": "Overdue"}, "/status"),
        ({**NEW, "isRetainer": "yes"}, "/isRetainer"),
        ({**NEW, "tags": ["x"] * 11}, "/tags"),
        ({**NEW, "tags": [""]}, "/tags/0"),
        ({**NEW, "tags": ["x" * 51]}, "/tags/0"),
        ({**NEW, "terms": "x" * 1001}, "/terms"),
        ({**NEW, "notes": "x" * 1001}, "/notes"),
        ({**NEW, "amountDue": 0}, "unknown property 'amountDue'"),
    ],
)
def test_what_the_contract_does_not_allow_is_unacceptable(api: Client, body: Any, says: str) -> None:
    """400 with the vendor's message; the explanation names the property."""
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, body)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("value", [True, False, "no", {}])
def test_a_recurring_invoice_is_refused_in_the_live_services_words(api: Client, value: Any) -> None:
    """Only shown, never written."""
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, {**NEW, "isRecurring": value})
    assert (response.status, response.json) == (400, {"message": '"isRecurring" is not allowed'})
    assert '[observed: ""isRecurring" is not allowed" (schemas and code of public clients' in response.explain
    assert "x-sandbox-reason" not in response.headers


def test_a_recurring_invoice_that_is_null_counts_as_not_given(api: Client) -> None:
    """As every property that a client does not set."""
    made = api.post(INVOICES, {**NEW, "isRecurring": None})
    assert made.status == 201
    assert "isRecurring" not in made.json


@pytest.mark.parametrize("key", [NOBODY, MOLEN, "x", MONDEGO.upper()], ids=["unknown", "another's", "no id", "upper"])
def test_a_customer_whom_the_account_does_not_have_is_not_found(api: Client, key: str) -> None:
    """404 because of the state; no number is used up."""
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, {**NEW, "customer": key})
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith(
        f"/customer: this key has no customer {key} [rule customer-must-be-known, assumed"
    )


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"date": "2024-01-15", "dueDate": "2024-01-14"}, "due on 2024-01-14, before its date 2024-01-15."),
        ({"date": "9999-12-31", "dueDate": "1000-01-01"}, "due on 1000-01-01, before its date 9999-12-31."),
        ({"dueDate": "2026-03-30"}, "due on 2026-03-30, before its date 2026-03-31."),
    ],
    ids=["the day before", "the last and the first", "yesterday"],
)
def test_an_invoice_cannot_be_due_before_its_date(api: Client, days: dict[str, str], says: str) -> None:
    """Given or today's; a customer described in the call is not created."""
    customer = {"billTo": {"company": "Zonnehof"}}
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, {**NEW, **days, "customer": customer})
    assert response.content.decode() == f'{{"message":"The invoice would be {says}"}}'
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert "[rule due-date-is-not-before-date, documented" in response.explain


@pytest.mark.parametrize("number", ["INV-2023-145", "RET-2023-007"])
def test_a_number_is_taken_once(api: Client, number: str) -> None:
    """In an account; a customer described in the call is not created."""
    body = {**NEW, "number": number, "customer": {"billTo": {"company": "Zonnehof"}}}
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, body)
    assert response.content.decode() == f'{{"message":"Another invoice has the number {number}."}}'
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert "[rule number-is-unique, assumed" in response.explain
    assert api.post(INVOICES, body, headers={"api-key": "invoiless-other-key"}).status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    """405 with Allow."""
    response = api.call(method, INVOICES)
    assert (response.status, set(response.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})


@pytest.mark.parametrize(
    ("body", "total", "names"),
    [
        ({"items": [{"name": "x", "price": LARGEST}, {"name": "x", "price": CENT}]}, "10000000000000.00", "/items"),
        ({"items": [{"name": "x", "price": LARGEST, "quantity": Decimal("1.01")}]}, "10099999999999.99", "/items"),
        (
            {"items": [{"name": "x", "price": LARGEST}], "extraCharges": {"value": CENT}},
            "10000000000000.00",
            "/extraCharges",
        ),
        ({"items": [{"name": "x", "price": LARGEST}], "taxes": [{"rate": 1}]}, "10099999999999.99", "/taxes"),
        (
            {"items": [{"name": "x", "price": LARGEST, "quantity": Decimal("999999999.99")}] * 1000},
            "9999999999899990000000000.00",
            "/items",
        ),
    ],
)
def test_a_total_that_no_payment_can_name_is_refused(api: Client, body: dict[str, Any], total: str, names: str) -> None:
    """By items, charges or taxes, which the explanation names; to the cent."""
    with nothing_changes(api, PROVIDER):
        response = api.post(INVOICES, {**NEW, **body})
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert response.json == {
        "message": f"The total is {total}, more than the 9999999999999.99 that a payment can name."
    }
    assert response.explain.startswith(f"{names}: The total is {total}, more than ")
    assert "[rule total-can-be-paid, assumed: " in response.explain


def test_the_largest_total_can_be_paid_by_naming_it(api: Client) -> None:
    """A discount may bring it down to that."""
    items = [{"name": "x", "price": LARGEST}, {"name": "x", "price": CENT}]
    made = api.post(INVOICES, {**NEW, "status": "Unpaid", "items": items, "discount": CENT})
    assert (made.status, made.json["balance"]) == (201, LARGEST)
    paid = api.post(f"{INVOICES}/{made.json['id']}/payments", {"method": "Card", "amount": made.json["balance"]})
    assert (paid.status, api.get(f"{INVOICES}/{made.json['id']}").json["status"]) == (201, "Paid")
