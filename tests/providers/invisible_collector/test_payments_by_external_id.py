"""GET, PUT …/cancel and DELETE /payments/{externalId}: what is found, and that what it paid comes back exactly."""

from decimal import Decimal
from typing import Any, Final

import pytest

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client, dump, nothing_changes
from tests.providers.invisible_collector.known import COMPANY, PROVIDER, Body
from tests.providers.known import Passed

SEEDED: Final = {
    "number": "RG 2016/001",
    "externalId": "transfer-80117",
    "status": "FINAL",
    "type": "RG",
    "date": "2016-02-10",
    "netTotal": 1000,
    "tax": 230,
    "grossTotal": 1230,
    "currency": "EUR",
    "lines": [{"number": "FT 2016/001", "amount": 1230}],
}
NOT_FOUND: Final = b'{"code":404,"message":"The payment was not found"}'
CALLS: Final = [("GET", ""), ("PUT", "/cancel"), ("DELETE", "")]
DEBT: Final = "FT 2016/101"
OTHER: Final = "FT 2016/102"
PAID: Final = "FT 2016/001"
TOKEN: Final = {"authorization": "Bearer ic-test-token"}
# Payments of every kind: in money and by notes, of several debts and of one twice, too much, of what is cancelled.
LINES: Final[dict[str, list[dict[str, Any]]]] = {
    "a part": [{"number": DEBT, "amount": 100}],
    "all of it": [{"number": DEBT, "amount": 17835}],
    "too much": [{"number": DEBT, "amount": 20000}],
    "two debts": [{"number": DEBT, "amount": 17835}, {"number": OTHER, "amount": 1}, {"number": DEBT, "amount": 2}],
    "a paid one": [{"number": PAID, "amount": 5}],
    "a cancelled one": [{"number": "FT 2016/013", "amount": Decimal("516.6")}],
    "a free credit note": [{"number": DEBT, "referenceNumber": "NC NC/001", "amount": 17835}],
    "a free debit note": [{"number": PAID, "referenceNumber": "ND ND/001", "amount": Decimal("36.9")}],
    "a debt's own notes": [
        {"number": "FT 2016/010", "referenceNumber": "NC 2016/002", "amount": 861},
        {"number": "FT 2016/011", "referenceNumber": "ND 2016/002", "amount": Decimal("55.35")},
    ],
}


def records(api: Client) -> dict[str, Any]:
    """Return all records except the counters of ids and the payment of the test."""
    found = dump(api.runtime, PROVIDER)
    del found["(counters)"]
    found["payments"] = [payment for payment in found["payments"] if payment["number"] != "RG 2016/777"]
    return found


def test_a_payment_is_read_by_its_external_id(api: Client) -> None:
    """The reply is the same as that of its registration."""
    with nothing_changes(api, PROVIDER):
        response = api.get("/payments/transfer-80117")
    assert (response.status, response.json) == (200, SEEDED)


@pytest.mark.parametrize("external", ["a b", "a/b", "ação", "find", "100%", "?", "transfer-80117x"])
def test_an_external_id_may_be_any_text(api: Client, payment: Body, external: str) -> None:
    """Percent-encoded in the path, the slash included."""
    body = payment(externalId=external)
    api.post("/payments", body)
    path = "".join(f"%{byte:02X}" for byte in external.encode())
    assert api.get(f"/payments/{path}").json == body | {"status": "FINAL"}


@pytest.mark.parametrize(("method", "rest"), CALLS)
@pytest.mark.parametrize(
    "name",
    [
        "nobody",
        "RG%202016%2F001",
        "3077c5db-0436-4692-b783-5dca15a55231",
        "TRANSFER-80117",
        "transfer-80117%20",
        "mb-700214",
        "None",
        "x" * 100,
    ],
)
def test_no_other_name_finds_a_payment(api: Client, method: str, rest: str, name: str) -> None:
    """Neither its number nor its gid, nor the externalId in another spelling or of another company."""
    with nothing_changes(api, PROVIDER):
        response = api.call(method, f"/payments/{name}{rest}")
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert "path-id-is-the-external-id" in response.explain


@pytest.mark.parametrize(("method", "rest"), CALLS)
def test_what_is_too_long_names_nothing_ever(api: Client, method: str, rest: str) -> None:
    """The contract refuses the request."""
    response = api.call(method, f"/payments/{'x' * 256}{rest}")
    assert (response.status, response.content) == (404, b'{"code":404,"message":"Not Found"}')
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(("method", "rest"), CALLS)
def test_without_a_token_nothing_is_told(api: Client, method: str, rest: str) -> None:
    """401, whether the payment exists or not."""
    with nothing_changes(api, PROVIDER):
        for name in ("transfer-80117", "nobody"):
            response = api.call(method, f"/payments/{name}{rest}", headers={"authorization": None})
            assert response.status == 401


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
@pytest.mark.parametrize("over", [None, *LINES])
def test_a_cancelled_payment_leaves_no_trace_but_itself(
    api: Client, payment: Body, lines: list[dict[str, Any]], over: str | None
) -> None:
    """All other records are as before, whatever else was paid."""
    if over is not None:
        assert api.post("/payments", payment(number="RG 1", date="2016-07-01", lines=LINES[over])).status == 201
    before = records(api)
    body = payment(externalId="mine", lines=lines)
    assert api.post("/payments", body).status == 201
    response = api.put("/payments/mine/cancel")
    assert (response.status, response.json) == (200, body | {"status": "CANCELLED"})
    assert records(api) == before


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_a_deleted_payment_leaves_no_trace(api: Client, payment: Body, lines: list[dict[str, Any]]) -> None:
    """The reply is the payment; it is not found again, and all other records are as before."""
    before = records(api)
    body = payment(externalId="mine", lines=lines)
    made = api.post("/payments", body).json
    response = api.delete("/payments/mine")
    assert (response.status, response.json) == (200, made)
    assert records(api) == before
    assert "RG 2016/777" not in [payment["number"] for payment in dump(api.runtime, PROVIDER)["payments"]]


