"""Credit notes and debit notes, which belong to an invoice or an invoice-receipt."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, Response, broken_invariants, dump, fresh_runtime, nothing_changes
from tests.providers.invoicexpress.known import (
    CANCELLED,
    DEBIT_NOTE,
    DRAFT,
    INVOICE_RECEIPT,
    NEW,
    OTHER_INVOICE,
    OWNER,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    SIMPLIFIED,
    UNPAID,
    WRAPPERS,
    Cancel,
    Change,
    Pay,
    is_empty,
)

NOTES = ("credit_notes", "debit_notes")
EVERY_NOTE = pytest.mark.parametrize("kind", NOTES)
CANCEL: Mapping[str, str] = {"state": "canceled", "message": "m"}


def draft(api: Client, kind: str, owner: Any, price: str = "14.96", *, tax: str = "IVA23", **properties: Any) -> int:
    """The id of a new note of one item."""
    item = {"name": "Capa", "unit_price": price, "quantity": 1, "tax": {"name": tax}}
    form = NEW | {"owner_invoice_id": owner, "items": [item]} | properties
    made = api.post(f"/{kind}.json", {WRAPPERS[kind]: form})
    assert made.status == 201, made
    number: int = made.json[WRAPPERS[kind]]["id"]
    return number


def issue(api: Client, kind: str, owner: Any, price: str = "14.96", **properties: Any) -> tuple[int, Response]:
    """A new note, and the reply to finalizing it."""
    note = draft(api, kind, owner, price, **properties)
    return note, to(api, kind, note, state="finalized")


def to(api: Client, kind: str, note: int, **members: Any) -> Response:
    """The reply to a change of state."""
    return api.call("PUT", f"/{kind}/{note}/change-state.json", json={WRAPPERS[kind]: members})


def record(api: Client, kind: str, number: int) -> dict[str, Any]:
    """The record of a document."""
    return next(found for found in dump(api.runtime, PROVIDER)[kind] if found["id"] == number)


@pytest.mark.parametrize(("kind", "number"), [("credit_notes", "4/A"), ("debit_notes", "4/A")])
@pytest.mark.parametrize("owner", [OWNER, str(OWNER), SIMPLIFIED, INVOICE_RECEIPT, PARTLY_PAID])
def test_a_note_is_issued_for_its_owner(api: Client, kind: str, number: str, owner: Any) -> None:
    """It takes the next number of its own type, and is related to its owner."""
    note, reply = issue(api, kind, owner)
    document = reply.json[WRAPPERS[kind]]
    assert (document["status"], document["sequence_number"]) == ("final", number)
    assert document["type"] == {"credit_notes": "CreditNote", "debit_notes": "DebitNote"}[kind]
    related = api.get(f"/document/{owner}/related_documents.json").json["documents"]
    assert document in related
    assert api.get(f"/{kind}/{note}.json").json == {WRAPPERS[kind]: document}
    assert broken_invariants(api.runtime) == []


@EVERY_NOTE
@pytest.mark.parametrize("owner", [None, "", 0, "0"])
def test_a_draft_may_lack_its_owner(api: Client, kind: str, owner: Any) -> None:
    """A final note does not."""
    note = draft(api, kind, owner)
    with nothing_changes(api, PROVIDER):
        reply = to(api, kind, note, state="finalized")
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "note-needs-its-owner" in reply.explain


@EVERY_NOTE
@pytest.mark.parametrize("owner", [2, OTHER_INVOICE, RECEIPT, DEBIT_NOTE])
def test_an_owner_is_one_of_the_accounts_invoices(api: Client, kind: str, owner: int) -> None:
    """Of any type, and no receipt or note."""
    with nothing_changes(api, PROVIDER):
        reply = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | {"owner_invoice_id": owner}})
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "owner-is-the-accounts" in reply.explain


@pytest.mark.parametrize(
    ("kind", "owner"),
    [
        ("credit_notes", SETTLED),
        *((kind, owner) for kind in NOTES for owner in (DRAFT, CANCELLED, 538841, 538818)),
    ],
)
def test_some_owners_take_no_note(api: Client, kind: str, owner: int) -> None:
    """Drafts and cancelled documents; a settled invoice takes debit notes only."""
    note = draft(api, kind, owner)
    with nothing_changes(api, PROVIDER):
        reply = to(api, kind, note, state="finalized")
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "note-needs-its-owner" in reply.explain


def test_a_settled_invoice_takes_a_debit_note(api: Client) -> None:
    """It owes nothing more for it."""
    assert issue(api, "debit_notes", SETTLED)[1].status == 200
    assert record(api, "invoices", SETTLED)["status"] == "settled"


def test_a_credit_note_lowers_what_is_owed(api: Client, pay: Pay) -> None:
    """The rest can be paid, and no more."""
    issue(api, "credit_notes", UNPAID, "1000", tax="Isento", tax_exemption="M07")
    assert pay(UNPAID, amount=70.01).status == 422
    assert pay(UNPAID, amount=70).status == 200
    invoice = record(api, "invoices", UNPAID)
    assert (invoice["status"], Decimal(invoice["credited"]), Decimal(invoice["paid"])) == (
        "settled",
        Decimal(1000),
        Decimal(70),
    )
    assert broken_invariants(api.runtime) == []


def test_a_credit_note_over_all_settles_its_owner(api: Client, change: Change) -> None:
    """Until it is cancelled."""
    note, _ = issue(api, "credit_notes", UNPAID, "1070", tax="Isento", tax_exemption="M07")
    assert record(api, "invoices", UNPAID)["status"] == "settled"
    assert to(api, "credit_notes", note, **CANCEL).status == 200
    invoice = record(api, "invoices", UNPAID)
    assert (invoice["status"], Decimal(invoice["credited"])) == ("final", Decimal(0))
    assert change("invoices", UNPAID, **CANCEL).status == 200
    assert broken_invariants(api.runtime) == []


@pytest.mark.parametrize(
    ("owner", "left"),
    [(UNPAID, "1070.01"), (PARTLY_PAID, "1422.86"), (INVOICE_RECEIPT, "49.09"), (SIMPLIFIED, "28.31")],
)
def test_a_credit_note_is_not_above_its_owner(api: Client, owner: int, left: str) -> None:
    """By a cent."""
    note = draft(api, "credit_notes", owner, left, tax="Isento", tax_exemption="M07")
    with nothing_changes(api, PROVIDER):
        reply = to(api, "credit_notes", note, state="finalized")
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "credit-note-lowers-what-is-owed" in reply.explain


def test_credit_notes_of_an_invoice_receipt_are_not_above_its_total(api: Client) -> None:
    """Together."""
    _, first = issue(api, "credit_notes", INVOICE_RECEIPT, "40", tax="Isento", tax_exemption="M07")
    _, second = issue(api, "credit_notes", INVOICE_RECEIPT, "9.09", tax="Isento", tax_exemption="M07")
    assert (first.status, second.status) == (200, 422)
    bill = record(api, "invoice_receipts", INVOICE_RECEIPT)
    assert (bill["status"], Decimal(bill["credited"])) == ("settled", Decimal(40))


@pytest.mark.parametrize(
    ("kind", "owner"),
    [("invoices", UNPAID), ("simplified_invoices", SIMPLIFIED), ("invoice_receipts", INVOICE_RECEIPT)],
)
def test_a_document_is_cancelled_or_credited(api: Client, change: Change, kind: str, owner: int) -> None:
    """Not both."""
    note, _ = issue(api, "credit_notes", owner)
    with nothing_changes(api, PROVIDER):
        reply = change(kind, owner, **CANCEL)
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "cancel-or-credit-note" in reply.explain
    to(api, "credit_notes", note, **CANCEL)
    assert change(kind, owner, **CANCEL).status == 200


def test_a_credit_note_is_settled_and_unsettled(api: Client) -> None:
    """Without a receipt, and while it is settled it is not cancelled."""
    receipts = dump(api.runtime, PROVIDER)["receipts"]
    note, _ = issue(api, "credit_notes", UNPAID)
    assert to(api, "credit_notes", note, state="settled").json["credit_note"]["status"] == "settled"
    assert to(api, "credit_notes", note, **CANCEL).status == 422
    assert to(api, "credit_notes", note, state="unsettled").json["credit_note"]["status"] == "final"
    assert to(api, "credit_notes", note, state="unsettled").status == 422
    assert dump(api.runtime, PROVIDER)["receipts"] == receipts
    assert broken_invariants(api.runtime) == []


def test_a_debit_note_is_settled_with_a_receipt(api: Client, pay: Pay) -> None:
    """Of its own; unsettled, the receipt is cancelled."""
    assert pay(DEBIT_NOTE, amount=1).status == 422
    assert to(api, "debit_notes", DEBIT_NOTE, state="settled").json["debit_note"]["status"] == "settled"
    path = f"/document/{DEBIT_NOTE}/related_documents.json"
    (receipt,) = api.get(path).json["documents"]
    assert (receipt["total"], receipt["status"], receipt["sequence_number"]) == (Decimal("14.76"), "final", "28/A")
    assert to(api, "debit_notes", DEBIT_NOTE, **CANCEL).status == 422
    assert to(api, "debit_notes", DEBIT_NOTE, state="unsettled").json["debit_note"]["status"] == "final"
    assert [found["status"] for found in api.get(path).json["documents"]] == ["canceled"]
    assert broken_invariants(api.runtime) == []
    assert to(api, "debit_notes", DEBIT_NOTE, **CANCEL).json["debit_note"]["status"] == "canceled"


def test_the_receipt_of_a_debit_note_is_cancelled(api: Client, cancel: Cancel) -> None:
    """Then the note is owed again."""
    to(api, "debit_notes", DEBIT_NOTE, state="settled")
    (receipt,) = api.get(f"/document/{DEBIT_NOTE}/related_documents.json").json["documents"]
    assert cancel(receipt["id"]).status == 200
    assert record(api, "debit_notes", DEBIT_NOTE)["status"] == "final"
    assert broken_invariants(api.runtime) == []


def test_by_the_variant_a_credit_note_changes_nothing(base_runtime: Runtime) -> None:
    """It may be above what is owed, and what is owed stays."""
    runtime = fresh_runtime(base_runtime, credit_note_effect="none", settled_makes_receipt="false")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    note, reply = issue(api, "credit_notes", UNPAID, "2000")
    assert reply.status == 200
    assert Decimal(record(api, "invoices", UNPAID)["credited"]) == 0
    assert to(api, "credit_notes", note, **CANCEL).status == 200
    assert to(api, "debit_notes", DEBIT_NOTE, state="settled").status == 200
    assert record(api, "debit_notes", DEBIT_NOTE)["marked_settled"] is True
    assert broken_invariants(runtime) == []


@EVERY_NOTE
def test_a_manual_number_is_the_next(api: Client, kind: str) -> None:
    """Another one is refused."""
    number = 4  # of both
    for manual, status in ((number + 1, 422), (number, 200)):
        assert issue(api, kind, OWNER, manual_sequence_number=str(manual))[1].status == status


@EVERY_NOTE
def test_lists_of_notes_are_by_type(api: Client, kind: str) -> None:
    """With the filters of the other lists."""
    every = api.get(f"/{kind}.json").json
    assert {document["type"] for document in every[kind]} == {"CreditNote" if kind == "credit_notes" else "DebitNote"}
    key = "api_key=ix-test-key"
    for query in (
        "text=PORTES", "status[]=sent", "reference=none", "archived=true", "order_by=date_desc", "per_page=31",
        "page=9",
        "date[from]=01/01/2017&date[to]=31/12/2017", "due_date[from]=01/01/2017", "total_before_taxes[from]=1",
    ):  # fmt: skip
        assert api.get(f"/{kind}.json", query=f"{key}&{query}").status == 200, query
    assert api.get(f"/{kind}.json", query=f"{key}&date[from]=02/01/2017&date[to]=01/01/2017").status == 422
