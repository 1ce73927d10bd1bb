"""Statements of Invisible Collector: debts, the payments whose lines lower them, and their credit and debit notes."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from paysandbox.core.money import ZERO
from paysandbox.kit.statements import Entries, Statement, Term, add_up, waive
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState, Note, NoteLink, Payment

_NOTE: Final = ("number", "date", "grossTotal", "description")


def _list_terms(_: InvisibleCollectorState, debt: Debt) -> list[Term]:
    terms = [("grossTotal", debt.gross_total)]
    if debt.told_paid_at is not None:
        terms = waive(terms, "created as PAID")
    terms += [("debitTotal", debt.debit_total), ("paidTotal", -debt.paid_total), ("creditTotal", -debt.credit_total)]
    if debt.status == "CANCELLED":
        return waive(terms, debt.status)
    return waive(terms, "paid beyond what is owed") if add_up(terms) < ZERO else terms


def _find_owed(_: InvisibleCollectorState, debt: Debt) -> Decimal:
    return ZERO if debt.status == "CANCELLED" else debt.outstanding


def _find_payments(state: InvisibleCollectorState, debt: Debt) -> list[Payment]:
    return state.payments.all("debt_number", (debt.company, debt.number))


def _lower_by_lines(_: InvisibleCollectorState, debt: Debt, payment: Payment) -> Decimal | None:
    """Return what a payment's lines in money take off; what a line sets against the debt counts with its note."""
    if payment.status != "FINAL":
        return None
    lines = [line for line in payment.lines if line.number == debt.number and line.reference_number is None]
    return -sum((line.amount for line in lines), ZERO) if lines else None


def _find_links(state: InvisibleCollectorState, debt: Debt) -> Iterable[NoteLink]:
    for payment in _find_payments(state, debt):
        yield from (link for link in state.note_links.all("payment", payment.gid) if link.debt == debt.id)


def _make_note_entries(title: str, table: str, kind: str, sign: int) -> Entries:
    """Declare the notes that were issued for a debt or set against it; `kind` is their attribute in a link."""
    get_note: Callable[[NoteLink], str | None] = attrgetter(kind)

    def find(state: InvisibleCollectorState, debt: Debt) -> list[Any]:
        notes = state.table(table)
        found = {note.id: note for note in notes.all("issued_for", debt.id)}
        linked = (notes.get(get_note(link)) for link in _find_links(state, debt))
        return list((found | {note.id: note for note in linked if note is not None}).values())

    def find_amount(state: InvisibleCollectorState, debt: Debt, note: Note) -> Decimal | None:
        if note.issued_for is not None:
            return sign * note.gross_total if note.issued_for == debt.id else None
        return sign * sum((link.amount for link in _find_links(state, debt) if get_note(link) == note.id), ZERO)

    return Entries(title=title, table=table, find=find, properties=_NOTE, amount=find_amount)


def _find_customer(state: InvisibleCollectorState, debt: Debt) -> str | None:
    customer = state.customers.get(debt.customer_id)
    return None if customer is None else customer.name


def _find_company(state: InvisibleCollectorState, debt: Debt) -> str | None:
    company = state.companies.get(debt.company)
    return None if company is None else company.name


STATEMENTS: Final = (
    Statement(
        table="debts",
        title="Debt",
        number=attrgetter("number"),
        status=attrgetter("status"),
        party=_find_customer,
        party_title="Customer",
        currency=lambda _, debt: debt.currency,
        total=lambda _, debt: debt.gross_total,
        paid=lambda _, debt: debt.paid_total,
        owed=_find_owed,
        terms=_list_terms,
        told=("grossTotal", "paidTotal"),
        company=_find_company,
        amounts=("netTotal", "tax", "grossTotal"),
        lines="items",
        line_properties=("name", "description", "quantity", "vat", "price"),
        entries=(
            Entries(
                title="Payments",
                table="payments",
                find=_find_payments,
                properties=("number", "date", "type", "status"),
                amount=_lower_by_lines,
            ),
            _make_note_entries("Credit notes", "credit_notes", "credit_note", -1),
            _make_note_entries("Debit notes", "debit_notes", "debit_note", 1),
        ),
    ),
)
