"""Statements of InvoiceXpress: invoices, simplified invoices, debit notes and invoice-receipts."""

from decimal import Decimal
from operator import attrgetter
from typing import Final

from paysandbox.core.money import ZERO
from paysandbox.kit.statements import Entries, Statement, Term, add_up, waive
from paysandbox.providers.invoicexpress.records import UNPAYABLE, Bill, InvoiceReceipt, InvoiceXpressState, Payable

_PAID: Final = "paid when it was issued"
_AMOUNTS: Final = ("sum", "discount", "before_taxes", "taxes", "total")
_LINE: Final = ("name", "description", "quantity", "unit_price", "discount", "tax_amount", "total")
_ENTRY: Final = ("sequence_number", "date", "status", "total")

_RECEIPTS: Final = Entries(
    title="Receipts",
    table="receipts",
    find=lambda state, document: state.receipts.all("document", document.id),
    properties=_ENTRY,
    amount=lambda _, __, receipt: None if receipt.is_void else -receipt.total,
)
_CREDIT_NOTES: Final = Entries(
    title="Credit notes",
    table="credit_notes",
    find=lambda state, document: state.credit_notes.all("document", document.id),
    properties=(*_ENTRY, "credited"),
    amount=lambda _, __, note: None if note.status in UNPAYABLE else -note.credited,
)
_DEBIT_NOTES: Final = Entries(
    title="Debit notes, each owed for itself",
    table="debit_notes",
    find=lambda state, document: state.debit_notes.all("document", document.id),
    properties=_ENTRY,
    amount=lambda _, __, ___: None,
)


def _list_terms(_: InvoiceXpressState, document: Payable) -> list[Term]:
    terms = [("total", document.total), ("paid", -document.paid), ("credited", -document.credited)]
    if document.status in UNPAYABLE:
        return waive(terms, document.status)
    return waive(terms, "marked as settled") if document.marked_settled else terms


def _find_owed(_: InvoiceXpressState, document: Payable) -> Decimal:
    return ZERO if document.status in UNPAYABLE else document.outstanding


def _list_receipt_terms(_: InvoiceXpressState, document: InvoiceReceipt) -> list[Term]:
    why = document.status if document.status in UNPAYABLE else _PAID
    return waive([("total", document.total)], why)


def _find_client(state: InvoiceXpressState, document: Bill) -> str | None:
    client = state.clients.get(document.client)
    return None if client is None else client.name


def _find_account(state: InvoiceXpressState, document: Bill) -> str | None:
    account = state.accounts.get(document.account)
    return None if account is None else account.organization_name


def _make_statement(table: str, title: str, *entries: Entries) -> Statement:
    return Statement(
        table=table,
        title=title,
        number=attrgetter("sequence_number"),
        status=attrgetter("status"),
        party=_find_client,
        party_title="Client",
        currency=lambda _, document: document.currency,
        total=lambda _, document: document.total,
        paid=lambda _, document: document.paid,
        owed=_find_owed,
        terms=_list_terms,
        told=("total", "paid"),
        company=_find_account,
        company_title="Account",
        amounts=_AMOUNTS,
        lines="items",
        line_properties=_LINE,
        entries=entries,
    )


_INVOICE_RECEIPTS: Final = Statement(
    table="invoice_receipts",
    title="Invoice-receipt",
    number=attrgetter("sequence_number"),
    status=attrgetter("status"),
    party=_find_client,
    party_title="Client",
    currency=lambda _, document: document.currency,
    total=lambda _, document: document.total,
    paid=lambda _, document: ZERO if document.status in UNPAYABLE else document.total,
    owed=lambda state, document: add_up(_list_receipt_terms(state, document)),
    terms=_list_receipt_terms,
    told=("total", _PAID),
    company=_find_account,
    company_title="Account",
    amounts=_AMOUNTS,
    lines="items",
    line_properties=_LINE,
    entries=(
        Entries(
            title="Credit notes, which give back what was paid",
            table="credit_notes",
            find=_CREDIT_NOTES.find,
            properties=_CREDIT_NOTES.properties,
            amount=lambda _, __, ___: None,
        ),
        _DEBIT_NOTES,
    ),
)

STATEMENTS: Final = (
    _make_statement("invoices", "Invoice", _RECEIPTS, _CREDIT_NOTES, _DEBIT_NOTES),
    _make_statement("simplified_invoices", "Simplified invoice", _RECEIPTS, _CREDIT_NOTES, _DEBIT_NOTES),
    _INVOICE_RECEIPTS,
    _make_statement("debit_notes", "Debit note", _RECEIPTS),
)
