"""How a posted payment is cancelled: a cancellation is posted, and what the payment took off is there again."""

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import identifiers, numbering, rules, wire
from paysandbox.providers.crm_com.records import CrmComState, Payment, PaymentCancellation, Token


def cancel(call: Call, state: CrmComState) -> PaymentCancellation:
    """Cancel the call's payment, keep the cancellation, and let invoice and wallet follow.

    Raises:
        NotFound, NotAllowed: something does not exist, or the payment is not posted any more.
    """
    body = call.body
    call.rule("exactly-one-key-per-identifier")
    payment = identifiers.named(state.payments, body["payment_identifier"], "payment")
    kind = identifiers.named(state.types, body["type_identifier"], "type")
    category = identifiers.id_of(state.categories, body.get("category_identifier"), "category")
    _check_code(call, state)
    rule = call.rule("only-posted-payments-are-cancelled")
    if payment.life_cycle_state != "POSTED":
        raise NotAllowed(
            f"the payment {payment.number} is {payment.life_cycle_state} and cannot be cancelled", rule=rule
        )
    cancellation = _cancellation(call, state, payment, kind.id, category)
    state.payment_cancellations.put(cancellation)
    state.payments.put(replace(payment, life_cycle_state="CANCELLED"))
    _give_back(call, state, payment)
    return cancellation


def _check_code(call: Call, state: CrmComState) -> None:
    """Let a back office code through that no other cancellation has."""
    code = call.body.get("back_office_code")
    if code is None:
        return
    rule = call.rule("back-office-code-unique")
    if state.payment_cancellations.count("back_office_code", code):
        raise NotAllowed(f"another payment cancellation has the back office code {code}", rule=rule)


def _give_back(call: Call, state: CrmComState, payment: Payment) -> None:
    """What the payment took off the invoice is outstanding again, and what it took out of a wallet is in it again."""
    call.rule("invoice-owes-again")
    invoice = state.invoices.get(payment.invoice)
    if invoice is not None:
        state.invoices.put(rules.owing_again(invoice, payment.payment_amount))
    wallet = state.wallets.get(payment.wallet)
    if wallet is not None:
        call.rule("wallet-has-its-money-again")
        state.wallets.put(rules.returned(wallet, payment.payment_amount))


def _cancellation(
    call: Call, state: CrmComState, payment: Payment, kind: str, category: str | None
) -> PaymentCancellation:
    """The cancellation of the whole payment, posted at this moment."""
    body, token = call.body, call.principal
    assert isinstance(token, Token)
    now = wire.date_time(state.now())
    numbers = numbering.next_numbers(state, numbering.PAYMENT_CANCELLATIONS)
    gateway = payment.processed_by_payment_gateway
    if gateway is not None:
        call.rule("gateway-fields-in-reply")
    return PaymentCancellation(
        id=state.hex_id("payment_cancellation", 32).upper(),
        number=str(numbers.last_number),
        reference_number=str(numbers.last_reference_number),
        issued_on=now,
        posted_on=now,
        payment_amount=payment.payment_amount,
        payment=payment.id,
        issued_by_user=token.user,
        issued_by_unit=token.unit,
        type=kind,
        category=category,
        processed_by_payment_gateway=gateway,
        payment_gateway_reference_number=state.hex_id("gateway", 12).upper() if gateway is not None else None,
        notes=body.get("notes"),
        issue_reason=body.get("issue_reason"),
        back_office_code=body.get("back_office_code"),
        **wire.user_defined(body),
    )
