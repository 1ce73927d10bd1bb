"""POST /v1/invoices: accepted invoices and their effects."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    INVOICES,
    MONDEGO,
    NEW,
    NOBODY,
    NOT_FOUND,
    PROVIDER,
    UNPAID,
    WORKSHOP,
    invoice,
    invoice_path,
    path_of,
    payments_of,
)

BAKERY_KEY = {"api-key": "invoiless-other-key"}
EVERY_MEMBER = {
    "number": "SEASON-24",
    "date": "2024-01-15",
    "dueDate": "2024-02-29",
    "currency": "GBP",
    "lang": "nl",
    "status": "Pending",
    "isRetainer": True,
    "terms": "Payable within 45 days",
    "notes": "Thank you",
    "tags": ["print", "season"],
    "taxIncluded": True,
}


def item(price: str, quantity: str | None = None, **more: Any) -> dict[str, Any]:
    """An item of a new invoice."""
    return {"name": "x", "price": Decimal(price), **({"quantity": Decimal(quantity)} if quantity else {}), **more}


def test_an_invoice_is_answered_as_it_is_kept(api: Client) -> None:
    """201 with the whole invoice, defaults filled in; GET returns the same bytes."""
    response = api.post(INVOICES, NEW)
    key, item_id = response.json["id"], response.json["items"][0]["id"]
    assert response.status == 201
    assert response.content.decode() == (
        f'{{"id":"{key}","_id":"{key}","__v":0,"kind":"Invoice","url":"https://invoiless.com/i/{key}","number":"INV-2026-001","status":"Draft",'
        f'"isRetainer":false,"customer":{{"id":"{MONDEGO}","_id":"{MONDEGO}","email":"contas@cafemondego.example",'
        '"billTo":{"name":"Café Mondego","shortName":"CM","email":"contas@cafemondego.example"}},'
        f'"scope":null,"currency":"EUR","items":[{{"id":"{item_id}","_id":"{item_id}","name":"Label design",'
        '"description":null,"quantity":1,"price":480}],"subTotal":480,"netTotal":480,"tax":0,"total":480,"balance":480,'
        '"date":"2026-03-31T00:00:00.000Z","dueDate":"2026-04-30T00:00:00.000Z","isOverdue":false,'
        '"overdueAlertSent":false,"lang":"en","terms":null,"notes":null,"tags":[],"taxIncluded":false,"shipTo":false,'
        '"createdAt":"2026-03-31T12:00:00.000Z"}'
    )
    assert api.get(invoice_path(key)).content == response.content


def test_every_member_is_kept(api: Client) -> None:
    """As sent, dates as the times at which they begin."""
    made = api.post(INVOICES, NEW | EVERY_MEMBER).json
    days = {"date": "2024-01-15T00:00:00.000Z", "dueDate": "2024-02-29T00:00:00.000Z"}
    assert {name: made[name] for name in EVERY_MEMBER} == EVERY_MEMBER | days


def test_null_is_as_good_as_absent(runtime: Runtime, api: Client) -> None:
    """Clients send null for properties that they do not set."""
    first = api.post(INVOICES, NEW).content
    runtime.namespaces.get("default").reset()
    unset: dict[str, Any] = dict.fromkeys(EVERY_MEMBER)
    items = [{**NEW["items"][0], "quantity": None, "description": None}]
    assert api.post(INVOICES, {**NEW, **unset, "items": items}).content == first


@pytest.mark.parametrize(
    ("items", "total"),
    [
        ([item("480")], "480"),
        ([item("3.45", "300"), item("40", "1.5")], "1095"),
        ([item("0.05", "0.33")], "0.02"),
        ([item("0.05", "0.5"), item("0.05", "0.5")], "0.06"),
        ([item("0.01", "0.49")], "0"),
        ([item("0")], "0"),
        ([item("9999999999999.99")], "9999999999999.99"),
    ],
    ids=["one", "two", "rounded down", "each rounded half up", "less than a cent", "nothing", "the most"],
)
def test_the_total_is_the_sum_of_the_rounded_items(
    api: Client, state: InvoilessState, items: list[Any], total: str
) -> None:
    """And all of it is owed."""
    made = api.post(INVOICES, {**UNPAID, "items": items}).json
    assert (made["total"], made["balance"]) == (Decimal(total), Decimal(total))
    assert invoice(state, made["id"]).balance == Decimal(total)


def test_it_is_dated_today_and_due_in_thirty_days(runtime: Runtime, api: Client) -> None:
    """The sandbox's clock decides, in UTC."""
    runtime.namespaces.get("default").clock.set(datetime(2024, 1, 30, 23, 59, 59, tzinfo=UTC), frozen=True)
    made = api.post(INVOICES, NEW).json
    assert (made["date"], made["dueDate"]) == ("2024-01-30T00:00:00.000Z", "2024-02-29T00:00:00.000Z")


