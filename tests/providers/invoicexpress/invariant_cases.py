"""Calls of InvoiceXpress that keep the invariants, and records that break one."""

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from msgspec.structs import force_setattr, replace

from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import InvariantCases, WrongRecord, delete, edit, force
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    CREDIT_NOTE,
    DEBIT_NOTE,
    DRAFT,
    DRAFT_CREDIT_NOTE,
    INVOICE_RECEIPT,
    OTHER_INVOICE,
    OWNER,
    PARTLY_PAID,
    PROVIDER,
    RECEIPT,
    SETTLED,
    SIMPLIFIED,
    TEN_SCREWS,
    UNPAID,
)

SERIE_A: Final = 12345
PAYMENTS: Final[tuple[tuple[int, Mapping[str, Any], int], ...]] = (
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
)


def pay_twice(document: int, payment: Mapping[str, Any], status: int, api: Client) -> Iterator[None]:
    """Accepted or refused, the second time as well."""
    path = f"/documents/{document}/partial_payments.json"
    assert api.post(path, {"partial_payment": payment}).status == status
    yield
    api.post(path, {"partial_payment": payment})
    yield


def force_item(state: InvoiceXpressState) -> None:
    """Give an item another total; the document's own sum agrees with the item as it was."""
    invoice = state.invoices.get(UNPAID)
    assert invoice is not None
    item = copy.copy(invoice.items[0])
    force_setattr(item, "total", Decimal(5))
    force("invoices", UNPAID, items=(item,))(state)


def repeat_serie(state: InvoiceXpressState) -> None:
    """Give the account another sequence of the same serie, without documents."""
    sequence = state.sequences.get(SERIE_A)
    assert sequence is not None
    state.sequences.put(replace(sequence, id=99))


