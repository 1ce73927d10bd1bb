"""Invoices and simplified invoices from draft to cancellation: numbers, sums, states."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client, dump, nothing_changes
from tests.providers.invoicexpress.known import (
    DRAFT,
    NEW,
    PAYABLE,
    PROVIDER,
    UNPAID,
    WRAPPERS,
    Change,
    Make,
    Pay,
    every,
    is_empty,
)

KINDS = pytest.mark.parametrize("kind", list(WRAPPERS))
PAYABLE_KINDS = pytest.mark.parametrize("kind", list(PAYABLE))
TYPES = {
    "invoices": "Invoice",
    "simplified_invoices": "SimplifiedInvoice",
    "invoice_receipts": "InvoiceReceipt",
    "credit_notes": "CreditNote",
    "debit_notes": "DebitNote",
}
AFTER_A_NUMBER = ("inverted_sequence_number", "atcud", "saft_hash")


@KINDS
def test_a_new_document_is_a_draft(make: Make, kind: str) -> None:
    """It has the next id, no number, and no property that depends on a number."""
    draft = make(kind)
    assert (draft["id"], draft["status"], draft["type"]) == (541793, "draft", TYPES[kind])
    assert draft["sequence_number"] == "rascunho"
    assert not draft.keys() & set(AFTER_A_NUMBER)
    assert (draft["sum"], draft["taxes"], draft["total"]) == (Decimal("149.6"), Decimal("34.41"), Decimal("184.01"))
    assert (draft["sequence_id"], draft["currency"]) == ("12345", "Euro")


@KINDS
def test_what_was_made_is_read_again(api: Client, make: Make, kind: str) -> None:
    """Every property is the same."""
    draft = make(kind, reference="PO 1", observations="o", retention="7", tax_exemption="M07")
    assert api.get(f"/{kind}/{draft['id']}.json").json == {WRAPPERS[kind]: draft}


def test_items_are_rounded_one_by_one(runtime: Runtime) -> None:
    """By choice: discount before tax, half a cent up; the document's sums are those of its items."""
    control = Client(runtime)
    control.post("/_sandbox/namespaces", {"name": "chosen", "variants": {PROVIDER: {"rounding": "per_item"}}})
    api = Client(runtime, root="/ns/chosen/invoicexpress", query="api_key=ix-test-key")
    items = [
        {"name": "a", "unit_price": "0.333333", "quantity": 3, "tax": {"name": "IVA6"}},
        {"name": "b", "unit_price": 10.05, "quantity": "0.5", "discount": 12.5, "unit": "hour", "description": "d"},
    ]
    draft = api.post("/invoices.json", {"invoice": NEW | {"items": items}}).json["invoice"]
    first, second = draft["items"]
    assert (first["subtotal"], first["tax_amount"], first["total"]) == (1, Decimal("0.06"), Decimal("1.06"))
    assert (first["unit"], first["description"], first["unit_price"]) == (None, "", "0.333333")
    # 5.025 is 5.03; an eighth of it is 0.62875, so 0.63; 23 % of 4.40 are 1.012.
    assert (second["subtotal"], second["discount_amount"]) == (Decimal("5.03"), Decimal("0.63"))
    assert (second["tax_amount"], second["total"]) == (Decimal("1.01"), Decimal("5.41"))
    assert (draft["sum"], draft["discount"], draft["before_taxes"]) == (
        Decimal("6.03"),
        Decimal("0.63"),
        Decimal("5.4"),
    )
    assert (draft["taxes"], draft["total"]) == (Decimal("1.07"), Decimal("6.47"))


@pytest.mark.parametrize("tax", [None, {"name": "IVA99"}, {"name": "iva6"}, {"name": "IVA23"}])
def test_an_item_without_a_known_tax_has_the_default_one(make: Make, tax: Any) -> None:
    """Names must match exactly; taxes of other accounts do not count."""
    (item,) = make("invoices", items=[{"name": "a", "unit_price": 1, "quantity": 1, "tax": tax}])["items"]
    assert item["tax"] == {"id": 31595, "name": "IVA23", "value": 23}


