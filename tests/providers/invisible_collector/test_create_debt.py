"""POST /debts: which bodies are accepted, the reply, and refusals, which change nothing."""

from decimal import Decimal
from typing import Any, Final

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import CUSTOMER, PROVIDER, Body
from tests.providers.known import Passed

INVALID: Final = b'{"code":422,"message":"The request is syntactically correct but not a valid debt JSON object"}'
OF_THE_BAKERY: Final = "f9b99470-eaf8-4db4-a395-e4a594e79a90"
NOTHING: Final = {"paidTotal": 0, "debitTotal": 0, "creditTotal": 0}
TOKEN: Final = {"authorization": "Bearer ic-test-token"}
ITEMS: Final = [
    {"name": "Paint", "description": "Blue", "quantity": 2, "vat": 23, "price": Decimal("12.5")},
    {"name": "Crane"},
]


def test_a_debt_is_answered_with_an_id_and_its_totals(api: Client, debt: Body) -> None:
    """201; the default status is filled in, members that were not given are left out."""
    response = api.post("/debts", debt())
    assert response.status == 201
    answered = dict(response.json)
    made = answered.pop("id")
    assert answered == debt(status="PENDING") | NOTHING
    assert api.get(f"/debts/{made}").json == response.json


def test_everything_that_is_given_is_kept(api: Client, debt: Body) -> None:
    """Positions and free attributes among it."""
    body = debt(status="PENDING", netTotal=80, tax=20, items=ITEMS, attributes={"boat": "Gaivota", "": ""})
    answered = api.post("/debts", body).json
    assert answered == body | NOTHING | {"id": answered["id"]}


def test_a_null_means_not_given(api: Client, debt: Body) -> None:
    """Optional members may be null, and are then left out of the answer."""
    nulls = dict.fromkeys(["status", "netTotal", "tax", "currency", "items", "attributes"])
    items = [{"name": "Crane", "description": None, "quantity": None, "vat": None, "price": None}]
    first = api.post("/debts", debt(**nulls)).json
    second = api.post("/debts", debt(number="FT 2", items=items)).json
    assert first == debt(currency=..., status="PENDING") | NOTHING | {"id": first["id"]}
    assert second["items"] == [{"name": "Crane"}]


@pytest.mark.parametrize(
    ("totals", "owed"),
    [
        ({}, 0),
        ({"netTotal": 80}, 80),
        ({"tax": Decimal("18.4")}, Decimal("18.4")),
        ({"netTotal": 80, "tax": Decimal("18.4")}, Decimal("98.4")),
        ({"netTotal": 80, "tax": 20, "grossTotal": 7}, 7),
        ({"grossTotal": 0, "netTotal": 80}, 0),
        ({"items": ITEMS}, 0),
    ],
    ids=str,
)
def test_what_is_owed_without_a_gross_total(api: Client, debt: Body, totals: dict[str, Any], owed: Any) -> None:
    """Net and tax; items are not added up, and a gross total that is given stays."""
    answered = api.post("/debts", debt(grossTotal=...) | totals).json
    assert (answered["grossTotal"], answered["status"]) == (owed, "PENDING")


def test_a_debt_can_be_paid(api: Client, debt: Body, payment: Body) -> None:
    """By its number, as any other; a debt of nothing is not paid before something is."""
    made = api.post("/debts", debt(number="D")).json
    api.post("/payments", payment(lines=[{"number": "D", "amount": 60}]))
    assert api.get(f"/debts/{made['id']}").json == made | {"paidTotal": 60}
    api.post("/payments", payment(number="RG 2", date="2016-07-30", lines=[{"number": "D", "amount": 40}]))
    paid = api.get(f"/debts/{made['id']}").json
    assert paid == made | {"paidTotal": 100, "status": "PAID", "paidAt": "2016-07-30T00:00:00Z"}


def test_a_debt_of_nothing_is_paid_by_anything(api: Client, debt: Body, payment: Body) -> None:
    """And pending again when that is taken back."""
    made = api.post("/debts", debt(number="D", grossTotal=...)).json
    api.post("/payments", payment(externalId="x", lines=[{"number": "D", "amount": 1}]))
    assert api.get(f"/debts/{made['id']}").json["status"] == "PAID"
    api.delete("/payments/x")
    assert api.get(f"/debts/{made['id']}").json == made


def test_a_debt_that_was_paid_elsewhere_owes_its_notes_only(api: Client, debt: Body, note: Body, payment: Body) -> None:
    """From the moment at which that was told, by the sandbox's clock."""
    made = api.post("/debts", debt(number="D", status="PAID")).json
    assert (made["status"], made["paidAt"], made["paidTotal"]) == ("PAID", "2026-03-31T12:00:00Z", 0)
    where = f"/debts/{made['id']}"
    api.post("/payments", payment(externalId="little", lines=[{"number": "D", "amount": 1}]))
    assert api.get(where).json == made | {"paidTotal": 1}
    api.post(f"{where}/debits", note())
    assert api.get(where).json["status"] == "PENDING"
    api.post("/payments", payment(number="RG 2", externalId="rest", lines=[{"number": "D", "amount": 29}]))
    assert api.get(where).json["paidAt"] == "2016-07-20T00:00:00Z"
    api.delete("/payments/rest")
    api.delete("/payments/little")
    assert api.get(where).json == {name: value for name, value in made.items() if name != "paidAt"} | {
        "status": "PENDING",
        "debitTotal": 30,
    }