def test_a_later_payment_stays_when_an_earlier_one_goes(api: Client, payment: Body) -> None:
    """The debt is then as if only the later one had come, the day on which it was paid included."""
    whole = [{"number": DEBT, "amount": 17835}]
    api.post("/payments", payment(externalId="first", number="RG 1", date="2016-07-01", lines=whole))
    api.post("/payments", payment(externalId="second", number="RG 2", date="2016-07-09", lines=whole))
    query = {"query": "number=FT%202016/101"}
    assert api.get("/debts/find", **query).json[0]["paidAt"] == "2016-07-01T00:00:00Z"
    api.delete("/payments/first")
    (debt,) = api.get("/debts/find", **query).json
    assert (debt["status"], debt["paidTotal"], debt["paidAt"]) == ("PAID", 17835, "2016-07-09T00:00:00Z")
    api.put("/payments/second/cancel")
    (debt,) = api.get("/debts/find", **query).json
    assert (debt["status"], debt["paidTotal"]) == ("PENDING", 0)
    assert "paidAt" not in debt


def test_a_payment_of_the_fixtures_comes_back_too(api: Client, state: InvisibleCollectorState) -> None:
    """Its debt was paid in part by a credit note, which stays."""
    assert api.put("/payments/transfer-82540/cancel").status == 200
    debt = state.debts.find("number", (COMPANY, "FT 2016/007"))
    assert debt is not None
    assert (debt.status, debt.paid_at) == ("PENDING", None)
    assert debt.paid_total == 0
    assert debt.credit_total == 2460


def test_cancelling_twice_is_cancelling_once(api: Client) -> None:
    """The same answer again, and nothing changes."""
    once = api.put("/payments/transfer-80117/cancel")
    with nothing_changes(api, PROVIDER):
        again = api.put("/payments/transfer-80117/cancel")
    assert once.json == SEEDED | {"status": "CANCELLED"}
    assert (again.status, again.json) == (200, once.json)


def test_deleting_twice_is_refused(api: Client) -> None:
    """404, and nothing changes."""
    assert api.delete("/payments/transfer-80117").status == 200
    with nothing_changes(api, PROVIDER):
        response = api.delete("/payments/transfer-80117")
    assert (response.status, response.content) == (404, NOT_FOUND)


def test_a_cancelled_payment_is_deleted_as_it_is(api: Client) -> None:
    """It counts for nothing, so no debt changes."""
    before = dump(api.runtime, PROVIDER)
    assert api.delete("/payments/cheque-5512").json["status"] == "CANCELLED"
    after = dump(api.runtime, PROVIDER)
    assert after["debts"] == before["debts"]
    assert api.get("/payments/cheque-5512").status == 404


def test_the_number_of_a_deleted_payment_is_free(api: Client) -> None:
    """Another payment may take it; that of a cancelled one is still held, by a payment that differs."""
    api.put("/payments/transfer-80344/cancel")
    assert api.post("/payments", SEEDED | {"number": "RG 2016/002"}).status == 409
    api.delete("/payments/transfer-80344")
    assert api.post("/payments", SEEDED | {"number": "RG 2016/002", "externalId": "new"}).status == 201


def test_of_several_payments_the_first_is_meant(api: Client, payment: Body) -> None:
    """No source says that an externalId is unique; when the first is deleted, the next is found."""
    for number in ("RG 1", "RG 2"):
        api.post("/payments", payment(number=number, externalId="same"))
    assert api.get("/payments/same").json["number"] == "RG 1"
    assert api.put("/payments/same/cancel").json["number"] == "RG 1"
    assert api.delete("/payments/same").json["number"] == "RG 1"
    assert api.get("/payments/same").json["number"] == "RG 2"


RECALCULATED = {"debts-are-recalculated", "debt-status-follows-totals"}


@pytest.mark.parametrize(
    ("call", "own"),
    [
        ("GET /payments/same", set()),
        ("PUT /payments/same/cancel", RECALCULATED | {"note-link-goes-with-its-payment"}),
        ("DELETE /payments/same", RECALCULATED | {"note-link-goes-with-its-payment", "deleted-payment-is-gone"}),
    ],
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, payment: Body, call: str, own: set[str]) -> None:
    """Those rules, and no other."""
    for number in ("RG 1", "RG 2"):
        body = payment(number=number, externalId="same", lines=LINES["a free credit note"])
        passed(PROVIDER, "POST /payments", body, **TOKEN)
    named = {"path-id-is-the-external-id", "first-payment-of-an-external-id"}
    found = passed(PROVIDER, call, **TOKEN)
    assert found == named | own - ({"debt-status-follows-totals"} if own else set())  # the second one still pays it
    if own:
        again = passed(PROVIDER, call, **TOKEN)
        deleted = {"path-id-is-the-external-id", "former-note-link-comes-back"} | own
        expected = deleted if "DELETE" in call else named | {"cancelling-is-idempotent"}
        assert again == expected


def test_a_debt_that_is_owed_again_passes_through_its_status(passed: Passed) -> None:
    """The payment of the fixtures is the only one of its debt."""
    found = passed(PROVIDER, "PUT /payments/transfer-80117/cancel", **TOKEN)
    assert found == {"path-id-is-the-external-id"} | RECALCULATED