def test_a_client_is_found_by_name(make: Make, state: InvoiceXpressState) -> None:
    """Or by code or id; a known client only gains what was not known, a new one is created once."""
    john = {"id": 1310176, "name": "John", "country": "Portugal", "code": "J"}
    assert make("invoices", client={"name": "John", "code": "J", "country": "Spain"})["client"] == john
    assert make("invoices", client={"name": "Jon", "code": "J"})["client"] == john
    assert make("invoices", client={"name": "Jon", "id": "1310176"})["client"] == john
    assert make("invoices", client={"name": "John", "id": 1287450, "code": 7})["client"] == john
    new = {"name": "Ana", "code": "A1", "email": "ana@example.com", "fiscal_id": "1", "country": "Spain"}
    assert make("invoices", client=new)["client"] == {"id": 1310268, **new}
    assert make("simplified_invoices", client={"name": "Ana"})["client"]["id"] == 1310268
    made = state.clients.get(1310268)
    assert made is not None
    assert (made.code, made.email, made.fiscal_id, made.account) == ("A1", "ana@example.com", "1", 104412)


@pytest.mark.parametrize("given", [12346, "12346", Decimal("12346.0")])
def test_a_sequence_is_named_by_text_or_number(make: Make, given: Any) -> None:
    """Serie B is not the account's first sequence."""
    assert make("invoices", sequence_id=given)["sequence_id"] == "12346"


@pytest.mark.parametrize(
    ("kind", "number", "atcud"), [("invoices", "15/A", "ABCD1234-15"), ("simplified_invoices", "2/A", "ABCD1234-2")]
)
def test_finalized_documents_take_the_next_number_of_their_type(
    make: Make, change: Change, kind: str, number: str, atcud: str
) -> None:
    """The requested state is `finalized`, the status `final`; each type has its own numbers."""
    response = change(kind, make(kind)["id"], state="finalized")
    assert response.status == 200
    document = response.json[WRAPPERS[kind]]
    serial, serie = number.split("/")
    assert (document["status"], document["sequence_number"]) == ("final", number)
    assert (document["inverted_sequence_number"], document["atcud"]) == (f"{serie}/{serial}", atcud)
    assert len(document["saft_hash"]) == 4
    again = change(kind, make(kind)["id"], state="finalized").json[WRAPPERS[kind]]
    assert again["sequence_number"] == f"{int(serial) + 1}/A"


@KINDS
def test_deleting_a_draft_costs_no_number(make: Make, change: Change, kind: str) -> None:
    """The next finalized document leaves no gap."""
    before = change(kind, make(kind)["id"], state="finalized").json[WRAPPERS[kind]]["sequence_number"]
    gone = change(kind, make(kind)["id"], state="deleted").json[WRAPPERS[kind]]
    assert (gone["status"], gone["sequence_number"]) == ("deleted", "rascunho")
    after = change(kind, make(kind)["id"], state="finalized").json[WRAPPERS[kind]]["sequence_number"]
    assert int(after.partition("/")[0]) == int(before.partition("/")[0]) + 1


@KINDS
def test_a_deleted_document_is_not_found(api: Client, make: Make, change: Change, pay: Pay, kind: str) -> None:
    """By any call that names it; a list without filters still has it."""
    document = make(kind)["id"]
    assert change(kind, document, state="deleted").json[WRAPPERS[kind]]["status"] == "deleted"
    with nothing_changes(api, PROVIDER):
        calls = [
            api.get(f"/{kind}/{document}.json"),
            *(change(kind, document, state=state) for state in ("finalized", "deleted")),
            api.get(f"/document/{document}/related_documents.json"),
            pay(document, amount=0),
        ]
    assert [call.status for call in calls] == [404] * 5
    assert all(call.headers["x-sandbox-reason"] == "state" and is_empty(call) for call in calls)
    told = [call for call in calls if "related" not in call.explain and "invoice or simplified" not in call.explain]
    assert all(f"-id}}: document {document} was deleted [rule unknown-doc" in call.explain for call in told)
    assert document in every(api)