WRONG: Final = (
    WrongRecord(
        "credentials-are-of-one-record",
        edit("accounts", 98327, api_key="ix-test-key"),
        "accounts/98327: api_key is the same as that of accounts/104412",
    ),
    WrongRecord(
        "invoice-receipts-are-paid",
        edit("invoice_receipts", INVOICE_RECEIPT, status="final"),
        "invoice_receipts/538804: status is final, but an invoice-receipt with a number is settled",
    ),
    WrongRecord(
        "series-are-unique",
        repeat_serie,
        "sequences/99: serie is A, but sequences/12345 of the same account has it too",
    ),
    WrongRecord(
        "paid-is-what-receipts-add-up-to",
        edit("invoices", PARTLY_PAID, paid=Decimal("999.99")),
        "invoices/538204: paid is 999.99, but its receipts add up to 1000.00",
    ),
    WrongRecord(
        "paid-is-what-receipts-add-up-to",
        edit("simplified_invoices", SIMPLIFIED, paid=Decimal("0.01")),
        "simplified_invoices/538422: paid is 0.01, but its receipts add up to 0",
    ),
    WrongRecord(
        "paid-is-what-receipts-add-up-to",
        edit("receipts", RECEIPT, status="canceled"),
        "invoices/538204: paid is 1000.00, but its receipts add up to 0",
    ),
    WrongRecord(
        "settled-when-paid-in-full",
        edit("invoices", PARTLY_PAID, status="settled"),
        "invoices/538204: status is settled, but 1000.00 of 2422.85 are paid: it is final",
    ),
    WrongRecord(
        "settled-when-paid-in-full",
        edit("invoices", SETTLED, status="final"),
        "invoices/538218: status is final, but 451.66 of 451.66 are paid: it is settled",
    ),
    WrongRecord(
        "settled-when-paid-in-full",
        edit("invoices", ALL_FREE, status="settled"),
        "invoices/538401: status is settled, but 0 of 0.00 are paid: it is final",
    ),
    WrongRecord(
        "credited-is-what-credit-notes-take-off",
        edit("invoices", OWNER, credited=Decimal(1)),
        "invoices/538104: credited is 1, but its credit notes take off 0",
    ),
    WrongRecord(
        "credited-is-what-credit-notes-take-off",
        edit("invoice_receipts", INVOICE_RECEIPT, credited=Decimal(1)),
        "invoice_receipts/538804: credited is 1, but its credit notes take off 0",
    ),
    WrongRecord(
        "credited-is-what-credit-notes-take-off",
        edit("credit_notes", DRAFT_CREDIT_NOTE, credited=Decimal(1)),
        (
            "credit_notes/538881: credited is 1, but it is draft: it is 0 or 0",
            "invoices/538104: credited is 0, but its credit notes take off 1",
        ),
    ),
    WrongRecord(
        "notes-name-their-document",
        edit("debit_notes", DEBIT_NOTE, document=RECEIPT),
        "debit_notes/538901: document is 540179, which is no invoice or invoice-receipt",
    ),
    WrongRecord(
        "notes-name-their-document",
        edit("credit_notes", CREDIT_NOTE, document=OTHER_INVOICE),
        "credit_notes/538704: account is 104412, but the document 538722 is of the account 98327",
    ),
    WrongRecord(
        "no-receipt-of-a-draft-or-void-document",
        edit("invoices", PARTLY_PAID, status="canceled"),
        "invoices/538204: status is canceled, but it has receipts of 1000.00; there should be none",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("sequences", SERIE_A, current_receipt_number=28),
        "sequences/12345: current_receipt_number is 28, but its last receipt has 27",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("receipts", RECEIPT, sequence_number="25/A"),
        (
            "receipts/540179: its number is 25, but 26 is next in the serie A",
            "receipts/540226: its number is 27, but 26 is next in the serie A",
        ),
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("receipts", 540137, sequence_number="24/A"),
        "receipts/540179: its number is 26, but 25 is next in the serie A",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("receipts", 540137, sequence_number="25/B"),
        "receipts/540137: sequence_number is 25/B, but it is of the form 27/A",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("receipts", 540137, sequence_number="rascunho"),
        "receipts/540137: sequence_number is rascunho, but it is of the form 27/A",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("receipts", 540137, sequence_number=f"{'9' * 5000}/A"),
        f"receipts/540137: sequence_number is {'9' * 5000}/A, but it is of the form 27/A",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("sequences", SERIE_A, current_invoice_number=13),
        "sequences/12345: current_invoice_number is 13, but its last invoice has 14",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("sequences", SERIE_A, current_simplified_invoice_number=0),
        "sequences/12345: current_simplified_invoice_number is 0, but its last simplified invoice has 1",
    ),
    WrongRecord(
        "documents-are-numbered-without-gaps",
        edit("invoices", DRAFT, status="final"),
        "invoices/538267: sequence_number is rascunho, but it is of the form 27/A",
    ),
    WrongRecord(
        "settled-when-paid-in-full",
        edit("invoices", UNPAID, marked_settled=True),
        "invoices/1: status is final, but 0 of 1070.00 are paid and it is marked as settled: it is settled",
    ),
    WrongRecord(
        "receipts-name-a-document",
        edit("receipts", RECEIPT, account=98327),
        "receipts/540179: account is 98327, but the document 538204 is of the account 104412",
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        edit("credit_notes", CREDIT_NOTE, client=7),
        "credit_notes/538704: client is 7, but clients has no such record",
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        delete("sequences", 11874),
        (
            "invoices/538722: sequence_id is 11874, but sequences has no such record",
            "invoices/538743: sequence_id is 11874, but sequences has no such record",
        ),
    ),
    WrongRecord(
        "totals-add-up",
        force("invoices", UNPAID, total=Decimal("1070.01")),
        "invoices/1: total is 1070.01, but its parts add up to 1070.00",
    ),
    WrongRecord(
        "totals-add-up",
        force("credit_notes", CREDIT_NOTE, sum=Decimal(379), items=()),
        (
            "credit_notes/538704: sum is 379, but its parts add up to 0",
            "credit_notes/538704: taxes is 87.17, but its parts add up to 0",
        ),
    ),
    WrongRecord(
        "totals-add-up",
        force_item,
        (
            "invoices/1: taxes is 70.00, but its parts add up to -995.00",
            "invoices/1: items/0/total is 5, but its parts add up to 1070.00",
        ),
    ),
    *(
        WrongRecord(
            "receipts-name-a-document",
            edit("receipts", RECEIPT, document=document),
            (f"receipts/540179: document is {document}, which is no document that is paid",),
            others=("paid-is-what-receipts-add-up-to",),
        )
        for document in (7, CREDIT_NOTE)
    ),
)

CASES: Final = InvariantCases(
    provider=PROVIDER,
    make_client=lambda runtime: Client(runtime, root="/invoicexpress", query="api_key=ix-test-key"),
    calls={
        f"{document} paid with {payment}": partial(pay_twice, document, payment, status)
        for document, payment, status in PAYMENTS
    },
    wrong=WRONG,
)
