"""Invisible Collector's operations, in the order of its contract."""

from msgspec.structs import replace

from sandbox.exchange import Call, Reply
from sandbox.problems import Conflict, NotFound
from sandbox.providers.invisible_collector import rules, wire
from sandbox.providers.invisible_collector.records import InvisibleCollectorState, Line, NoteLink, Payment


def create_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a payment and update the debts that it references.

    Source: seed, POST /payments.

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
    _require_documents(call, state, payment)
    if rules.totals_differ(payment):
        call.rule("totals-are-taken-as-given")
    payment = replace(payment, gid=state.uuid("payment"))
    state.payments.put(payment)
    if payment.status == "CANCELLED":
        call.rule("cancelled-payment-does-not-count")
    else:
        _count(call, state, payment)
    return Reply(201, wire.payment(payment))


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


def _require_documents(call: Call, state: InvisibleCollectorState, payment: Payment) -> None:
    missing = []
    for line in payment.lines:
        place = (payment.company, line.number)
        if state.debts.find("number", place) is None:
            missing.append(f"no debt {line.number!r}")
        place = (payment.company, line.reference_number or "")
        if line.reference_number is not None and not (
            state.credit_notes.find("number", place) or state.debit_notes.find("number", place)
        ):
            missing.append(f"no credit or debit note {line.reference_number!r}")
    if missing:
        raise NotFound(f"this company has {', '.join(dict.fromkeys(missing))}", rule="unknown-document-is-404")


def _count(call: Call, state: InvisibleCollectorState, payment: Payment) -> None:
    """Let each line of a final payment take effect on its debt."""
    if len(payment.lines) > 1:
        call.rule("two-documents-one-payment")
    for line in payment.lines:
        if line.reference_number is None:
            _pay(call, state, payment, line)
        else:
            _link(call, state, payment, line, line.reference_number)


def _pay(call: Call, state: InvisibleCollectorState, payment: Payment, line: Line) -> None:
    debt = state.debts.find("number", (payment.company, line.number))
    assert debt is not None
    call.rule("payment-updates-referenced-debts")
    if line.amount > rules.outstanding(debt):
        call.rule("overpayment-is-accepted")
    state.debts.put(rules.with_money(debt, line.amount, payment.date))


def _link(call: Call, state: InvisibleCollectorState, payment: Payment, line: Line, reference: str) -> None:
    """Set a note against a debt. A note that was issued for a debt counts in that debt's totals already."""
    call.rule("line-with-reference-links-note")
    debt = state.debts.find("number", (payment.company, line.number))
    credit = state.credit_notes.find("number", (payment.company, reference))
    debit = None if credit is not None else state.debit_notes.find("number", (payment.company, reference))
    note = credit or debit
    assert debt is not None
    assert note is not None
    link = NoteLink(
        id=state.uuid("note-link"),
        payment=payment.gid,
        debt=debt.id,
        amount=line.amount,
        credit_note=credit.id if credit is not None else None,
        debit_note=debit.id if debit is not None else None,
    )
    state.note_links.put(link)
    if note.debt is None:
        kind = "credit" if credit is not None else "debit"
        state.debts.put(rules.with_notes(debt, payment.date, **{kind: line.amount}))
