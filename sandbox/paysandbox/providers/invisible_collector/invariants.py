"""Invariants of Invisible Collector: what holds of its records after every call.

Properties have their names on the wire. A debt's totals start at zero, so payments and notes explain all of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from paysandbox.core.money import strip_zeros
from paysandbox.kit.breaches import Breach
from paysandbox.kit.provider import Invariant
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState, Line, Note, Payment

_ENTRIES: Final[Mapping[str, str]] = {
    "paidTotal": "the lines of its final payments without a referenceNumber",
    "creditTotal": "the credit notes issued for it, and the lines of its final payments that reference a free one",
    "debitTotal": "the debit notes issued for it, and the lines of its final payments that reference a free one",
}
_LINKED: Final = "that of the latest line of a final payment that references it, else the one it was issued for"
# Credit and debit notes share their numbers, as a line's referenceNumber may be that of either.
_NUMBERED_TOGETHER: Final = (("debts",), ("credit_notes", "debit_notes"), ("payments",))


class _Entry(NamedTuple):
    """A line of a payment, and the documents that it refers to; None for a document that does not exist."""

    payment: Payment
    line: Line
    debt: Debt | None
    credit: Note | None
    debit: Note | None


def _find_wrong_totals(state: InvisibleCollectorState) -> Iterator[Breach]:
    sums = _add_up_entries(state)
    for debt in state.debts.records():
        held = {"paidTotal": debt.paid_total, "creditTotal": debt.credit_total, "debitTotal": debt.debit_total}
        for member, total in held.items():
            due = sums[member][debt.id]
            if total != due:
                rest = f"should be {strip_zeros(due)}: {_ENTRIES[member]}"
                yield Breach.of_value("debts", debt.id, member, strip_zeros(total), rest, strip_zeros(due))


def _find_wrong_statuses(state: InvisibleCollectorState) -> Iterator[Breach]:
    for debt in state.debts.records():
        unpaid = "SUSPENDED" if debt.suspended else "PENDING"
        due = "PAID" if debt.is_settled else unpaid
        if debt.status not in {due, "CANCELLED"}:
            settled, owed = debt.paid_total + debt.credit_total, debt.owed
            rest = f"should be {due}: {strip_zeros(settled)} of {strip_zeros(owed)} is paid or credited"
            yield Breach.of_value("debts", debt.id, "status", debt.status, rest, due)


def _find_wrong_payment_times(state: InvisibleCollectorState) -> Iterator[Breach]:
    for debt in state.debts.records():
        if debt.status == "PAID" and debt.paid_at is None:
            yield Breach("debts", debt.id, "paidAt is missing, should say when the debt was paid", "paidAt")
        elif debt.status in {"PENDING", "SUSPENDED"} and debt.paid_at is not None:
            rest = f"should be missing: the debt is {debt.status}"
            yield Breach.of_value("debts", debt.id, "paidAt", debt.paid_at, rest)


def _find_missing_documents(state: InvisibleCollectorState) -> Iterator[Breach]:
    for payment, line, debt, credit, debit in _list_entries(state):
        if debt is None:
            says = f"a line pays {line.number!r}, should name a debt of the same company"
            yield Breach("payments", payment.gid, says, "lines", line.number)
        if line.reference_number is not None and credit is None and debit is None:
            says = (
                f"a line references {line.reference_number!r}, should name a credit or debit note of the same company"
            )
            yield Breach("payments", payment.gid, says, "lines", line.reference_number)
    for table in (state.credit_notes, state.debit_notes):
        name = "credit_notes" if table is state.credit_notes else "debit_notes"
        for note in table.records():
            for member, debt_id in (("debt", note.debt), ("issuedFor", note.issued_for)):
                named = state.debts.get(debt_id)
                if debt_id is not None and (named is None or named.company != note.company):
                    yield Breach.of_value(name, note.id, member, debt_id, "should be a debt of the same company")


def _find_shared_numbers(state: InvisibleCollectorState) -> Iterator[Breach]:
    for tables in _NUMBERED_TOGETHER:
        first_records: dict[tuple[str, str], str] = {}
        for name in tables:
            for record in state.table(name).records():
                key = record.gid if name == "payments" else record.id
                first = first_records.setdefault((record.company, record.number), f"{name}/{key}")
                if first != f"{name}/{key}":
                    says = f"number is {record.number!r}, should be unique in its company: {first} has it too"
                    yield Breach(name, key, says, "number", record.number)


def _find_wrong_note_links(state: InvisibleCollectorState) -> Iterator[Breach]:
    due = Counter(
        (
            entry.payment.gid,
            entry.debt.id,
            entry.line.amount,
            entry.credit.id if entry.credit is not None else None,
            entry.debit.id if entry.debit is not None else None,
        )
        for entry in _list_entries(state)
        if entry.payment.status == "FINAL" and entry.debt is not None and (entry.credit or entry.debit) is not None
    )
    for link in state.note_links.records():
        entry = (link.payment, link.debt, link.amount, link.credit_note, link.debit_note)
        if due[entry] > 0:
            due[entry] -= 1
        else:
            yield Breach("note_links", link.id, "it has no line, should have one of a final payment with its amount")
    for (gid, debt, amount, credit, debit), missing in due.items():
        for _ in range(missing):
            note = f"a line of {strip_zeros(amount)} sets the note {credit or debit} against the debt {debt}"
            yield Breach("payments", gid, f"{note} without a note link, should have one", "lines")


def _find_wrong_debts_of_notes(state: InvisibleCollectorState) -> Iterator[Breach]:
    entries = [entry for entry in _list_entries(state) if entry.payment.status == "FINAL" and entry.debt is not None]
    entries.sort(key=lambda entry: (entry.payment.registered, entry.payment.date))
    latest = {
        note.id: entry.debt.id for entry in entries for note in (entry.credit, entry.debit) if note and entry.debt
    }
    for name, table in (("credit_notes", state.credit_notes), ("debit_notes", state.debit_notes)):
        for note in table.records():
            due = latest.get(note.id, note.issued_for)
            if note.debt != due:
                yield Breach.of_value(name, note.id, "debt", note.debt, f"should be {due}: {_LINKED}", due)


def _find_shared_names_of_customers(state: InvisibleCollectorState) -> Iterator[Breach]:
    first_records: dict[tuple[str, str, str], str] = {}
    for customer in state.customers.records():
        for member, value in (("vatNumber", customer.vat_number), ("externalId", customer.external_id)):
            if value is None:
                continue
            first = first_records.setdefault((customer.company, member, value), customer.gid)
            if first != customer.gid:
                says = f"{member} is {value!r}, should be unique in its company: customers/{first} has it too"
                yield Breach("customers", customer.gid, says, member, value)


def _find_missing_customers(state: InvisibleCollectorState) -> Iterator[Breach]:
    for contact in state.contacts.records():
        if state.customers.get(contact.customer) is None:
            yield Breach.of_value("contacts", contact.id, "customer", contact.customer, "should be a customer")
    for debt in state.debts.records():
        customer = state.customers.get(debt.customer_id)
        if customer is None or customer.company != debt.company:
            rest = "should be a customer of the same company"
            yield Breach.of_value("debts", debt.id, "customerId", debt.customer_id, rest)


def _find_wrong_members(state: InvisibleCollectorState) -> Iterator[Breach]:
    for member in state.group_members.records():
        group, customer = state.groups.get(member.group), state.customers.get(member.customer)
        if group is None or customer is None or group.company != customer.company:
            yield Breach("group_members", member.id, "should join a group and a customer of one company")
    names = Counter((group.company, group.name) for group in state.groups.records())
    for group in state.groups.records():
        if names[group.company, group.name] > 1:
            says = f"name is {group.name!r}, should be unique in its company"
            yield Breach("groups", group.id, says, "name", group.name)


def _list_entries(state: InvisibleCollectorState) -> Iterator[_Entry]:
    """Yield every line of every payment, cancelled payments included."""
    for payment in state.payments.records():
        for line in payment.lines:
            credit = debit = None
            if line.reference_number is not None:
                credit, debit = state.find_note(payment.company, line.reference_number)
            yield _Entry(payment, line, state.debts.find("number", (payment.company, line.number)), credit, debit)


def _add_up_entries(state: InvisibleCollectorState) -> Mapping[str, defaultdict[str, Decimal]]:
    """Return what each total of each debt should be, by wire name and the debt's id."""
    sums: Mapping[str, defaultdict[str, Decimal]] = {member: defaultdict(Decimal) for member in _ENTRIES}
    for member, table in (("creditTotal", state.credit_notes), ("debitTotal", state.debit_notes)):
        for note in table.records():
            if note.issued_for is not None:
                sums[member][note.issued_for] += note.gross_total
    for payment, line, debt, credit, debit in _list_entries(state):
        if payment.status != "FINAL" or debt is None:
            continue
        if line.reference_number is None:
            sums["paidTotal"][debt.id] += line.amount
        elif credit is not None and credit.issued_for is None:
            sums["creditTotal"][debt.id] += line.amount
        elif debit is not None and debit.issued_for is None:
            sums["debitTotal"][debt.id] += line.amount
    return sums


