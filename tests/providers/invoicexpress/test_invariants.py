"""The invariants hold over the fixtures and after every call; a wrong record breaks exactly one of them."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import force_setattr

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.invariants import INVARIANTS
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.wrong_records import Change, broken, gone, put
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    CREDIT_NOTE,
    DRAFT,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    SIMPLIFIED,
    TEN_SCREWS,
    UNPAID,
    Pay,
)

SERIE_A = 12345


def forced(table: str, key: int, **members: Any) -> Change:
    """Keeps a record that could not be made, as its own check refuses it."""

    def change(state: InvoiceXpressState) -> None:
        found = state.table(table).get(key)
        assert found is not None
        record = copy.copy(found)
        for name, value in members.items():
            force_setattr(record, name, value)
        state.table(table).put(record)

    return change


def test_the_provider_brings_them(base_runtime: Runtime) -> None:
    """Each under an id of its own, with a sentence."""
    assert base_runtime.services[PROVIDER].provider.invariants is INVARIANTS
    assert len({invariant.id for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.says.endswith(".") for invariant in INVARIANTS)


def test_they_hold_over_the_fixtures(state: InvoiceXpressState) -> None:
    """Whatever was never called is right."""
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("document", "members", "status"),
    [
        (UNPAID, {"amount": 100.1}, 200),
        (UNPAID, {"amount": 1070}, 200),
        (UNPAID, {"amount": 0}, 200),
        (ALL_FREE, {"amount": 0}, 200),
        (SETTLED, {"amount": 0}, 200),
        (TEN_SCREWS, {"amount": 0.03, "serie": "B"}, 200),
        (SIMPLIFIED, {"amount": 28.3, "serie": "A"}, 200),
        (PARTLY_PAID, {"amount": 1422.85}, 200),
        (PARTLY_PAID, {"amount": 1422.86}, 422),
        (DRAFT, {"amount": 1}, 422),
        (CREDIT_NOTE, {"amount": 1}, 422),
    ],
)
def test_they_hold_after_every_call(
    pay: Pay, state: InvoiceXpressState, document: int, members: dict[str, Any], status: int
) -> None:
    """Done twice, refused or not."""
    assert pay(document, **members).status == status
    assert broken(INVARIANTS, state) == {}
    pay(document, **members)
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("invariant", "change", "line"),
    [
        (
            "paid-is-what-receipts-add-up-to",
            put("invoices", PARTLY_PAID, paid=Decimal("999.99")),
            "invoices/538204: paid is 999.99, but its receipts add up to 1000.00",
        ),
        (
            "paid-is-what-receipts-add-up-to",
            put("simplified_invoices", SIMPLIFIED, paid=Decimal("0.01")),
            "simplified_invoices/538422: paid is 0.01, but its receipts add up to 0",
        ),
        (
            "paid-is-what-receipts-add-up-to",
            put("receipts", RECEIPT, status="canceled"),
            "invoices/538204: paid is 1000.00, but its receipts add up to 0",
        ),
        (
            "settled-when-paid-in-full",
            put("invoices", PARTLY_PAID, status="settled"),
            "invoices/538204: status is settled, but 1000.00 of 2422.85 are paid: it is final",
        ),
        (
            "settled-when-paid-in-full",
            put("invoices", SETTLED, status="final"),
            "invoices/538218: status is final, but 451.66 of 451.66 are paid: it is settled",
        ),
        (
            "settled-when-paid-in-full",
            put("invoices", ALL_FREE, status="settled"),
            "invoices/538401: status is settled, but 0 of 0.00 are paid: it is final",
        ),
        (
            "no-receipt-of-a-draft-or-void-document",
            put("invoices", PARTLY_PAID, status="canceled"),
            "invoices/538204: status is canceled, but receipts of 1000.00 stand; there should be none",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("sequences", SERIE_A, current_receipt_number=28),
            "sequences/12345: current_receipt_number is 28, but its last receipt has 27",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("receipts", RECEIPT, sequence_number="25/A"),
            "receipts/540179: its number is 25, but 26 is next in the serie A",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("receipts", 540137, sequence_number="24/A"),
            "receipts/540179: its number is 26, but 25 is next in the serie A",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("receipts", 540137, sequence_number="25/B"),
            "receipts/540137: sequence_number is 25/B, but it is of the form 27/A",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("receipts", 540137, sequence_number="rascunho"),
            "receipts/540137: sequence_number is rascunho, but it is of the form 27/A",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("receipts", 540137, sequence_number=f"{'9' * 5000}/A"),
            f"receipts/540137: sequence_number is {'9' * 5000}/A, but it is of the form 27/A",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("sequences", SERIE_A, current_invoice_number=23),
            "sequences/12345: current_invoice_number is 23, but its last invoice has 24",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("sequences", SERIE_A, current_simplified_invoice_number=0),
            "sequences/12345: current_simplified_invoice_number is 0, but its last simplified invoice has 1",
        ),
        (
            "documents-are-numbered-without-gaps",
            put("invoices", DRAFT, status="final"),
            "invoices/538267: sequence_number is rascunho, but it is of the form 27/A",
        ),
        (
            "settled-when-paid-in-full",
            put("invoices", UNPAID, marked_settled=True),
            "invoices/1: status is final, but 0 of 1070.00 are paid and it is marked as settled: it is settled",
        ),
        (
            "receipts-name-a-document",
            put("receipts", RECEIPT, account=98327),
            "receipts/540179: account is 98327, but the document 538204 is of the account 104412",
        ),
        (
            "nothing-names-what-is-missing",
            put("credit_notes", CREDIT_NOTE, client=7),
            "credit_notes/538704: client is 7, but clients has no such record",
        ),
        (
            "nothing-names-what-is-missing",
            gone("sequences", 11874),
            "invoices/",
        ),
        (
            "totals-add-up",
            forced("invoices", UNPAID, total=Decimal("1070.01")),
            "invoices/1: total is 1070.01, but what it is made of comes to 1070.00",
        ),
        (
            "totals-add-up",
            forced("credit_notes", CREDIT_NOTE, sum=Decimal(379), items=()),
            "credit_notes/538704: sum is 379, but what it is made of comes to 0",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
@pytest.mark.breaks_invariants
def test_a_wrong_record_breaks_one_invariant_and_is_named(
    state: InvoiceXpressState, invariant: str, change: Change, line: str
) -> None:
    """That invariant alone, and its first line says what is and what should be."""
    change(state)
    found = broken(INVARIANTS, state)
    assert list(found) == [invariant]
    assert found[invariant][0].startswith(line)


@pytest.mark.breaks_invariants
def test_an_item_that_does_not_add_up_is_named(state: InvoiceXpressState) -> None:
    """By its place in the document; the document's own sum agrees with it here."""
    invoice = state.invoices.get(UNPAID)
    assert invoice is not None
    item = copy.copy(invoice.items[0])
    force_setattr(item, "total", Decimal(5))
    forced("invoices", UNPAID, items=(item,))(state)
    assert broken(INVARIANTS, state) == {
        "totals-add-up": ["invoices/1: items/0/total is 5, but what it is made of comes to 1070.00"]
    }


@pytest.mark.breaks_invariants
def test_a_receipt_of_nothing_is_named(state: InvoiceXpressState) -> None:
    """Its document is gone, and a credit note in its place is no help."""
    for document in (7, CREDIT_NOTE):
        put("receipts", RECEIPT, document=document)(state)
        assert broken(INVARIANTS, state)["receipts-name-a-document"] == [
            f"receipts/540179: document is {document}, which is no invoice or simplified invoice"
        ]


def test_they_can_judge_whatever_is_left(state: InvoiceXpressState) -> None:
    """No deletion makes them fail, and that of a record which others name breaks one."""
    named: set[tuple[str, Any]] = set()
    for name, table_def in state.table_defs().items():
        for record in state.table(name).records():
            named |= {(target, getattr(record, attribute)) for attribute, target in table_def.refers.items()}
    for name, table_def in state.table_defs().items():
        for record in list(state.table(name).records()):
            key = table_def.key(record)
            with state.transaction():
                state.table(name).delete(key)
            assert ("nothing-names-what-is-missing" in broken(INVARIANTS, state)) == ((name, key) in named)
            with state.transaction():
                state.table(name).put(record)
    assert broken(INVARIANTS, state) == {}
