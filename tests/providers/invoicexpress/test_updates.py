"""Drafts are changed: what is given changes, items are replaced, and everything else stays."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, Response, dump, fresh_runtime, nothing_changes
from tests.providers.invoicexpress.known import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    DELETED,
    INVOICE_RECEIPT,
    NEW,
    OTHER_INVOICE,
    OWNER,
    PROVIDER,
    SIMPLIFIED,
    UNPAID,
    WRAPPERS,
    Change,
    Make,
    is_empty,
)

KINDS = pytest.mark.parametrize("kind", list(WRAPPERS))
FULL: dict[str, Any] = {
    "reference": "PO 1",
    "observations": "o",
    "retention": "7.5",
    "tax_exemption": "M07",
    "sequence_id": "12346",
    "manual_sequence_number": "900",
    "mb_reference": "0",
    "currency_code": "USD",
    "rate": "1.25",
    "global_discount": {"value_type": "percentage", "value": "10"},
    "items": [
        {"name": "Capa", "unit_price": "14.96", "quantity": "10", "discount": "12.5", "unit": "hour"},
        {"name": "Curso", "description": "Um dia", "unit_price": "210", "quantity": "1", "tax": {"name": "Isento"}},
    ],
}


def update(api: Client, kind: str, number: int, *, uid: str | None = None, **properties: Any) -> Response:
    """The reply to a change."""
    body: dict[str, Any] = {WRAPPERS[kind]: properties} | ({} if uid is None else {"proprietary_uid": uid})
    return api.call("PUT", f"/{kind}/{number}.json", json=body)


def read(api: Client, kind: str, number: int) -> dict[str, Any]:
    """The document as it is read."""
    document: dict[str, Any] = api.get(f"/{kind}/{number}.json").json[WRAPPERS[kind]]
    return document


@KINDS
def test_nothing_given_changes_nothing(api: Client, make: Make, kind: str) -> None:
    """Whatever the draft has; null and an empty string count as not given."""
    before = make(kind, **FULL)
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, before["id"], reference="", observations=None, due_date=None, tax_exemption="")
    assert (reply.status, is_empty(reply)) == (200, True)
    assert read(api, kind, before["id"]) == before


@KINDS
@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"reference": "PO 2"}, {"reference": "PO 2"}),
        ({"date": "01/12/2017"}, {"date": "01/12/2017"}),
        ({"sequence_id": 12345}, {"sequence_id": "12345"}),
        ({"retention": 5}, {"retention": "5"}),
        ({"tax_exemption_reason": "M01"}, {"tax_exemption": "M01"}),
        (
            {"global_discount": {"value_type": "amount", "value": "1"}},
            {"total": Decimal("368.84"), "global_discount": ...},
        ),
    ],
)
def test_what_is_given_changes(
    api: Client, make: Make, kind: str, given: dict[str, Any], changed: dict[str, Any]
) -> None:
    """And what follows from it, and nothing else."""
    before = make(kind, **{**FULL, "tax_exemption": None, "tax_exemption_reason": "M07"})
    assert update(api, kind, before["id"], **given).status == 200
    after = read(api, kind, before["id"])
    if "global_discount" in given:
        assert after["global_discount"] == {"value_type": "amount", "value": 1}
        assert after["total"] > before["total"]
    else:
        assert after == before | changed


@KINDS
def test_items_are_replaced(api: Client, make: Make, kind: str) -> None:
    """All of them; the catalogue learns of new ones, and an unknown tax is the default one."""
    draft = make(kind)["id"]
    items = [{"name": "Novo", "unit_price": 2, "quantity": 3, "tax": {"name": "none"}}]
    assert update(api, kind, draft, items=items).status == 200
    (item,) = read(api, kind, draft)["items"]
    assert (item["name"], item["tax"]["name"], item["total"]) == ("Novo", "IVA23", Decimal("7.38"))
    assert "Novo" in {found["name"] for found in dump(api.runtime, PROVIDER)["items"]}


@KINDS
def test_another_client_is_found_or_made(api: Client, make: Make, kind: str) -> None:
    """By name; a Portuguese tax number is checked."""
    draft = make(kind)["id"]
    assert update(api, kind, draft, client={"name": "Café Mondego", "country": "Spain"}).status == 200
    assert read(api, kind, draft)["client"]["id"] == 1310181
    assert update(api, kind, draft, client={"name": "Nova Loja", "fiscal_id": "508000009"}).status == 200
    assert read(api, kind, draft)["client"]["name"] == "Nova Loja"
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, draft, client={"name": "Outra", "fiscal_id": "508000008", "country": "Portugal"})
    assert "fiscal-id-of-portugal" in reply.explain


@KINDS
def test_an_exempt_draft_is_stamped(api: Client, make: Make, kind: str) -> None:
    """With M99, where a new document would be refused."""
    draft = make(kind)["id"]
    items = [{"name": "Curso", "unit_price": "210", "quantity": "1", "tax": {"name": "Isento"}}]
    assert update(api, kind, draft, items=items).status == 200
    assert read(api, kind, draft)["tax_exemption"] == "M99"


def test_an_exempt_draft_is_not_stamped_where_nothing_is_checked(base_runtime: Runtime) -> None:
    """By the variant checks."""
    api = Client(fresh_runtime(base_runtime, checks="lenient"), root="/invoicexpress", query="api_key=ix-test-key")
    draft = api.post("/invoices.json", {"invoice": NEW}).json["invoice"]["id"]
    items = [{"name": "Curso", "unit_price": "210", "quantity": "1", "tax": {"name": "Isento"}}]
    assert update(api, "invoices", draft, items=items).status == 200
    assert read(api, "invoices", draft)["tax_exemption"] is None


@KINDS
def test_a_uid_is_kept_and_given(api: Client, make: Make, kind: str) -> None:
    """It conflicts with that of another document, and not with its own."""
    first, second = make(kind)["id"], make(kind)["id"]
    assert update(api, kind, first, uid="order-1").status == 200
    assert update(api, kind, first, uid="order-1", reference="r").status == 200
    assert update(api, kind, first, reference="s").status == 200
    assert read(api, kind, first)["proprietary_uid"] == "order-1"
    with nothing_changes(api, PROVIDER):
        assert update(api, kind, second, uid="order-1").status == 409


@KINDS
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            {"due_date": "01/01/2017"},
            "/due_date: 01/01/2017 is before the document's date, 03/12/2017 [rule due-on-its",
        ),
        ({"date": "31/12/9999"}, "/date: 31/12/9999 is after the document's due_date, 03/12/2017 [rule due-on-its"),
        ({"sequence_id": "11874"}, "sequence-defaults-to-the-first"),
        ({"tax_exemption": "M01", "tax_exemption_reason": "M02"}, "exemption-is-the-same-under-both-names"),
        (
            {"items": [{"name": "x", "unit_price": "999999999", "quantity": "99999"}]},
            "total-can-be-paid",
        ),
    ],
)
def test_what_contradicts_is_refused(api: Client, make: Make, kind: str, given: dict[str, Any], why: str) -> None:
    """And nothing changes."""
    draft = make(kind)["id"]
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, draft, **given)
    assert (reply.status, is_empty(reply)) == (422, True)
    assert why in reply.explain


@pytest.mark.parametrize("kind", ["credit_notes", "debit_notes"])
def test_the_owner_of_a_note_changes(api: Client, make: Make, kind: str, change: Change) -> None:
    """To another invoice of the account."""
    draft = make(kind)["id"]
    assert update(api, kind, draft, owner_invoice_id=UNPAID).status == 200
    change(kind, draft, state="finalized")
    related = api.get(f"/document/{UNPAID}/related_documents.json").json["documents"]
    assert [document["id"] for document in related] == [draft]
    other = make(kind, owner_invoice_id=OWNER)["id"]
    with nothing_changes(api, PROVIDER):
        assert "owner-is-the-accounts" in update(api, kind, other, owner_invoice_id=OTHER_INVOICE).explain


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("invoices", UNPAID),
        ("simplified_invoices", SIMPLIFIED),
        ("invoice_receipts", INVOICE_RECEIPT),
        ("credit_notes", CREDIT_NOTE),
        ("debit_notes", DEBIT_NOTE),
    ],
)
def test_only_drafts_change(api: Client, kind: str, number: int) -> None:
    """422 because of the state."""
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, number, reference="x")
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "only-drafts-change" in reply.explain


@KINDS
@pytest.mark.parametrize("number", [2, OTHER_INVOICE, DELETED])
def test_unknown_documents_are_not_found(api: Client, kind: str, number: int) -> None:
    """Deleted drafts neither."""
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, number, reference="x")
    assert (reply.status, "unknown-document-is-404" in reply.explain) == (404, True)


@KINDS
@pytest.mark.parametrize(
    "given",
    [{"items": []}, {"items": None}, {"date": "2017-12-03"}, {"client": {}}, {"currency_code": "USD"}, {"total": "x"}],
)
def test_a_wrong_form_is_refused(api: Client, make: Make, kind: str, given: dict[str, Any]) -> None:
    """422 because of the request alone, except for what the API computes, which is passed over."""
    draft = make(kind)["id"]
    with nothing_changes(api, PROVIDER):
        reply = update(api, kind, draft, **given)
    assert reply.status == (200 if "total" in given else 422)
