"""Invisible Collector's operations on payments, in the order of its contract."""

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotFound
from paysandbox.providers.invisible_collector import ledger, rules, wire
from paysandbox.providers.invisible_collector.records import (
    Debt,
    InvisibleCollectorState,
    Line,
    Note,
    NoteLink,
    Payment,
)
from paysandbox.providers.invisible_collector.rules import Entry


class Documents(NamedTuple):
    """What a payment's line names: a debt's id, and the credit or debit note that its reference number is."""

    line: Line
    debt: str
    credit: Note | None
    debit: Note | None


def create_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a payment and update the debts that it references.

    Source: vendor page, POST /payments.

    Raises:
        Conflict: a different payment has this number.
        NotFound: a line names a document that this company does not have.
    """
    payment = wire.read_payment(call.body, call.principal)
    if call.body.get("status") is None:
        call.rule("status-defaults-to-final")
    call.rule("number-unique-per-company")
    held = state.payments.find("number", (payment.company, payment.number))
    if held is not None:
        return _repeated(call, held, payment)
    documents = _documents(state, payment)
    if rules.totals_differ(payment):
        call.rule("totals-are-taken-as-given")
    payment = replace(payment, gid=state.uuid("payment"), registered=ledger.next_place(state))
    state.payments.put(payment)
    if payment.status == "CANCELLED":
        call.rule("cancelled-payment-does-not-count")
    else:
        _count(call, state, payment, documents)
    return Reply(201, wire.payment(payment))


def get_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """The payment with this external id.

    Raises:
        NotFound: this company has none.
    """
    return Reply(200, wire.payment(_named(call, state)))


def delete_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Forget a payment; the debts that it paid are owed again.

    Raises:
        NotFound: this company has none with this external id.
    """
    payment = _named(call, state)
    call.rule("deleted-payment-is-gone")
    state.payments.delete(payment.gid)
    if payment.status == "FINAL":
        ledger.uncount(call, state, payment)
    return Reply(200, wire.payment(payment))


def cancel_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Keep a payment that counts no more; the debts that it paid are owed again.

    Raises:
        NotFound: this company has none with this external id.
    """
    payment = _named(call, state)
    if payment.status == "CANCELLED":
        call.rule("cancelling-is-idempotent")
        return Reply(200, wire.payment(payment))
    cancelled = replace(payment, status="CANCELLED")
    state.payments.put(cancelled)
    ledger.uncount(call, state, payment)
    return Reply(200, wire.payment(cancelled))


def _named(call: Call, state: InvisibleCollectorState) -> Payment:
    """The payment that the path names."""
    rule = call.rule("path-id-is-the-external-id")
    place = (call.principal, call.path["externalId"])
    payment = state.payments.find("external_id", place)
    if payment is None:
        raise NotFound(
            f"this company has no payment with the externalId {place[1]!r}", rule=rule, facts={"what": "payment"}
        )
    if state.payments.count("external_id", place) > 1:
        call.rule("first-payment-of-an-external-id")
    return payment


def _repeated(call: Call, held: Payment, payment: Payment) -> Reply:
    call.rule("same-payment-is-judged-by-value")
    if not rules.same_payment(held, payment):
        raise Conflict(
            f"the payment {held.number!r} is held already, and differs from this one",
            rule="different-payment-same-number-conflicts",
            facts={"gid": held.gid},
        )
    call.rule("identical-repeat-is-idempotent")
    return Reply(200, wire.payment(held))


def _documents(state: InvisibleCollectorState, payment: Payment) -> list[Documents]:
    """What each line names."""
    found, missing = [], []
    for line in payment.lines:
        debt = state.debts.find("number", (payment.company, line.number))
        if debt is None:
            missing.append(f"no debt {line.number!r}")
        credit = debit = None
        if line.reference_number is not None:
            place = (payment.company, line.reference_number)
            credit = state.credit_notes.find("number", place)
            debit = None if credit is not None else state.debit_notes.find("number", place)
            if credit is None and debit is None:
                missing.append(f"no credit or debit note {line.reference_number!r}")
        if debt is not None:
            found.append(Documents(line, debt.id, credit, debit))
    if missing:
        raise NotFound(f"this company has {', '.join(dict.fromkeys(missing))}", rule="unknown-document-is-404")
    return found


def _count(call: Call, state: InvisibleCollectorState, payment: Payment, documents: list[Documents]) -> None:
    """Let each line of a final payment take effect on its debt."""
    if len(documents) > 1:
        call.rule("two-documents-one-payment")
    for named in documents:
        debt = state.debts.get(named.debt)  # as the lines before have left it
        assert debt is not None
        if named.line.reference_number is None:
            _pay(call, state, payment, debt, named.line.amount)
        else:
            _link(call, state, payment, debt, named)


def _pay(call: Call, state: InvisibleCollectorState, payment: Payment, debt: Debt, amount: Decimal) -> None:
    call.rule("payment-updates-referenced-debts")
    if amount > rules.outstanding(debt):
        call.rule("overpayment-is-accepted")
    ledger.follow(call, state, debt, rules.counted(debt, Entry(payment.date, paid=amount)))


def _link(call: Call, state: InvisibleCollectorState, payment: Payment, debt: Debt, named: Documents) -> None:
    """Set a note against a debt. A note that was issued for a debt counts in that debt's totals already."""
    call.rule("line-with-reference-links-note")
    credit, debit, amount = named.credit, named.debit, named.line.amount
    link = NoteLink(
        id=state.uuid("note-link"),
        payment=payment.gid,
        debt=debt.id,
        amount=amount,
        credit_note=credit.id if credit is not None else None,
        debit_note=debit.id if debit is not None else None,
    )
    state.note_links.put(link)
    call.rule("linked-note-counts-once")
    if credit is not None and credit.debt is None:
        ledger.follow(call, state, debt, rules.counted(debt, Entry(payment.date, credit=amount)))
    if debit is not None and debit.debt is None:
        ledger.follow(call, state, debt, rules.counted(debt, Entry(payment.date, debit=amount)))
