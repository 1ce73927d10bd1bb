"""The ledger of debts, shared by the operations on payments and on notes: what counts on a debt, and its totals."""

from collections.abc import Iterator

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.providers.invisible_collector import rules
from paysandbox.providers.invisible_collector.records import (
    Debt,
    InvisibleCollectorState,
    Line,
    Note,
    NoteLink,
    Payment,
)
from paysandbox.providers.invisible_collector.rules import Entry
from paysandbox.store.tables import Table


def update_debt(call: Call, state: InvisibleCollectorState, before: Debt, after: Debt) -> None:
    """Store a debt whose totals have changed."""
    if after.status != before.status:
        call.rule("debt-status-follows-totals")
    state.debts.put(after)


def take_back_payment(call: Call, state: InvisibleCollectorState, payment: Payment) -> None:
    """Remove the entries of a final payment from its debts, and delete its note links; their notes name former debts.

    The payment must be deleted or cancelled already, because its debts are recalculated from the payments still there.
    """
    call.rule("debts-are-recalculated")
    removed: dict[str, list[Entry]] = {}
    for line in payment.lines:
        debt = state.debts.find("number", (payment.company, line.number))
        if debt is not None:  # no operation deletes a debt, but the control API can
            removed.setdefault(debt.id, []).append(build_entry(state, payment, line))
    for debt_id, entries in removed.items():
        before = state.debts.get(debt_id)
        assert before is not None
        update_debt(call, state, before, rules.remove_entries(before, entries, _read_entries(state, before)))
    links = state.note_links.all("payment", payment.gid)
    for link in links:
        call.rule("note-link-goes-with-its-payment")
        state.note_links.delete(link.id)
    for link in links:
        _restore_former_link(call, state, link)


def link_note(call: Call, state: InvisibleCollectorState, link: NoteLink) -> None:
    """Store a new note link; the note names the link's debt from now on."""
    state.note_links.put(link)
    call.rule("note-names-its-latest-debt")
    for table, note in _list_notes(state, link):
        if note.debt != link.debt:
            table.put(replace(note, debt=link.debt))


def _restore_former_link(call: Call, state: InvisibleCollectorState, deleted: NoteLink) -> None:
    """Let the note of a deleted link name the debt of its latest other link, or else the one that it was issued for."""
    for table, note in _list_notes(state, deleted):
        remaining = state.note_links.all("debit_note" if deleted.credit_note is None else "credit_note", note.id)
        # Sorting keeps the order of a payment's own lines.
        remaining.sort(key=lambda link: _read_order(state, link))
        debt = remaining[-1].debt if remaining else note.issued_for
        if debt != note.debt:
            call.rule("former-note-link-comes-back")
            table.put(replace(note, debt=debt))


def _list_notes(state: InvisibleCollectorState, link: NoteLink) -> Iterator[tuple[Table[Note], Note]]:
    """Yield the note of a link, with its table."""
    for table, note_id in ((state.credit_notes, link.credit_note), (state.debit_notes, link.debit_note)):
        note = table.get(note_id)
        if note is not None:
            yield table, note


def _read_order(state: InvisibleCollectorState, link: NoteLink) -> tuple[int, str]:
    """Read what orders links: when their payments were registered, and the dates of payments of the fixtures."""
    payment = state.payments.get(link.payment)
    return (0, "") if payment is None else (payment.registered, payment.date)


def _read_entries(state: InvisibleCollectorState, debt: Debt) -> Iterator[Entry]:
    """Yield all entries of a debt, oldest first.

    A generator, so that it costs nothing where a debt is not PAID and its entries are not needed.
    """
    found = [
        (note.registered, Entry(note.date, credit=note.gross_total))
        for note in state.credit_notes.all("issued_for", debt.id)
    ]
    found += [
        (note.registered, Entry(note.date, debit=note.gross_total))
        for note in state.debit_notes.all("issued_for", debt.id)
    ]
    found += [
        (payment.registered, build_entry(state, payment, line))
        for payment in state.payments.all("debt_number", (debt.company, debt.number))
        if payment.status == "FINAL"
        for line in payment.lines
        if line.number == debt.number
    ]
    for _, entry in sorted(found, key=lambda registered: (registered[0], registered[1].date)):
        yield entry


def build_entry(state: InvisibleCollectorState, payment: Payment, line: Line) -> Entry:
    """Build the entry of a payment's line: money, or a note."""
    if line.reference_number is None:
        return Entry(payment.date, paid=line.amount)
    # A note that was issued for a debt has an entry of its own there, so that the line adds nothing.
    credit, debit = state.find_note(payment.company, line.reference_number)
    if credit is not None:
        return Entry(payment.date, credit=line.amount) if credit.issued_for is None else Entry(payment.date)
    return (
        Entry(payment.date, debit=line.amount)
        if debit is not None and debit.issued_for is None
        else Entry(payment.date)
    )
