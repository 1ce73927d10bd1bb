"""Operations on payments.

Source: the vendor's page for POST /payments, and its pages for the other operations, of which the content is known, but
not the wording.
"""

from typing import NamedTuple

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import RULE, Conflict, NotFound, Violation
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


class ReferencedDocuments(NamedTuple):
    """The documents that a payment's line references: a debt by its id, and a credit or a debit note or neither."""

    line: Line
    debt: str
    credit: Note | None
    debit: Note | None


def create_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a payment and update the debts that it references.

    Raises:
        Conflict: a different payment has this number.
        NotFound: a line references a document that the company does not have.
    """
    payment = wire.read_payment(call.body, call.principal)
    if call.body.get("status") is None:
        call.rule("status-defaults-to-final")
    call.rule("number-unique-per-company")
    existing = state.payments.find("number", (payment.company, payment.number))
    if existing is not None:
        return _repeat_payment(call, existing, payment)
    documents = _find_documents(state, payment)
    if rules.has_different_total(payment):
        call.rule("totals-are-taken-as-given")
    payment = replace(payment, gid=state.uuid("payment"), registered=state.next_registration())
    state.payments.put(payment)
    if payment.status == "CANCELLED":
        call.rule("cancelled-payment-does-not-count")
    else:
        _update_debts(call, state, payment, documents)
    return Reply(201, wire.write_payment(payment))


def get_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return the payment with this external id.

    Raises:
        NotFound: the company has no such payment.
    """
    return Reply(200, wire.write_payment(_find_payment(call, state)))


def delete_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Delete a payment; the debts that it paid are owed again.

    Raises:
        NotFound: the company has no such payment.
    """
    payment = _find_payment(call, state)
    call.rule("deleted-payment-is-gone")
    state.payments.delete(payment.gid)
    if payment.status == "FINAL":
        ledger.take_back_payment(call, state, payment)
    return Reply(200, wire.write_payment(payment))


def cancel_payment(call: Call, state: InvisibleCollectorState) -> Reply:
    """Cancel a payment; the debts that it paid are owed again.

    Raises:
        NotFound: the company has no such payment.
    """
    payment = _find_payment(call, state)
    if payment.status == "CANCELLED":
        call.rule("cancelling-is-idempotent")
        return Reply(200, wire.write_payment(payment))
    cancelled = replace(payment, status="CANCELLED")
    state.payments.put(cancelled)
    ledger.take_back_payment(call, state, payment)
    return Reply(200, wire.write_payment(cancelled))


def _find_payment(call: Call, state: InvisibleCollectorState) -> Payment:
    rule = call.rule("path-id-is-the-external-id")
    external_id = call.path["externalId"]
    payment = state.payments.find("external_id", (call.principal, external_id))
    if payment is None:
        raise NotFound(
            f"this company has no payment with the externalId {external_id!r}",
            rule=rule,
            at="{externalId}",
            facts={"what": "payment"},
        )
    if state.payments.count("external_id", (call.principal, external_id)) > 1:
        call.rule("first-payment-of-an-external-id")
    return payment


def _repeat_payment(call: Call, existing: Payment, payment: Payment) -> Reply:
    """Return the existing payment again, if the new one is equal to it."""
    call.rule("same-payment-is-judged-by-value")
    if not rules.is_same_payment(existing, payment):
        names = ", ".join(rules.find_payment_differences(existing, payment))
        raise Conflict(
            f"this company has a payment {existing.number!r}, which differs in {names}",
            rule="different-payment-same-number-conflicts",
            at="/number",
            facts={"gid": existing.gid},
        )
    call.rule("identical-repeat-is-idempotent")
    return Reply(200, wire.write_payment(existing))


def _find_documents(state: InvisibleCollectorState, payment: Payment) -> list[ReferencedDocuments]:
    """Find the documents of each line; the refusal names all that are missing."""
    found: list[ReferencedDocuments] = []
    missing: list[Violation] = []
    for position, line in enumerate(payment.lines):
        debt = state.debts.find("number", (payment.company, line.number))
        if debt is None:
            message = f"this company has no debt {line.number!r}"
            missing.append(Violation(f"/lines/{position}/number", RULE, message))
        credit = debit = None
        if line.reference_number is not None:
            credit, debit = state.find_note(payment.company, line.reference_number)
            if credit is None and debit is None:
                message = f"this company has no credit or debit note {line.reference_number!r}"
                missing.append(Violation(f"/lines/{position}/referenceNumber", RULE, message))
        if debt is not None:
            found.append(ReferencedDocuments(line, debt.id, credit, debit))
    if missing:
        raise NotFound(missing[0].message, rule="unknown-document-is-404", violations=missing)
    return found


def _update_debts(
    call: Call, state: InvisibleCollectorState, payment: Payment, documents: list[ReferencedDocuments]
) -> None:
    if len(documents) > 1:
        call.rule("two-documents-one-payment")
    for referenced in documents:
        # Read the debt again for each line, because an earlier line may have changed it.
        debt = state.debts.get(referenced.debt)
        assert debt is not None
        if referenced.line.reference_number is None:
            _pay_debt(call, state, debt, Entry(payment.date, paid=referenced.line.amount))
        else:
            _link_note(call, state, payment, debt, referenced)


def _pay_debt(call: Call, state: InvisibleCollectorState, debt: Debt, entry: Entry) -> None:
    call.rule("payment-updates-referenced-debts")
    if entry.paid > debt.outstanding:
        call.rule("overpayment-is-accepted")
    ledger.update_debt(call, state, debt, rules.add_entry(debt, entry))


def _link_note(
    call: Call, state: InvisibleCollectorState, payment: Payment, debt: Debt, referenced: ReferencedDocuments
) -> None:
    """Set a note against a debt."""
    call.rule("line-with-reference-links-note")
    credit, debit, amount = referenced.credit, referenced.debit, referenced.line.amount
    link = NoteLink(
        id=state.uuid("note-link"),
        payment=payment.gid,
        debt=debt.id,
        amount=amount,
        credit_note=credit.id if credit is not None else None,
        debit_note=debit.id if debit is not None else None,
    )
    ledger.link_note(call, state, link)
    # A note that was issued for a debt is in that debt's totals since then.
    call.rule("linked-note-counts-once")
    if credit is not None and credit.issued_for is None:
        ledger.update_debt(call, state, debt, rules.add_entry(debt, Entry(payment.date, credit=amount)))
    if debit is not None and debit.issued_for is None:
        ledger.update_debt(call, state, debt, rules.add_entry(debt, Entry(payment.date, debit=amount)))
