"""Operations on payments."""

from decimal import Decimal

from paysandbox.core.messages import Call, Reply
from paysandbox.core.money import ZERO
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoiless import events, lookup, rules, wire
from paysandbox.providers.invoiless.records import Invoice, InvoilessState, Message, Payment
from paysandbox.providers.invoiless.rules import RequestedPayment


def create_payment(call: Call, state: InvoilessState) -> Reply:
    """Record a payment of an invoice.

    Raises:
        NotFound: the call sees no such invoice.
        NotAllowed: the invoice takes no payment, or not this amount.
    """
    invoice = _find_invoice(call, state)
    payment = _save_payment(call, state, invoice, wire.read_payment(call.body), None)
    return Reply(201, wire.write_payment(payment))


def list_payments(call: Call, state: InvoilessState) -> Reply:
    """List the payments of an invoice in pages, in the order in which they were recorded.

    Raises:
        NotFound: the call sees no such invoice.
    """
    invoice = _find_invoice(call, state)
    page, limit = lookup.choose_page(call)
    count = state.payments.count("invoice", invoice.id)
    payments = state.payments.page("invoice", invoice.id, (page - 1) * limit, limit)
    docs = [wire.write_payment(payment) for payment in payments]
    return Reply(200, wire.write_list(docs, page, limit, count, state.variants["list_envelope"]))


def get_payment(call: Call, state: InvoilessState) -> Reply:
    """Return a payment.

    Raises:
        NotFound: the call sees no such payment.
    """
    payment, _ = lookup.find_payment(call, state)
    return Reply(200, wire.write_payment(payment))


def replace_payment(call: Call, state: InvoilessState) -> Reply:
    """Replace a payment (PUT): what the request leaves out gets its default.

    Raises:
        NotFound: the call sees no such payment.
        NotAllowed: the invoice takes no payment, or not this amount.
    """
    payment, invoice = lookup.find_payment(call, state)
    call.rule("put-replaces")
    return Reply(200, wire.write_payment(_save_payment(call, state, invoice, wire.read_payment(call.body), payment)))


def update_payment(call: Call, state: InvoilessState) -> Reply:
    """Update a payment (PATCH): what the request leaves out stays as it is.

    Raises:
        NotFound: the call sees no such payment.
        NotAllowed: the invoice takes no payment, or not this amount.
    """
    payment, invoice = lookup.find_payment(call, state)
    call.rule("patch-merges")
    requested = wire.read_payment_update(payment, call.body)
    return Reply(200, wire.write_payment(_save_payment(call, state, invoice, requested, payment)))


def delete_payment(call: Call, state: InvoilessState) -> Reply:
    """Delete a payment; its amount is owed again, whatever the invoice's status.

    Raises:
        NotFound: the call sees no such payment.
    """
    payment, invoice = lookup.find_payment(call, state)
    call.rule("deleted-payment-is-gone")
    state.payments.delete(payment.id)
    events.publish_payment("TransactionDeleted", payment, state)
    _change_paid(call, state, invoice, -payment.amount)
    return Reply(200, wire.write_deletion("payment"))


def _find_invoice(call: Call, state: InvoilessState) -> Invoice:
    invoice = lookup.find_invoice(call, state)
    if invoice.is_retainer:
        call.rule("retainers-take-payments")
    return invoice


def _save_payment(
    call: Call, state: InvoilessState, invoice: Invoice, requested: RequestedPayment, before: Payment | None
) -> Payment:
    """Save a requested payment, in the place of `before` if there is one, and update the invoice.

    Raises:
        NotAllowed: the invoice takes no payment, or not this amount.
    """
    if rules.is_closed(invoice):
        rule = call.rule("closed-invoice-takes-no-payment")
        message = f"The invoice {invoice.number} is {invoice.status} and takes no payment."
        raise NotAllowed(message, rule=rule, at="{id}")
    amount = _choose_amount(call, invoice, requested, before)
    if requested.paid_at is None:
        call.rule("paid-at-defaults-to-today")
    now = state.now()
    payment = Payment(
        id=before.id if before else state.hex_id("payment", 24),
        invoice=invoice.id,
        amount=amount,
        method=requested.method,
        paid_at=requested.paid_at or now.date(),
        paid_time=requested.paid_time,
        notes=requested.notes,
        created_at=before.created_at if before else now,
        updated_at=now,
    )
    state.payments.put(payment)
    events.publish_payment("TransactionUpdated" if before else "TransactionCreated", payment, state)
    _change_paid(call, state, invoice, amount - (before.amount if before else ZERO))
    if requested.notify:
        _notify_customer(call, state, invoice, payment)
    return payment


def _choose_amount(call: Call, invoice: Invoice, requested: RequestedPayment, before: Payment | None) -> Decimal:
    """Return the requested amount, or by default all that is owed.

    Raises:
        NotAllowed: the amount exceeds what is owed, or there is none and nothing is owed.
    """
    owed = rules.compute_owed(invoice, replacing=before)
    if requested.amount is None:
        if not owed:
            rule = call.rule("nothing-left-to-pay-is-refused")
            raise NotAllowed(f"Nothing is owed on the invoice {invoice.number} any more.", rule=rule, at="{id}")
        call.rule("amount-defaults-to-balance")
        return owed
    if requested.amount > owed:
        rule = call.rule("overpayment-is-refused")
        message = f"{requested.amount} is more than the {owed} owed on the invoice {invoice.number}."
        raise NotAllowed(message, rule=rule, at="/amount")
    return requested.amount


def _change_paid(call: Call, state: InvoilessState, invoice: Invoice, change: Decimal) -> None:
    """Update the invoice after its payments have changed by an amount."""
    changed = rules.change_paid(invoice, change)
    if changed.status != invoice.status:
        call.rule("invoice-status-follows-payments")
    state.invoices.put(changed)
    events.publish_paid(invoice, changed, state)


def _notify_customer(call: Call, state: InvoilessState, invoice: Invoice, payment: Payment) -> None:
    """Keep the notification in the outbox, because the sandbox sends no mail."""
    customer = state.customers.get(invoice.customer)
    if customer is None or customer.email is None:  # the control plane can delete a customer who is in use
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
