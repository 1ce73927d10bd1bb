"""The imitated Invoiless's calls on payments, each from a `Call` to a `Reply`; those on invoices: `invoices.py`."""

from decimal import Decimal

from paysandbox.core.messages import Call, Reply
from paysandbox.core.money import ZERO
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoiless import rules, wire
from paysandbox.providers.invoiless.lookup import invoice_of, payment_of
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Message, Payment
from paysandbox.providers.invoiless.rules import Terms


def create_payment(call: Call, state: InvoilessState) -> Reply:
    """Record a payment for an invoice."""
    invoice = _invoice(call, state)
    payment = _kept(call, state, invoice, wire.terms(call.body), None)
    return Reply(201, wire.payment(payment))


def list_payments(call: Call, state: InvoilessState) -> Reply:
    """Retrieve all payments for a specific invoice."""
    invoice = _invoice(call, state)
    page, limit = call.query["page"], call.query["limit"]
    pages = rules.page_count(state.payments.count("invoice", invoice.id), limit)
    shown = state.payments.page("invoice", invoice.id, (page - 1) * limit, limit)
    docs = [wire.payment(one) for one in shown]
    return Reply(200, wire.listed(docs, page, pages, state.variants["list_envelope"]))


def get_payment(call: Call, state: InvoilessState) -> Reply:
    """Retrieve a specific payment by ID."""
    payment, _ = payment_of(call, state)
    return Reply(200, wire.payment(payment))


def replace_payment(call: Call, state: InvoilessState) -> Reply:
    """Make an existing payment what the request says, and nothing else."""
    payment, invoice = payment_of(call, state)
    call.rule("put-replaces")
    return Reply(200, wire.payment(_kept(call, state, invoice, wire.terms(call.body), payment)))


def update_payment(call: Call, state: InvoilessState) -> Reply:
    """Change what the request names of an existing payment."""
    payment, invoice = payment_of(call, state)
    call.rule("patch-merges")
    return Reply(200, wire.payment(_kept(call, state, invoice, wire.changed_terms(payment, call.body), payment)))


def delete_payment(call: Call, state: InvoilessState) -> Reply:
    """Permanently delete a payment; its amount is owed again, whatever the invoice's state."""
    payment, invoice = payment_of(call, state)
    call.rule("deleted-payment-is-gone")
    state.payments.delete(payment.id)
    _settle(call, state, invoice, -payment.amount)
    return Reply(200, wire.deleted())


def _invoice(call: Call, state: InvoilessState) -> Invoice:
    """The invoice of the path, whose payments are meant."""
    invoice = invoice_of(call, state)
    if invoice.is_retainer:
        call.rule("retainers-take-payments")
    return invoice


def _kept(call: Call, state: InvoilessState, invoice: Invoice, terms: Terms, before: Payment | None) -> Payment:
    """The payment on these terms, kept in the place of the one `before`, if there is one; the invoice follows.

    Raises:
        NotAllowed: the invoice takes no payment, or none of this amount.
    """
    if rules.is_closed(invoice):
        rule = call.rule("closed-invoice-takes-no-payment")
        raise NotAllowed(f"The invoice {invoice.number} is {invoice.status} and takes no payment.", rule=rule)
    amount = _amount(call, invoice, terms, before)
    if terms.paid_at is None:
        call.rule("paid-at-defaults-to-today")
    now = state.now()
    payment = Payment(
        id=before.id if before else state.hex_id("payment", 24),
        invoice=invoice.id,
        amount=amount,
        method=terms.method,
        paid_at=terms.paid_at or now.date(),
        notes=terms.notes,
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    state.payments.put(payment)
    _settle(call, state, invoice, by=amount - (before.amount if before else ZERO))
    if terms.notify:
        _notify(call, state, invoice, payment)
    return payment


def _amount(call: Call, invoice: Invoice, terms: Terms, before: Payment | None) -> Decimal:
    """What is paid on these terms.

    Raises:
        NotAllowed: more than what is owed, or nothing.
    """
    owed = rules.owed(invoice, besides=before)
    if terms.amount is None:
        if not owed:
            rule = call.rule("nothing-left-to-pay-is-refused")
            raise NotAllowed(f"Nothing is owed on the invoice {invoice.number} any more.", rule=rule)
        call.rule("amount-defaults-to-balance")
        return owed
    if terms.amount > owed:
        rule = call.rule("overpayment-is-refused")
        raise NotAllowed(f"{terms.amount} is more than the {owed} owed on the invoice {invoice.number}.", rule=rule)
    return terms.amount


def _settle(call: Call, state: InvoilessState, invoice: Invoice, by: Decimal) -> None:
    """Let the invoice follow its payments, which have grown by an amount."""
    after = rules.settled(invoice, by)
    if after.status != invoice.status:
        call.rule("invoice-status-follows-payments")
    state.invoices.put(after)


def _notify(call: Call, state: InvoilessState, invoice: Invoice, payment: Payment) -> None:
    """Put the message to the invoice's customer into the outbox, in the place of the vendor's mail."""
    customer = state.customers.get(invoice.customer)
    if customer is None or customer.email is None:  # only who edits the state by hand can take a customer away
        return
    call.rule("notification-is-kept")
    state.outbox.put(
        Message(
            id=state.hex_id("message", 24),
            to=customer.email,
            invoice=invoice.id,
            amount=payment.amount,
            at=payment.updated_at,
        )
    )