@KINDS
def test_a_cancelled_document_keeps_its_number(make: Make, change: Change, kind: str, api: Client) -> None:
    """The number is in later reads."""
    document = make(kind)
    number = change(kind, document["id"], state="finalized").json[WRAPPERS[kind]]["sequence_number"]
    change(kind, document["id"], state="canceled", message="Wrong client.")
    read = api.get(f"/{kind}/{document['id']}.json").json[WRAPPERS[kind]]
    assert (read["status"], read["sequence_number"]) == ("canceled", number)
    stored = dump(api.runtime, PROVIDER)[kind][-1]
    assert stored["message"] == "Wrong client."


@PAYABLE_KINDS
def test_a_document_marked_as_settled_owes_nothing(make: Make, change: Change, pay: Pay, kind: str) -> None:
    """A receipt of today is issued for what it owes, and it takes only payments of 0."""
    document = make(kind)["id"]
    change(kind, document, state="finalized")
    pay(document, amount=84.01)
    assert change(kind, document, state="settled").json[WRAPPERS[kind]]["status"] == "settled"
    assert pay(document, amount=0.01).status == 422
    assert pay(document, amount=0).json["receipt"]["sequence_number"] == "30/A"


@PAYABLE_KINDS
def test_a_finalized_document_is_paid(make: Make, change: Change, pay: Pay, api: Client, kind: str) -> None:
    """In parts, until it is settled."""
    document = make(kind)["id"]
    assert pay(document, amount=1).status == 422
    change(kind, document, state="finalized")
    assert pay(document, amount=184).status == 200
    assert api.get(f"/{kind}/{document}.json").json[WRAPPERS[kind]]["status"] == "final"
    assert pay(document, amount=0.01).status == 200
    assert api.get(f"/{kind}/{document}.json").json[WRAPPERS[kind]]["status"] == "settled"


def test_the_vendors_wrapper_is_taken_for_simplified_invoices_too(api: Client, make: Make) -> None:
    """The vendor's page has `invoice` for all types; the reply has the type's own wrapper."""
    path = f"/simplified_invoices/{make('simplified_invoices')['id']}/change-state.json"
    response = api.call("PUT", path, json={"invoice": {"state": "finalized"}})
    assert response.json["simplified_invoice"]["status"] == "final"


def test_an_invoice_of_the_fixtures_is_read(api: Client) -> None:
    """With the properties of the vendor's receipt."""
    invoice = api.get(f"/invoices/{UNPAID}.json").json["invoice"]
    assert (invoice["sequence_number"], invoice["atcud"], invoice["total"]) == ("1/A", "ABCD1234-1", 1070)
    draft = api.get(f"/invoices/{DRAFT}.json").json["invoice"]
    assert list(draft) == [name for name in invoice if name not in AFTER_A_NUMBER]


def test_the_answer_in_the_contract_is_the_answer(api: Client) -> None:
    """The request example `vendor` gets the response example, except for the made-up digits of its permalink."""
    contract = api.runtime.services[PROVIDER].contract.document
    written = contract["paths"]["/invoices.json"]["post"]
    example = written["requestBody"]["content"]["application/json"]["examples"]["vendor"]["value"]
    made = api.post("/invoices.json", example).json
    expected = contract["components"]["examples"]["NewInvoice"]["value"]
    assert made == expected


def test_nulls_are_as_if_not_given(make: Make) -> None:
    """For every optional property."""
    plain = make("invoices")
    names = ("reference", "observations", "retention", "tax_exemption", "sequence_id")
    (item,) = NEW["items"]
    nulls = make(
        "invoices",
        **dict.fromkeys(names),
        items=[item | dict.fromkeys(("description", "unit", "discount", "tax"))],
        client=NEW["client"] | dict.fromkeys(("code", "email", "fiscal_id", "country")),
    )
    for name in ("id", "permalink"):
        del plain[name], nulls[name]
    assert nulls == plain
