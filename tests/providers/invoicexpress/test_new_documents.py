"""What becomes of a new document: the order of its properties, and that what it owes can be paid."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.forms import LARGEST_TOTAL
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import NEW, PAYABLE, PROVIDER, WRAPPERS, Change, Make, Pay

KINDS = pytest.mark.parametrize("kind", list(WRAPPERS))
PAYABLE_KINDS = pytest.mark.parametrize("kind", list(PAYABLE))
ITEM = {"name": "i", "unit_price": "100", "quantity": "1"}
RECORDED = [
    "id", "status", "archived", "type", "sequence_number", "inverted_sequence_number", "atcud", "sequence_id",
    "tax_exemption", "date", "due_date", "reference", "observations", "retention", "permalink", "saft_hash", "sum",
    "discount", "before_taxes", "taxes", "total", "currency", "client", "items", "mb_reference", "global_discount",
    "multicurrency", "proprietary_uid",
]  # fmt: skip


@KINDS
def test_properties_are_in_the_recorded_order(api: Client, make: Make, change: Change, kind: str) -> None:
    """A draft lacks what follows from a number, and a final document a tax exemption that it has not."""
    numbered = {"inverted_sequence_number", "atcud", "saft_hash"}
    given = {"mb_reference", "global_discount", "multicurrency", "proprietary_uid"}
    draft = make(kind)
    assert list(draft) == [name for name in RECORDED if name not in numbered | given]
    final = change(kind, draft["id"], state="finalized").json[WRAPPERS[kind]]
    assert list(final) == [name for name in RECORDED if name not in given | {"tax_exemption"}]
    form = NEW | {
        "tax_exemption": "M07",
        "mb_reference": "0",
        "global_discount": {"value_type": "amount", "value": 1},
        "currency_code": "USD",
        "rate": 2,
    }
    whole = api.post(f"/{kind}.json", {WRAPPERS[kind]: form, "proprietary_uid": "u"}).json[WRAPPERS[kind]]
    whole = change(kind, whole["id"], state="finalized").json[WRAPPERS[kind]]
    assert list(whole) == RECORDED


def test_credit_notes_are_in_the_recorded_order(api: Client) -> None:
    """Receipts keep the order of the vendor's example."""
    note = api.get("/document/538222/related_documents.json").json["documents"][0]
    assert list(note) == [name for name in RECORDED[:24] if name != "tax_exemption"]
    receipt = api.get("/receipts/540179.json").json["receipt"]
    assert list(receipt)[-2:] == ["sequence_id", "tax_exemption"]


def cost(rest: str) -> dict[str, Any]:
    """A form with a total of 9999988999901 and the rest."""
    items = [
        {"name": "a", "unit_price": "9999999", "quantity": "999999", "tax": {"name": "Isento"}},
        {"name": "b", "unit_price": rest, "quantity": "1", "tax": {"name": "Isento"}},
    ]
    return {"items": items, "tax_exemption": "M07"}


@PAYABLE_KINDS
@pytest.mark.parametrize("rest", ["10999998.99", "10999998.994999"])
def test_whatever_is_owed_can_be_paid_by_naming_it(make: Make, change: Change, pay: Pay, kind: str, rest: str) -> None:
    """The largest total that a document may have is the largest amount of a payment."""
    draft = make(kind, **cost(rest))
    assert draft["total"] == LARGEST_TOTAL
    change(kind, draft["id"], state="finalized")
    paid = pay(draft["id"], amount=draft["total"])
    assert (paid.status, paid.json["receipt"]["total"]) == (200, draft["total"])


@KINDS
@pytest.mark.parametrize(
    "form", [cost("10999998.995"), cost("999999999"), {"items": [ITEM | {"unit_price": "9" * 9, "quantity": "9" * 9}]}]
)
def test_a_total_that_no_payment_can_name_is_refused(api: Client, kind: str, form: dict[str, Any]) -> None:
    """From half a cent above it; the rule says that it is the sandbox's own."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | form})
    assert response.status == 422
    assert "more than the 9999999999999.99 that a payment can name" in response.explain
    assert "rule total-can-be-paid, assumed" in response.explain


def test_the_largest_total_is_the_contracts_largest_amount(base_runtime: Runtime) -> None:
    """One bound in two places."""
    schemas = base_runtime.services[PROVIDER].contract.document["components"]["schemas"]
    payment = schemas["NewPartialPayment"]["properties"]["partial_payment"]["properties"]
    assert Decimal(str(payment["amount"]["maximum"])) == LARGEST_TOTAL
