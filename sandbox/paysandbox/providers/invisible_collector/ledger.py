"""The ledger of debts, shared by the operations on payments and on notes: what counts on a debt, and its totals."""

from collections.abc import Iterator

from paysandbox.core.messages import Call
from paysandbox.providers.invisible_collector import rules
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState, Line, Payment
from paysandbox.providers.invisible_collector.rules import Entry


def update_debt(call: Call, state: InvisibleCollectorState, before: Debt, after: Debt) -> None:
    """Store a debt whose totals have changed."""
    if after.status != before.status:
        call.rule("debt-status-follows-totals")
    state.debts.put(after)


def take_back_payment(call: Call, state: InvisibleCollectorState, payment: Payment) -> None:
    """Remove the entries of a final payment from its debts, and delete its note links.

    The payment must be deleted or cancelled already, because its debts are recalculated from the payments still there.
    """
    call.rule("debts-are-recalculated")
    removed: dict[str, list[Entry]] = {}
    for line in payment.lines:
        debt = state.debts.find("number", (payment.company, line.number))
        if debt is not None:  # no operation deletes a debt, but the control API can
            removed.setdefault(debt.id, []).append(_build_entry(state, payment, line))
    for debt_id, entries in removed.items():
        before = state.debts.get(debt_id)
        assert before is not None
        update_debt(call, state, before, rules.remove_entries(before, entries, _read_entries(state, before)))
    for link in state.note_links.all("payment", payment.gid):
        call.rule("note-link-goes-with-its-payment")
        state.note_links.delete(link.id)


def _read_entries(state: InvisibleCollectorState, debt: Debt) -> Iterator[Entry]:
    """Yield all entries of a debt, oldest first.

    A generator, so that it costs nothing where a debt is not PAID and its entries are not needed.
    """
    found = [
        (note.registered, Entry(note.date, credit=note.gross_total)) for note in state.credit_notes.all("debt", debt.id)
    ]
    found += [
        (note.registered, Entry(note.date, debit=note.gross_total)) for note in state.debit_notes.all("debt", debt.id)
    ]
    found += [
        (payment.registered, _build_entry(state, payment, line))
        for payment in state.payments.all("company", debt.company)
        if payment.status == "FINAL"
        for line in payment.lines
        if line.number == debt.number
    ]
    for _, entry in sorted(found, key=lambda registered: (registered[0], registered[1].date)):
        yield entry


def _build_entry(state: InvisibleCollectorState, payment: Payment, line: Line) -> Entry:
    """Build the entry of a payment's line: money, or a note."""
    if line.reference_number is None:
        return Entry(payment.date, paid=line.amount)
    # A note that was issued for a debt has an entry of its own there, so that the line adds nothing.
    credit, debit = state.find_note(payment.company, line.reference_number)
    if credit is not None:
        return Entry(payment.date, credit=line.amount) if credit.debt is None else Entry(payment.date)
    return Entry(payment.date, debit=line.amount) if debit is not None and debit.debt is None else Entry(payment.date)