def test_a_debt_can_be_cancelled_from_the_beginning(api: Client, debt: Body, payment: Body) -> None:
    """It takes money, and stays cancelled."""
    made = api.post("/debts", debt(number="D", status="CANCELLED")).json
    api.post("/payments", payment(lines=[{"number": "D", "amount": 100}]))
    assert api.get(f"/debts/{made['id']}").json == made | {"paidTotal": 100}


@pytest.mark.parametrize("number", ["FT 2016/101", "FT 2016/013"])
def test_a_number_that_is_taken_conflicts(api: Client, debt: Body, number: str) -> None:
    """409 with the id of the debt that has it, the same debt or not."""
    held = api.get("/debts/find", query=f"number={number.replace(' ', '%20')}").json[0]["id"]
    with nothing_changes(api, PROVIDER):
        response = api.post("/debts", debt(number=number))
    assert response.status == 409
    assert response.json == {
        "code": 409,
        "message": "A debt with the same number already exists on Invisible Collector",
        "gid": held,
    }
    assert response.headers["x-sandbox-reason"] == "state"
    assert "debt-number-unique-per-company" in response.explain


def test_two_companies_may_use_one_number(api: Client, debt: Body) -> None:
    """The bakery has an FT P/100; the workshop may have one as well."""
    assert api.post("/debts", debt(number="FT P/100")).status == 201
    other = {"authorization": "Bearer ic-other-token"}
    assert api.post("/debts", debt(number="FT 2016/101", customerId=OF_THE_BAKERY), headers=other).status == 201


@pytest.mark.parametrize("customer", [OF_THE_BAKERY, "00000000-0000-4000-8000-000000000000", "9999", CUSTOMER.upper()])
def test_a_customer_that_this_company_lacks_is_refused(api: Client, debt: Body, customer: str) -> None:
    """Another company's, an unknown id or external id, another spelling."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/debts", debt(customerId=customer))
    assert (response.status, response.content) == (422, INVALID)
    assert response.headers["x-sandbox-reason"] == "state"
    assert customer in response.explain


def test_a_debt_is_not_due_before_its_date(api: Client, debt: Body) -> None:
    """On the very day it may be."""
    assert api.post("/debts", debt(dueDate="2016-07-20")).status == 201
    with nothing_changes(api, PROVIDER):
        response = api.post("/debts", debt(number="D", dueDate="2016-07-19"))
    assert (response.status, response.content) == (422, INVALID)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith("/dueDate: 2016-07-19 is before the date 2016-07-20")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        *(({name: ...}, f"missing property '{name}'") for name in ("number", "customerId", "type", "date", "dueDate")),
        *(({name: None}, f"/{name}") for name in ("number", "customerId", "type", "date", "dueDate")),
        ({"number": ""}, "/number"),
        ({"number": "x" * 256}, "/number"),
        ({"type": "ft"}, "did you mean 'FT'?"),
        ({"type": "RG"}, "/type"),
        ({"status": "FINAL"}, "/status"),
        ({"status": "Paid"}, "did you mean 'PAID'?"),
        ({"date": "2016-02-30"}, "/date"),
        ({"dueDate": "20/07/2016"}, "for example '2016-07-01'"),
        ({"dueDate": "2016-7-20"}, "/dueDate"),
        ({"due_date": "2016-07-20"}, "did you mean 'dueDate'?"),
        ({"currency": "EURO"}, "/currency"),
        ({"grossTotal": -1}, "/grossTotal"),
        ({"grossTotal": Decimal("0.001")}, "/grossTotal"),
        ({"grossTotal": "100"}, "/grossTotal"),
        ({"netTotal": 10_000_000_000_000}, "/netTotal"),
        ({"items": {}}, "/items"),
        ({"items": [{}]}, "/items/0: missing property 'name'"),
        ({"items": [{"name": "x", "quantity": -1}]}, "/items/0/quantity"),
        ({"items": [{"name": "x", "vat": 101}]}, "/items/0/vat"),
        ({"items": [{"name": "x", "cost": 1}]}, "/items/0"),
        ({"items": [{"name": "x"}] * 1001}, "/items"),
        ({"attributes": []}, "/attributes"),
        ({"attributes": {"boat": 1}}, "/attributes/boat"),
        ({"attributes": {str(number): "" for number in range(51)}}, "/attributes"),
        ({"paid_total": 1}, "paid_total"),
        ({"expiresAt": "soon"}, "/expiresAt"),
        ({"currency": "KWD", "grossTotal": Decimal("0.0001")}, "/grossTotal"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_contract_does_not_allow_is_unprocessable(
    api: Client, debt: Body, change: dict[str, Any], says: str
) -> None:
    """422; the explanation says where."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/debts", debt(**change))
    assert (response.status, response.content) == (422, INVALID)
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, {"status-defaults-to-pending"}),
        ({"status": "PENDING"}, set()),
        ({"grossTotal": None}, {"status-defaults-to-pending", "gross-total-defaults-to-net-and-tax"}),
        ({"status": "PAID"}, {"debt-told-paid-owes-its-notes-only"}),
        ({"status": "PENDING", "customerId": "nobody"}, set()),
    ],
)
def test_a_debt_passes_through_what_it_exercises(
    passed: Passed, debt: Body, changes: dict[str, Any], rules: set[str]
) -> None:
    """Those rules, and no other."""
    always = {"debt-is-not-due-before-its-date", "debt-number-unique-per-company", "customer-is-of-this-company"}
    assert passed(PROVIDER, "POST /debts", debt(**changes), **TOKEN) == always | rules
