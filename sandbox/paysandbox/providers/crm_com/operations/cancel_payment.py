"""The operation that cancels a payment."""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import ledger, wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.parameters import check_back_office_code, check_release, read_body
from paysandbox.providers.crm_com.records.payments import Payment, PaymentCancellation
from paysandbox.providers.crm_com.records.state import CrmComState, Token
from paysandbox.providers.crm_com.rules import balances


def cancel_payment(call: Call, state: CrmComState) -> Reply:
    """Cancel a posted payment and return its payment cancellation. Source: vendor page, POST payments/cancel.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound: an identifier names no record.
        NotAllowed: an identifier is ambiguous, the back office code is taken, or the payment is not posted.
    """
    call = read_body(call)
    check_release(call, state, call.body)
    call.rule("exactly-one-key-per-identifier")
    payment = identifiers.find_record(call, "payment_identifier", state.payments, "payment")
    type_id = identifiers.find_record(call, "type_identifier", state.types, "type").id
    category = identifiers.find_id(call, "category_identifier", state.categories, "category")
    check_back_office_code(call, state.payment_cancellations, "payment cancellation")
    rule = call.rule("only-posted-payments-are-cancelled")
    if payment.life_cycle_state != "POSTED":
        raise NotAllowed(
            f"the payment {payment.number or payment.reference_number} is {payment.life_cycle_state} "
            "and cannot be cancelled",
            rule=rule,
            at="/payment_identifier",
        )
    cancellation = _build_cancellation(call, state, payment, type_id, category)
    state.payment_cancellations.put(cancellation)
    state.payments.put(replace(payment, life_cycle_state="CANCELLED"))
    _return_money(call, state, payment)
    return Reply(200, wire.write_success(wire.write_payment_cancellation(cancellation), state.variants))


def _return_money(call: Call, state: CrmComState, payment: Payment) -> None:
    """Add the payment's amount to what its invoices owe, and to the funds of its wallet, if a wallet paid."""
    ledger.take_back(call, state, payment)
    wallet = state.wallets.get(payment.wallet)
    if wallet is not None:
        call.rule("wallet-has-its-money-again")
        state.wallets.put(balances.return_funds(wallet, payment.payment_amount))


def _build_cancellation(
    call: Call, state: CrmComState, payment: Payment, type_id: str, category: str | None
) -> PaymentCancellation:
    body, token = call.body, call.principal
    assert isinstance(token, Token)
    now = wire.write_date_time(state.now())
    numbers = state.take_numbers("payment_cancellations")
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
        type=type_id,
        category=category,
        processed_by_payment_gateway=gateway,
        payment_gateway_reference_number=state.hex_id("gateway", 12).upper() if gateway is not None else None,
        notes=body.get("notes"),
        issue_reason=body.get("issue_reason"),
        back_office_code=body.get("back_office_code"),
        **wire.read_user_defined(body),
    )
