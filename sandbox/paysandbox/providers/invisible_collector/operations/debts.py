"""Operations on debts, and on the credit and debit notes that change them.

Source: the vendor's pages for /debts, of which the content is known, but not the wording.
"""

from typing import Any, Literal

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.providers.invisible_collector import ledger, rules, wire
from paysandbox.providers.invisible_collector.lookup import find_customer, require_debt
from paysandbox.providers.invisible_collector.records import Customer, Debt, InvisibleCollectorState, Note
from paysandbox.providers.invisible_collector.rules import Entry
from paysandbox.store.tables import Table


def create_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a debt of a customer.

    Raises:
        NotAllowed: the due date is before the date, the company has no such customer, or two customers are named.
        Conflict: the company has a debt with this number.
    """
    if call.body.get("customer") is not None:
        call.rule("customer-is-another-name-of-customer-id")
    debt = wire.read_debt(call.body, call.principal)
    if call.body.get("status") is None:
        call.rule("status-defaults-to-pending")
    if call.body.get("grossTotal") is None:
        call.rule("gross-total-defaults-to-net-and-tax")
    rule = call.rule("debt-is-not-due-before-its-date")
    if debt.due_date < debt.date:
        raise NotAllowed(f"{debt.due_date} is before the date {debt.date}", rule=rule, at="/dueDate")
    rule = call.rule("debt-number-unique-per-company")
    existing = state.debts.find("number", (debt.company, debt.number))
    if existing is not None:
        facts = {"gid": existing.id, "what": "debt"}
        raise Conflict(f"this company has a debt {debt.number!r}", rule=rule, at="/number", facts=facts)
    debt = replace(debt, id=state.uuid("debt"), customer_id=_find_customer(call, state, debt).gid)
    if debt.status == "SUSPENDED":
        debt = replace(debt, suspended=True)
    if debt.status == "PAID":
        call.rule("debt-told-paid-owes-its-notes-only")
        now = f"{state.now():%Y-%m-%dT%H:%M:%SZ}"
        debt = replace(debt, paid_at=now, told_paid_at=now)
    state.debts.put(debt)
    return Reply(201, wire.write_debt(debt, state.variants["debt_id_name"]))


def find_debts(call: Call, state: InvisibleCollectorState) -> Reply:
    """List the company's debts that match every parameter.

    Raises:
        NotAllowed: a range of dates ends before it begins.
    """
    query: dict[str, Any] = {name: None if value == "" else value for name, value in call.query.items()}
    if query != call.query:
        call.rule("empty-parameter-is-not-given")
    call.rule("every-parameter-narrows")
    for first, last in (("from_date", "to_date"), ("from_duedate", "to_duedate")):
        if query[first] is not None and query[last] is not None:
            rule = call.rule("range-does-not-end-before-it-begins")
            if query[first] > query[last]:
                raise NotAllowed(f"{query[first]} is after {last}, {query[last]}", rule=rule, at=f"?{first}")
    if query["number"] is None:
        found = state.debts.all("company", call.principal)
    else:
        found = state.debts.all("number", (call.principal, query["number"]))
    dates, due_dates = (query["from_date"], query["to_date"]), (query["from_duedate"], query["to_duedate"])
    if any((*dates, *due_dates)):
        call.rule("ranges-include-their-ends")
    attributes = query.get("attributes") or {}
    debts = [
        wire.write_debt(debt, state.variants["debt_id_name"])
        for debt in found
        if rules.is_within(debt.date, *dates)
        and rules.is_within(debt.due_date, *due_dates)
        and attributes.items() <= debt.attributes.items()
    ]
    return Reply(200, debts)


def get_debt(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return a debt with its paid, credit and debit totals.

    Raises:
        NotFound: the company has no such debt.
    """
    return Reply(200, wire.write_debt(require_debt(call, state), state.variants["debt_id_name"]))


def create_credit_note(call: Call, state: InvisibleCollectorState) -> Reply:
    """Issue a credit note, which lowers what is owed on a debt.

    Raises:
        NotFound: the company has no such debt.
        Conflict: the company has a credit or debit note with this number.
    """
    return _create_note(call, state, state.credit_notes, "credit")


def create_debit_note(call: Call, state: InvisibleCollectorState) -> Reply:
    """Issue a debit note, which raises what is owed on a debt.

    Raises:
        NotFound: the company has no such debt.
        Conflict: the company has a credit or debit note with this number.
    """
    return _create_note(call, state, state.debit_notes, "debit")


def _find_customer(call: Call, state: InvisibleCollectorState, debt: Debt) -> Customer:
    """Return the debt's customer, named by gid or by external id, as `customerId`, as `customer` or as both."""
    rule = call.rule("customer-is-of-this-company")
    customer = find_customer(call, state, debt.customer_id)
    if customer is None:
        named = "customer" if call.body.get("customerId") is None else "customerId"
        raise NotAllowed(f"this company has no customer {debt.customer_id!r}", rule=rule, at=f"/{named}")
    other = call.body.get("customer")
    if other not in {None, debt.customer_id} and find_customer(call, state, other) != customer:
        raise NotAllowed(
            f"{other!r} is not the customer that customerId names, {debt.customer_id!r}",
            rule="customer-is-another-name-of-customer-id",
            at="/customer",
        )
    return customer


def _create_note(
    call: Call, state: InvisibleCollectorState, table: Table[Note], kind: Literal["credit", "debit"]
) -> Reply:
    debt = require_debt(call, state)
    note = wire.read_note(call.body, debt)
    rule = call.rule("note-number-unique-per-company")
    credit, debit = state.find_note(note.company, note.number)
    existing = credit or debit
    if existing is not None:
        facts = {"gid": existing.id, "what": "credit or debit note"}
        message = f"this company has a credit or debit note {note.number!r}"
        raise Conflict(message, rule=rule, at="/number", facts=facts)
    note = replace(note, id=state.uuid(f"{kind}-note"), registered=state.next_registration())
    table.put(note)
    call.rule("note-changes-its-debt")
    entry = Entry(note.date, **{kind: note.gross_total})
    ledger.update_debt(call, state, debt, rules.add_entry(debt, entry))
    return Reply(201, wire.write_note(note))
