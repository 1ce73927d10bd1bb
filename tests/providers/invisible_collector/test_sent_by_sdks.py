"""What the vendor's own SDKs send: other names, computed properties, SUSPENDED, three decimals, historic currencies."""

from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import PROVIDER, Body

CUSTOMER = "c0587212-6072-4bf6-9e70-f832290b01b7"  # its external id is 1002


def create(api: Client, debt: Body, **changes: Any) -> Any:
    """Create a debt and return it as answered."""
    response = api.post("/debts", debt(**changes))
    assert response.status == 201, response.content
    return response.json


@pytest.mark.parametrize(
    "names",
    [{"customer": CUSTOMER, "customerId": ...}, {"customer": CUSTOMER, "customerId": None}, {"customerId": "1002"}],
    ids=["customer", "null beside it", "external id"],
)
def test_the_customer_has_two_names(api: Client, debt: Body, names: dict[str, Any]) -> None:
    """The reply shows the gid as customerId, whatever named the customer."""
    made = create(api, debt, **({"customerId": CUSTOMER} | names))
    assert made["customerId"] == CUSTOMER
    assert "customer" not in made


@pytest.mark.parametrize("name", [CUSTOMER, "1002"])
def test_a_customer_may_stand_under_both_names(api: Client, debt: Body, name: str) -> None:
    """A client that reads, changes and writes sends both; the external id names the same customer."""
    assert create(api, debt, customer=name, customerId=CUSTOMER)["customerId"] == CUSTOMER


@pytest.mark.parametrize("other", ["1001", "nobody"])
def test_two_customers_are_refused(api: Client, debt: Body, other: str) -> None:
    """A debt has one."""
    with nothing_changes(api, PROVIDER):
        response = api.post("/debts", debt(customer=other, customerId=CUSTOMER))
    assert response.status == 422
    assert "/customer:" in response.explain
    assert "rule customer-is-another-name-of-customer-id" in response.explain


def test_a_debt_keeps_what_the_clients_send(api: Client, debt: Body) -> None:
    """Its external id, its expiry, and the items' net price and taxes are read back."""
    sent = {
        "externalId": "ERP-77",
        "expiresAt": "2017-01-31",
        "status": "SUSPENDED",
        "items": [{"name": "Hull", "netPrice": Decimal("81.30"), "taxes": Decimal("18.70")}],
    }
    made = create(api, debt, **sent)
    shown = api.get(f"/debts/{made['id']}").json
    assert {name: shown[name] for name in sent} == sent


def test_what_was_read_can_be_sent_again(api: Client, debt: Body) -> None:
    """A client that sends its own model back sends the computed properties with it."""
    made = create(api, debt)
    again = create(api, debt, **(made | {"number": "again", "debits": []}))
    assert again["id"] != made["id"]
    assert again["paidTotal"] == 0


def test_a_suspended_debt_is_paid(api: Client, debt: Body, payment: Body) -> None:
    """A part leaves it SUSPENDED, the rest makes it PAID."""
    made = create(api, debt, number="S", status="SUSPENDED", grossTotal=100)
    for amount, status in ((40, "SUSPENDED"), (60, "PAID")):
        body = payment(number=f"P {amount}", externalId=f"p-{amount}", lines=[{"number": "S", "amount": amount}])
        assert api.post("/payments", body).status == 201
        assert api.get(f"/debts/{made['id']}").json["status"] == status


@pytest.mark.parametrize(
    ("currency", "amount", "status"),
    [
        ("KWD", "0.001", 201),
        ("KWD", "0.0001", 422),
        ("EUR", "0.001", 422),
        ("EUR", "0.01", 201),
        ("EUR", "0", 422),
        ("HRK", "1999999999.99", 201),
        ("JPY", "9999999999999.99", 201),
    ],
)
def test_decimals_follow_the_currency(api: Client, payment: Body, currency: str, amount: str, status: int) -> None:
    """Three in Kuwait, two elsewhere; a refusal by them is assumed, and says so."""
    lines = [{"number": "FT 2016/101", "amount": Decimal(amount)}]
    response = api.post("/payments", payment(currency=currency, lines=lines))
    assert response.status == status
    assert status == 201 or "[assumed: " in response.explain


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("attributes[boat]=Ria", ["A", "B"]),
        ("attributes%5Bboat%5D=Ria", ["A", "B"]),
        ("attributes[boat]=Ria&attributes[berth]=7", ["A"]),
        ("attributes[boat]=ria", []),
        ("attributes[boat]=Ria&number=B", ["B"]),
    ],
)
def test_debts_are_found_by_attributes(api: Client, debt: Body, query: str, found: list[str]) -> None:
    """All that are given must match."""
    create(api, debt, number="A", attributes={"boat": "Ria", "berth": "7"})
    create(api, debt, number="B", attributes={"boat": "Ria"})
    assert [each["number"] for each in api.get("/debts/find", query=query).json] == found


def test_every_path_may_begin_with_v1(api: Client, debt: Body) -> None:
    """Both forms stand on the vendor's pages for one and the same operation."""
    made = api.post("/v1/debts", debt()).json
    assert api.get(f"/v1/debts/{made['id']}").json == api.get(f"/debts/{made['id']}").json == made
    assert api.get("/v1").status == 404


def test_all_tokens_of_the_vendors_page_work(api: Client) -> None:
    """Its curl, Ruby and third example each have a token of their own."""
    for token in (
        "5e0f7262ad958072a368722a42e38ed9a249604dcff590975112c134b84ac058",
        "4a415cc660e67d8f4d26d5a7f390183a86fc3a4524ded78dc2448e86c48b2739",
        "56a73507b66cd761caae7547ef2a66fc3a393746ba4bb9a91e303fcb3ceefb98",
    ):
        assert api.get("/debts/find", headers={"authorization": f"Bearer {token}"}).status == 200