INVARIANTS: Final = (
    Invariant(
        id="debt-totals-are-their-entries",
        says="A debt's paidTotal, creditTotal and debitTotal are the sums of its final payments' lines and its notes.",
        broken=_find_wrong_totals,
    ),
    Invariant(
        id="debt-status-follows-totals",
        says=(
            "A debt that is not CANCELLED is PAID if something is paid or credited and paidTotal + creditTotal >= "
            "grossTotal + debitTotal, else PENDING or SUSPENDED; a debt created as PAID owes nothing of its grossTotal."
        ),
        broken=_find_wrong_statuses,
    ),
    Invariant(
        id="paid-debt-says-when",
        says="A PAID debt has a paidAt, a PENDING or SUSPENDED debt has none.",
        broken=_find_wrong_payment_times,
    ),
    Invariant(
        id="named-documents-exist",
        says="Every document that a payment's line or a note refers to exists in the same company.",
        broken=_find_missing_documents,
    ),
    Invariant(
        id="numbers-unique-per-company",
        says="Numbers are unique within a company: among its debts, among its notes, and among its payments.",
        broken=_find_shared_numbers,
    ),
    Invariant(
        id="customers-unique-per-company",
        says="VAT numbers and external ids of customers are unique within a company.",
        broken=_find_shared_names_of_customers,
    ),
    Invariant(
        id="named-customers-exist",
        says="Every debt is of a customer of the same company, and every contact of a customer.",
        broken=_find_missing_customers,
    ),
    Invariant(
        id="groups-are-of-one-company",
        says="A group has customers of its own company, and a name of its own there.",
        broken=_find_wrong_members,
    ),
    Invariant(
        id="note-links-are-lines",
        says="Each line with a referenceNumber of a final payment has one note link, and each note link has a line.",
        broken=_find_wrong_note_links,
    ),
    Invariant(
        id="notes-name-their-latest-debt",
        says="A note's debt is that of the latest line of a final payment that references it, else its issuedFor.",
        broken=_find_wrong_debts_of_notes,
    ),
)
