"""POST /debts/{id}/credits and /debits: what a note does to its debt, and each refusal with nothing changed."""

from decimal import Decimal
from typing import Any, Final

import pytest

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import PROVIDER, Body
from tests.providers.known import Passed

OPEN: Final = "e9b2a794-9959-4dc3-b07b-f440c1f8e994"  # FT 2016/101, 17835 owed
PAID: Final = "82d252c8-863c-40c2-bc10-269e330b49c3"  # FT 2016/001
CANCELLED: Final = "b0cf71ca-bd5e-4c5b-b8f5-6427f699f362"  # FT 2016/013
TOKEN: Final = {"authorization": "Bearer ic-test-token"}
KINDS: Final = [("credits", "creditTotal", "credit"), ("debits", "debitTotal", "debit")]


@pytest.mark.parametrize(("kind", "total", "_word"), KINDS)
def test_a_note_changes_its_debt(api: Client, note: Body, kind: str, total: str, _word: str) -> None:
    """201 with the note as given and its status; the debt's total has risen, and nothing else."""
    before = api.get(f"/debts/{OPEN}").json
    response = api.post(f"/debts/{OPEN}/{kind}", note(description="Why"))
    assert (response.status, response.json) == (201, note(description="Why", status="FINAL"))
    assert api.get(f"/debts/{OPEN}").json == before | {total: 30}


@pytest.mark.parametrize(("kind", "total", "_word"), KINDS)
@pytest.mark.parametrize("change", [{"grossTotal": ...}, {"grossTotal": None, "description": None}, {"grossTotal": 0}])
def test_a_note_may_be_of_nothing(
    api: Client, note: Body, change: dict[str, Any], kind: str, total: str, _word: str
) -> None:
    """A missing amount is 0, and other missing properties are left out."""
    before = api.get(f"/debts/{PAID}").json
    response = api.post(f"/debts/{PAID}/{kind}", note(**change))
    assert (response.status, response.json) == (201, note(grossTotal=0, status="FINAL"))
    assert api.get(f"/debts/{PAID}").json == before | {total: 0}


def test_a_credit_note_settles_a_debt_at_the_last_cent(api: Client, note: Body) -> None:
    """One cent short it is pending; with that cent it is paid, on the date of the note."""
    api.post(f"/debts/{OPEN}/credits", note(grossTotal=Decimal("17834.99")))
    assert api.get(f"/debts/{OPEN}").json["status"] == "PENDING"
    api.post(f"/debts/{OPEN}/credits", note(number="N 2", date="2016-07-26", grossTotal=Decimal("0.01")))
    after = api.get(f"/debts/{OPEN}").json
    assert (after["status"], after["paidAt"], after["creditTotal"]) == ("PAID", "2016-07-26T00:00:00Z", 17835)


def test_a_credit_note_of_more_than_is_owed_is_taken(api: Client, note: Body) -> None:
    """An overpayment is accepted too; a later debit note is covered by the surplus."""
    api.post(f"/debts/{OPEN}/credits", note(grossTotal=17900))
    api.post(f"/debts/{OPEN}/debits", note(number="N 2", grossTotal=65))
    after = api.get(f"/debts/{OPEN}").json
    assert (after["status"], after["paidAt"]) == ("PAID", "2016-07-25T00:00:00Z")
    api.post(f"/debts/{OPEN}/debits", note(number="N 3", grossTotal=Decimal("0.01")))
    assert api.get(f"/debts/{OPEN}").json["status"] == "PENDING"


def test_a_debit_note_opens_a_paid_debt_again(api: Client, note: Body) -> None:
    """There is something outstanding, so it has no day of payment."""
    before = api.get(f"/debts/{PAID}").json
    api.post(f"/debts/{PAID}/debits", note())
    after = api.get(f"/debts/{PAID}").json
    assert after == {name: value for name, value in before.items() if name != "paidAt"} | {
        "status": "PENDING",
        "debitTotal": 30,
    }


@pytest.mark.parametrize(("kind", "total", "_word"), KINDS)
def test_a_cancelled_debt_takes_notes_and_stays_cancelled(
    api: Client, note: Body, kind: str, total: str, _word: str
) -> None:
    """A payment does not change its status either."""
    before = api.get(f"/debts/{CANCELLED}").json
    assert api.post(f"/debts/{CANCELLED}/{kind}", note(grossTotal=9999)).status == 201
    assert api.get(f"/debts/{CANCELLED}").json == before | {total: 9999}


def test_a_payment_that_is_taken_back_leaves_the_notes(api: Client, note: Body, payment: Body) -> None:
    """The debt was settled by the note before the payment came, and is so again."""
    api.post(f"/debts/{OPEN}/credits", note(grossTotal=17835))
    before = api.get(f"/debts/{OPEN}").json
    api.post("/payments", payment(externalId="x", date="2016-07-25"))
    api.delete("/payments/x")
    assert api.get(f"/debts/{OPEN}").json == before


def test_a_payment_that_a_note_came_after_leaves_it_to_the_note(api: Client, note: Body, payment: Body) -> None:
    """The note then settles the debt on its own date."""
    api.post("/payments", payment(externalId="x", date="2016-07-20"))
    api.post(f"/debts/{OPEN}/credits", note(grossTotal=17835))
    api.post("/payments", payment(number="RG 2", date="2016-07-01"))
    assert api.get(f"/debts/{OPEN}").json["paidAt"] == "2016-07-25T00:00:00Z"
    api.put("/payments/x/cancel")
    assert api.get(f"/debts/{OPEN}").json["paidAt"] == "2016-07-25T00:00:00Z"


