"""What counts on a debt, and how it follows: for the operations on payments and for those on notes."""

from collections.abc import Iterator

from paysandbox.core.messages import Call
from paysandbox.providers.invisible_collector import rules
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState, Line, Payment
from paysandbox.providers.invisible_collector.rules import Entry


def next_place(state: InvisibleCollectorState) -> int:
    """The place of what is registered now among payments and notes; whatever comes later gets a greater one."""
    return sum(state.counters().values())


def follow(call: Call, state: InvisibleCollectorState, before: Debt, after: Debt) -> None:
    """Keep a debt whose totals have changed."""
    if after.status != before.status:
        call.rule("debt-status-follows-totals")
    state.debts.put(after)


def uncount(call: Call, state: InvisibleCollectorState, payment: Payment) -> None:
    """Take a final payment, which is cancelled or gone by now, back from its debts, and its links from their notes."""
    call.rule("debts-are-recalculated")
    gone: dict[str, list[Entry]] = {}
    for line in payment.lines:
        debt = state.debts.find("number", (payment.company, line.number))
        if debt is not None:  # only who edits the state by hand can take a debt away
            gone.setdefault(debt.id, []).append(_entry(state, payment, line))
    for key, entries in gone.items():
        before = state.debts.get(key)
        assert before is not None
        follow(call, state, before, rules.uncounted(before, entries, _counting(state, before)))
    for link in state.note_links.all("payment", payment.gid):
        call.rule("note-link-goes-with-its-payment")
        state.note_links.delete(link.id)


def _counting(state: InvisibleCollectorState, debt: Debt) -> Iterator[Entry]:
    """All that counts on a debt, oldest first; nothing is looked up before the first one is asked for."""
    found = [
        (note.registered, Entry(note.date, credit=note.gross_total)) for note in state.credit_notes.all("debt", debt.id)
    ]
    found += [
        (note.registered, Entry(note.date, debit=note.gross_total)) for note in state.debit_notes.all("debt", debt.id)
    ]
    found += [
        (payment.registered, _entry(state, payment, line))
        for payment in state.payments.all("company", debt.company)
        if payment.status == "FINAL"
        for line in payment.lines
        if line.number == debt.number
    ]
    for _, entry in sorted(found, key=lambda one: (one[0], one[1].date)):
        yield entry


def _entry(state: InvisibleCollectorState, payment: Payment, line: Line) -> Entry:
    """What a line counts: money, or a free note; a note that was issued for a debt counts there by itself."""
    if line.reference_number is None:
        return Entry(payment.date, paid=line.amount)
    place = (payment.company, line.reference_number)
    credit = state.credit_notes.find("number", place)
    if credit is not None:
        return Entry(payment.date, credit=line.amount) if credit.debt is None else Entry(payment.date)
    debit = state.debit_notes.find("number", place)
    return Entry(payment.date, debit=line.amount) if debit is not None and debit.debt is None else Entry(payment.date)
