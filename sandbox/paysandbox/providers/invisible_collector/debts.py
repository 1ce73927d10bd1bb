"""Invisible Collector's operations on debts and on the notes that change them, in the order of its contract."""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound
from paysandbox.providers.invisible_collector import ledger, rules, wire
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState, Note
from paysandbox.providers.invisible_collector.rules import Entry


def create_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a debt of a customer.

    Raises:
        NotAllowed: it is due before its date.
        Conflict: a debt has this number.
        NotFound: this company does not have the customer.
    """
    debt = wire.read_debt(call.body, call.principal)
    if call.body.get("status") is None:
        call.rule("status-defaults-to-pending")
    if call.body.get("grossTotal") is None:
        call.rule("gross-total-defaults-to-net-and-tax")
    rule = call.rule("debt-is-not-due-before-its-date")
    if debt.due_date < debt.date:
        raise NotAllowed(f"the debt of {debt.date} cannot be due on {debt.due_date}, which is earlier", rule=rule)
    rule = call.rule("debt-number-unique-per-company")
    held = state.debts.find("number", (debt.company, debt.number))
    if held is not None:
        raise Conflict(f"this company has a debt {debt.number!r}", rule=rule, facts={"gid": held.id, "what": "debt"})
    rule = call.rule("customer-is-of-this-company")
    customer = state.customers.get(debt.customer_id)
    if customer is None or customer.company != debt.company:
        raise NotFound(f"this company has no customer {debt.customer_id}", rule=rule, facts={"what": "customer"})
    debt = replace(debt, id=state.uuid("debt"))
    if debt.status == "PAID":
        call.rule("debt-told-paid-owes-its-notes-only")
        now = f"{state.now():%Y-%m-%dT%H:%M:%SZ}"
        debt = replace(debt, paid_at=now, told_paid_at=now)
    state.debts.put(debt)
    return Reply(201, wire.debt(debt))


def find_debts(call: Call, state: InvisibleCollectorState) -> Reply:
    """The company's debts that fit every parameter.

    Raises:
        NotAllowed: a range ends before it begins.
    """
    query = call.query
    call.rule("every-parameter-narrows")
    for first, last in (("from_date", "to_date"), ("from_duedate", "to_duedate")):
        if query[first] is not None and query[last] is not None:
            rule = call.rule("range-does-not-end-before-it-begins")
            if query[first] > query[last]:
                raise NotAllowed(f"{first}={query[first]} is after {last}={query[last]}", rule=rule)
    if query["number"] is None:
        found = state.debts.all("company", call.principal)
    else:
        found = state.debts.all("number", (call.principal, query["number"]))
    dates, due_dates = (query["from_date"], query["to_date"]), (query["from_duedate"], query["to_duedate"])
    if any((*dates, *due_dates)):
        call.rule("ranges-include-their-ends")
    return Reply(
        200,
        [wire.debt(one) for one in found if rules.within(one.date, *dates) and rules.within(one.due_date, *due_dates)],
    )


def get_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """A debt, with what is paid, credited and debited of it.

    Raises:
        NotFound: this company has no such debt.
    """
    return Reply(200, wire.debt(_named(call, state)))


def create_credit_note(call: Call, state: InvisibleCollectorState) -> Reply:
    """Issue a note that takes from what is owed on a debt.

    Raises:
        NotFound: this company has no such debt.
        Conflict: a note has this number.
    """
    debt = _named(call, state)
    note = _issued(call, state, debt)
    note = replace(note, id=state.uuid("credit-note"), registered=ledger.next_place(state))
    state.credit_notes.put(note)
    _count(call, state, debt, Entry(note.date, credit=note.gross_total))
    return Reply(201, wire.note(note))


def create_debit_note(call: Call, state: InvisibleCollectorState) -> Reply:
    """Issue a note that adds to what is owed on a debt.

    Raises:
        NotFound: this company has no such debt.
        Conflict: a note has this number.
    """
    debt = _named(call, state)
    note = _issued(call, state, debt)
    note = replace(note, id=state.uuid("debit-note"), registered=ledger.next_place(state))
    state.debit_notes.put(note)
    _count(call, state, debt, Entry(note.date, debit=note.gross_total))
    return Reply(201, wire.note(note))


def _named(call: Call, state: InvisibleCollectorState) -> Debt:
    """The debt that the path names."""
    rule = call.rule("debt-is-of-this-company")
    debt = state.debts.get(call.path["id"])
    if debt is None or debt.company != call.principal:
        raise NotFound(f"this company has no debt {call.path['id']}", rule=rule, facts={"what": "debt"})
    return debt


def _issued(call: Call, state: InvisibleCollectorState, debt: Debt) -> Note:
    """The note that is asked for, its id still empty."""
    note = wire.read_note(call.body, debt)
    rule = call.rule("note-number-unique-per-company")
    place = (note.company, note.number)
    held = state.credit_notes.find("number", place) or state.debit_notes.find("number", place)
    if held is not None:
        facts = {"gid": held.id, "what": "credit or debit note"}
        raise Conflict(f"this company has a credit or debit note {note.number!r}", rule=rule, facts=facts)
    return note


def _count(call: Call, state: InvisibleCollectorState, debt: Debt, entry: Entry) -> None:
    call.rule("note-changes-its-debt")
    ledger.follow(call, state, debt, rules.counted(debt, entry))