@pytest.mark.parametrize(("kind", "total", "_word"), KINDS)
def test_a_payment_may_reference_a_new_note(
    api: Client, note: Body, payment: Body, kind: str, total: str, _word: str
) -> None:
    """It counts in its debt's totals already, so the link alone is new."""
    api.post(f"/debts/{OPEN}/{kind}", note())
    before = api.get(f"/debts/{OPEN}").json
    lines = [{"number": "FT 2016/101", "referenceNumber": "N 2016/777", "amount": 30}]
    assert api.post("/payments", payment(lines=lines)).status == 201
    assert api.get(f"/debts/{OPEN}").json == before
    assert before[total] == 30


@pytest.mark.parametrize(("kind", "_total", "_word"), KINDS)
@pytest.mark.parametrize(
    ("number", "gid"),
    [
        ("NC NC/001", "94c22207-298c-47a5-bc7f-ee0bea746f07"),
        ("ND 2016/002", "8b1a2c79-d15e-4daa-9d34-9c241387fa50"),
    ],
)
def test_a_number_that_is_taken_conflicts(
    api: Client, note: Body, number: str, gid: str, kind: str, _total: str, _word: str
) -> None:
    """409 with the id of the note that has it, of whichever kind and debt."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/debts/{OPEN}/{kind}", note(number=number))
    assert response.status == 409
    assert response.json == {
        "code": 409,
        "message": "A credit or debit note with the same number already exists on Invisible Collector",
        "gid": gid,
    }
    assert response.headers["x-sandbox-reason"] == "state"
    assert "note-number-unique-per-company" in response.explain


@pytest.mark.parametrize(("kind", "_total", "_word"), KINDS)
def test_the_same_note_again_conflicts(api: Client, note: Body, kind: str, _total: str, _word: str) -> None:
    """Unlike a payment, and it is not counted twice."""
    assert api.post(f"/debts/{OPEN}/{kind}", note()).status == 201
    with nothing_changes(api, PROVIDER):
        assert api.post(f"/debts/{OPEN}/{kind}", note()).status == 409


@pytest.mark.parametrize(("kind", "_total", "_word"), KINDS)
def test_two_companies_may_use_one_number(
    api: Client, state: InvisibleCollectorState, note: Body, kind: str, _total: str, _word: str
) -> None:
    """The bakery has an NC P/001 and an ND P/001."""
    assert {one.number for one in state.credit_notes.records()} >= {"NC P/001"}
    for number in ("NC P/001", "ND P/001"):
        assert api.post(f"/debts/{OPEN}/{kind}", note(number=number)).status == 201


@pytest.mark.parametrize(("kind", "_total", "word"), KINDS)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"number": ...}, "missing property 'number'"),
        ({"date": ...}, "missing property 'date'"),
        ({"number": None}, "/number"),
        ({"number": ""}, "/number"),
        ({"number": "x" * 256}, "/number"),
        ({"date": None}, "/date"),
        ({"date": "25/07/2016"}, "for example '2016-07-01'"),
        ({"date": "2016-02-30"}, "/date"),
        ({"grossTotal": -1}, "/grossTotal"),
        ({"grossTotal": Decimal("0.005")}, "/grossTotal"),
        ({"grossTotal": 10_000_000_000_000}, "/grossTotal"),
        ({"grossTotal": "30"}, "/grossTotal"),
        ({"gross_total": 30}, "did you mean 'grossTotal'?"),
        ({"description": 5}, "/description"),
        ({"description": "x" * 1001}, "/description"),
        ({"status": "FINAL"}, "status"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_contract_does_not_allow_is_unprocessable(
    api: Client, note: Body, change: dict[str, Any], says: str, kind: str, _total: str, word: str
) -> None:
    """422 in words that say which note it should be; the explanation says where."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/debts/{OPEN}/{kind}", note(**change))
    said = f"The request is syntactically correct but not a valid {word} note JSON object"
    assert (response.status, response.json) == (422, {"code": 422, "message": said})
    assert says in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(("kind", "_total", "_word"), KINDS)
def test_what_is_no_json_is_malformed(api: Client, kind: str, _total: str, _word: str) -> None:
    """The sentence is that of a payment."""
    with nothing_changes(api, PROVIDER):
        sent = {"content-type": "application/json"}
        response = api.call("POST", f"/debts/{OPEN}/{kind}", content=b"{", headers=sent)
    assert (response.status, response.content) == (400, b'{"code":400,"message":"Invalid JSON"}')


@pytest.mark.parametrize(("kind", "_total", "_word"), KINDS)
@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, {"note-number-unique-per-company", "note-changes-its-debt"}),
        ({"number": "NC NC/001"}, {"note-number-unique-per-company"}),
    ],
)
def test_a_note_passes_through_what_it_exercises(
    passed: Passed, note: Body, changes: dict[str, Any], rules: set[str], kind: str, _total: str, _word: str
) -> None:
    """Those rules, and no other."""
    found = passed(PROVIDER, f"POST /debts/{OPEN}/{kind}", note(**changes), **TOKEN)
    assert found == rules | {"debt-is-of-this-company"}


@pytest.mark.parametrize(("kind", "debt"), [("credits", OPEN), ("debits", PAID)])
def test_a_note_that_changes_the_status_passes_through_that(passed: Passed, note: Body, kind: str, debt: str) -> None:
    """A credit note settles, a debit note opens again."""
    found = passed(PROVIDER, f"POST /debts/{debt}/{kind}", note(grossTotal=17835), **TOKEN)
    assert "debt-status-follows-totals" in found