@pytest.mark.parametrize(
    ("date", "due"),
    [("2024-01-15", "2024-02-14"), ("9999-12-15", "9999-12-31"), ("1000-01-01", "1000-01-31")],
)
def test_it_is_due_thirty_days_after_a_date_of_its_own(api: Client, date: str, due: str) -> None:
    """Or on the last date there is."""
    assert api.post(INVOICES, {**NEW, "date": date}).json["dueDate"] == f"{due}T00:00:00.000Z"


@pytest.mark.parametrize(
    ("date", "answered"),
    [
        ("2024-01-15T10:00:00.000Z", "2024-01-15"),
        ("2024-01-15T23:59:59Z", "2024-01-15"),
        ("2024-01-15T23:30:00-01:00", "2024-01-16"),
        ("2024-03-01T00:30:00+01:00", "2024-02-29"),
        ("1000-01-01T00:00:00+23:59", "1000-01-01"),
        ("9999-12-31T23:59:59.999999999-23:59", "9999-12-31"),
    ],
)
def test_a_moment_is_of_the_day_that_it_has_in_utc(api: Client, date: str, answered: str) -> None:
    """For the date and the due date; what a read answers can be sent again."""
    made = api.post(INVOICES, {**NEW, "date": date, "dueDate": date}).json
    assert (made["date"], made["dueDate"]) == (f"{answered}T00:00:00.000Z",) * 2
    again = api.post(INVOICES, {**NEW, "date": made["date"], "dueDate": made["dueDate"]}).json
    assert (again["date"], again["dueDate"]) == (made["date"], made["dueDate"])


def test_an_empty_date_is_none(api: Client) -> None:
    """It goes to its default."""
    made = api.post(INVOICES, {**NEW, "date": "", "dueDate": ""}).json
    assert (made["date"], made["dueDate"]) == ("2026-03-31T00:00:00.000Z", "2026-04-30T00:00:00.000Z")


@pytest.mark.parametrize("name", ["status", "currency", "lang", "number", "slug", "header", "terms", "notes"])
def test_an_empty_text_is_none(api: Client, name: str) -> None:
    """Clients of forms send it for what was not filled in."""
    made, bare = (api.post(INVOICES, form) for form in ({**NEW, name: ""}, {k: v for k, v in NEW.items() if k != name}))
    assert (made.status, bare.status) == (201, 201)
    if name != "number":
        assert made.json.get(name) == bare.json.get(name)


def test_it_may_be_due_on_its_day(api: Client) -> None:
    """The due date may be the date."""
    made = api.post(INVOICES, {**NEW, "dueDate": "2026-03-31"})
    assert (made.status, made.json["dueDate"]) == (201, "2026-03-31T00:00:00.000Z")


def test_numbers_go_on_in_each_year_and_account(api: Client) -> None:
    """Invoices and retainers are numbered apart; a taken number is skipped."""
    year = {**NEW, "date": "2024-01-15"}
    bakery = {"customer": {"billTo": {"company": "De Hoek"}}, "items": NEW["items"]}
    assert api.post(INVOICES, year).json["number"] == "INV-2024-007"
    assert api.post(INVOICES, {**year, "number": "INV-2024-009"}).json["number"] == "INV-2024-009"
    assert api.post(INVOICES, year).json["number"] == "INV-2024-010"
    assert api.post(INVOICES, {**year, "isRetainer": True}).json["number"] == "RET-2024-001"
    assert api.post(INVOICES, NEW).json["number"] == "INV-2026-001"
    assert api.post(INVOICES, bakery, headers=BAKERY_KEY).json["number"] == "INV-2026-001"
    assert api.post(INVOICES, {**NEW, "date": "2023-12-31"}).json["number"] == "INV-2023-041"


def test_ids_and_numbers_are_the_same_after_a_reset(runtime: Runtime, api: Client) -> None:
    """And unique."""
    first = [api.post(INVOICES, NEW).content for _ in range(3)]
    runtime.namespaces.get("default").reset()
    assert [api.post(INVOICES, NEW).content for _ in range(3)] == first
    assert len(set(first)) == 3


def test_a_scope_has_what_is_made_in_it(api: Client) -> None:
    """Calls with another scope do not see it."""
    made = api.post(INVOICES, NEW, headers={"scope-id": WORKSHOP}).json
    assert made["scope"] == WORKSHOP
    assert api.get(invoice_path(made["id"]), headers={"scope-id": WORKSHOP}).json == made
    whole = api.post(INVOICES, NEW).json["id"]
    assert api.get(invoice_path(whole), headers={"scope-id": WORKSHOP}).status == 404


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ({"company": "Brasserie Zonnehof"}, "Brasserie Zonnehof"),
        ({"company": "Zonnehof", "firstName": "Ines", "lastName": ""}, "Zonnehof"),
        ({"company": "", "firstName": "Ines", "lastName": "Okafor", "email": ""}, "Ines Okafor"),
        ({"company": "Zonnehof", "name": "Brasserie Zonnehof"}, "Brasserie Zonnehof"),
        ({"firstName": "Ines", "lastName": "Okafor"}, "Ines Okafor"),
        ({"company": None, "firstName": "Ines", "lastName": "Okafor", "email": None}, "Ines Okafor"),
        ({"company": "Zonnehof", "firstName": "Ines"}, "Zonnehof"),
    ],
)
def test_a_customer_who_is_described_is_made(api: Client, address: dict[str, Any], name: str) -> None:
    """And can be billed again by its id."""
    made = api.post(INVOICES, {**NEW, "customer": {"billTo": address}}).json["customer"]
    given = {key: text for key, text in address.items() if text and key not in {"name", "email"}}
    initials = "".join(word[0] for word in name.split())
    bill_to = {"name": name, "shortName": initials, "email": None, **given}
    assert made == {"id": made["id"], "_id": made["id"], "email": None, "billTo": bill_to}
    assert api.post(INVOICES, {**NEW, "customer": made["id"]}).json["customer"] == made


def test_an_internal_id_names_the_customer_from_then_on(api: Client, state: InvoilessState) -> None:
    """In the same account; the known customer takes what is given."""

    def billed(internal: str | None, company: str, **headers: str) -> dict[str, Any]:
        customer = {"internalId": internal, "billTo": {"company": company, "email": "a@b.example"}}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        found: dict[str, Any] = api.post(INVOICES, {**NEW, "customer": customer}, headers=sent).json["customer"]
        return found

    before = len(list(state.customers.records()))
    assert billed("C-1007", "Mondego")["id"] == MONDEGO
    first = billed("C-1", "Zonnehof")
    renamed = billed("C-1", "Something else")
    assert (renamed["id"], renamed["billTo"]["name"]) == (first["id"], "Something else")
    assert billed("C-1", "Zonnehof", api_key="invoiless-other-key")["id"] != first["id"]
    assert billed(None, "Zonnehof")["id"] != billed(None, "Zonnehof")["id"]
    assert len(list(state.customers.records())) == before + 4


def test_a_customer_that_was_read_is_named_by_its_id(api: Client, state: InvoilessState) -> None:
    """Alone or with all that an invoice or the customer itself answers, which changes nothing."""
    before = state.customers.get(MONDEGO)
    billed = api.post(INVOICES, NEW).json["customer"]
    for customer in ({"id": MONDEGO}, {"id": MONDEGO, "billTo": {"company": "Zonnehof"}}, billed):
        made = api.post(INVOICES, {**NEW, "customer": customer})
        assert (made.status, made.json["customer"]) == (201, billed)
    assert state.customers.get(MONDEGO) == before
    with nothing_changes(api, PROVIDER):
        unknown = api.post(INVOICES, {**NEW, "customer": {**billed, "id": NOBODY}})
    assert (unknown.status, unknown.content) == (404, NOT_FOUND)
    assert "[rule customer-must-be-known" in unknown.explain


def test_a_customer_without_an_address_is_not_notified(api: Client, state: InvoilessState) -> None:
    """The payment is recorded all the same."""
    key = api.post(INVOICES, {**UNPAID, "customer": {"billTo": {"company": "Zonnehof"}}}).json["id"]
    assert api.post(payments_of(key), {"method": "Card", "sendNotification": True}).status == 201
    assert list(state.outbox.records()) == []


@pytest.mark.parametrize(("status", "paid"), [("Unpaid", 201), ("Pending", 201), ("Draft", 400)])
def test_a_new_invoice_takes_payments_unless_it_is_a_draft(api: Client, status: str, paid: int) -> None:
    """Like an invoice of the fixtures."""
    key = api.post(INVOICES, {**NEW, "status": status}).json["id"]
    assert api.post(payments_of(key), {"method": "Card", "amount": 80}).status == paid
    shown = api.get(invoice_path(key)).json
    assert (shown["status"], shown["balance"]) == (("Partial", 400) if paid == 201 else ("Draft", 480))


def test_an_invoice_without_a_status_is_a_draft(api: Client) -> None:
    """Null is no status either; a draft takes no payment."""
    for body in (NEW, {**NEW, "status": None}):
        made = api.post(INVOICES, body).json
        assert (made["status"], made["balance"]) == ("Draft", 480)
        refused = api.post(payments_of(made["id"]), {"method": "Card"})
        assert refused.status == 400
        assert "[rule closed-invoice-takes-no-payment" in refused.explain


@pytest.mark.parametrize("status", ["Paid", "Canceled", "Refunded"])
def test_nothing_is_owed_of_an_invoice_that_is_made_settled(api: Client, status: str) -> None:
    """No payment is recorded, and none is taken."""
    made = api.post(INVOICES, {**NEW, "status": status}).json
    assert (made["status"], made["total"], made["balance"]) == (status, 480, 0)
    assert api.get(payments_of(made["id"])).json["docs"] == []
    payments = [{"method": "Card"}, {"method": "Card", "amount": 1}]
    assert [api.post(payments_of(made["id"]), body).status for body in payments] == [400, 400]
    assert api.get(invoice_path(made["id"])).json == made


def test_a_partial_invoice_owes_everything_until_it_is_paid(api: Client) -> None:
    """Afterwards its status follows the payments, like any other's."""
    made = api.post(INVOICES, {**NEW, "status": "Partial"}).json
    path = invoice_path(made["id"])
    assert (made["status"], made["balance"]) == ("Partial", 480)
    first = api.post(payments_of(made["id"]), {"method": "Card", "amount": 80}).json["id"]
    assert (api.get(path).json["status"], api.get(path).json["balance"]) == ("Partial", 400)
    second = api.post(payments_of(made["id"]), {"method": "Card"}).json["id"]
    assert (api.get(path).json["status"], api.get(path).json["balance"]) == ("Paid", 0)
    for payment in (first, second):
        api.delete(path_of(payment))
    assert (api.get(path).json["status"], api.get(path).json["balance"]) == ("Unpaid", 480)


@pytest.mark.parametrize(
    "more",
    [
        {"number": "x" * 20},
        {"terms": "x" * 1000, "notes": "x" * 1000},
        {"tags": ["x" * 50] * 10},
        {"items": [item("1")] * 1000},
        *({"lang": lang} for lang in ("sv", "zh", "et")),
        *({"currency": code} for code in ("CHF", "BHD", "HRK", "XXX")),
    ],
    ids=",".join,
)
def test_what_is_documented_is_taken_up_to_its_limit(api: Client, more: dict[str, Any]) -> None:
    """And kept as sent."""
    made = api.post(INVOICES, {**NEW, **more})
    assert made.status == 201
    assert [made.json[name] for name in more if name != "items"] == [more[name] for name in more if name != "items"]


@pytest.mark.parametrize("retainer", [False, True])
def test_an_invoice_is_as_before_once_its_payments_are_deleted(api: Client, retainer: bool) -> None:  # noqa: FBT001 - pytest names it
    """Balance and status follow each payment and come back exactly, for retainers too."""
    made = api.post(INVOICES, {**UNPAID, "isRetainer": retainer})
    key = made.json["id"]
    before = made.content
    part = api.post(payments_of(key), {"method": "Card", "amount": Decimal("79.99")}).json["id"]
    rest = api.post(payments_of(key), {"method": "Cash"}).json["id"]
    shown = api.get(invoice_path(key)).json
    assert (shown["status"], shown["balance"]) == ("Paid", 0)
    assert shown == {**made.json, "status": "Paid", "balance": 0}
    api.delete(path_of(part))
    assert api.get(invoice_path(key)).json["balance"] == Decimal("79.99")
    api.delete(path_of(rest))
    assert api.get(invoice_path(key)).content == before


def test_an_invoice_of_nothing_has_nothing_left_to_pay(api: Client) -> None:
    """It is Unpaid, and takes no payment."""
    made = api.post(INVOICES, {**UNPAID, "items": [{"name": "Gift", "price": 0}]}).json
    assert made["status"] == "Unpaid"
    payments = [{"method": "Card"}, {"method": "Card", "amount": 1}]
    assert [api.post(payments_of(made["id"]), body).status for body in payments] == [400, 400]
