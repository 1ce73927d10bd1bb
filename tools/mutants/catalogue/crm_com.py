"""Mutants of the imitated CRM.COM, its contract included."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Item, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="crm-any-token",
        kind="semantic",
        says="A token that nobody was given is taken for the first one that there is.",
        within="authenticate",
        change=Replace(
            "state.tokens.get(credential)", "state.tokens.get(credential) or next(state.tokens.records(), None)"
        ),
    ),
    Mutant(
        id="crm-token-never-expires",
        kind="early return",
        says="A token lives for ever.",
        within="has_expired",
        change=Condition("token.never_expires", "token.issued_on <= now"),
    ),
    Mutant(
        id="crm-released-token-lives",
        kind="dropped call",
        says="A token that was released is still good.",
        within="release_token",
        change=DropCall("state.tokens.delete"),
    ),
    Mutant(
        id="crm-password-not-asked",
        kind="condition",
        says="Any password logs in.",
        within="find_user",
        change=Condition("user.password != password", "False"),
    ),
    Mutant(
        id="crm-release-gate-dropped",
        kind="condition",
        says="Old releases take members that only later ones have.",
        within="check_release",
        change=Condition("violations", "violations and not release"),
    ),
    Mutant(
        id="crm-wallet-not-lowered",
        kind="dropped call",
        says="A wallet that has paid has as much as before.",
        within="pay_invoice",
        change=DropCall("state.wallets.put", keep_argument=True),
    ),
    Mutant(
        id="crm-last-money-refused",
        kind="boundary",
        says="A wallet cannot spend all that it has.",
        within="check_funds",
        change=Condition("wallet.unconditional_balance < amount", "wallet.unconditional_balance <= amount"),
    ),
    Mutant(
        id="crm-http-status-for-a-refusal",
        kind="constant",
        says="A refused call is answered with HTTP 400 instead of an envelope that says so.",
        within="_choose_status",
        change=Returned("400", old="200"),
    ),
    Mutant(
        id="crm-unit-of-another-organisation",
        kind="condition",
        says="A user logs in at any unit that exists, other organisations' units too.",
        within="_choose_unit",
        change=Condition(
            "find_organisation(state, unit_id) != find_organisation(state, user.unit)",
            "find_organisation(state, unit_id) is None",
        ),
    ),
    Mutant(
        id="crm-cancelled-invoice-stays-paid",
        kind="semantic",
        says="An invoice whose payment is cancelled owes nothing all the same.",
        within="take_back",
        change=Replace("balances.reopen_invoice(named, payment.payment_amount)", "named"),
    ),
    Mutant(
        id="crm-cancelled-wallet-is-not-refunded",
        kind="dropped call",
        says="What a cancelled payment took out of a wallet is lost.",
        within="_return_money",
        change=DropCall("state.wallets.put", keep_argument=True),
    ),
    Mutant(
        id="crm-cancelled-twice",
        kind="condition",
        says="A payment can be cancelled as often as one likes, and its invoice owes more each time.",
        within="cancel_payment",
        change=Condition("payment.life_cycle_state != 'POSTED'", "payment.life_cycle_state == 'DRAFT'"),
    ),
    Mutant(
        id="crm-newest-invoice-first",
        kind="semantic",
        says="A payment of an account pays its invoices in the order of their numbers.",
        within="_find_open_invoices",
        change=Replace("invoice.due_on", "''"),
    ),
    Mutant(
        id="crm-credit-not-in-balance",
        kind="semantic",
        says="A balance is what invoices owe, without what was paid beyond them.",
        within="compute_balance",
        change=Replace("sum((credit.amount for credit in credits_left), ZERO)", "ZERO"),
    ),
    Mutant(
        id="crm-due-today-is-overdue",
        kind="boundary",
        says="The outstanding amount has invoices that are not due yet.",
        within="compute_overdue",
        change=Replace("invoice.due_on < now", "True"),
    ),
    Mutant(
        id="crm-oldest-payment-is-latest",
        kind="semantic",
        says="The latest payments are the oldest ones.",
        within="get_latest_payments",
        change=Replace("True", "False"),
    ),
    Mutant(
        id="crm-draft-pays",
        kind="condition",
        says="A draft pays invoices like a posted payment.",
        within="create_payment",
        change=Condition("payment.life_cycle_state == 'POSTED'", "True"),
    ),
    Mutant(
        id="crm-rest-of-a-credit-is-lost",
        kind="dropped call",
        says="What a payment has left when all invoices are paid is forgotten.",
        within="allocate_credits",
        change=Condition("left > ZERO", "False"),
    ),
    Mutant(
        id="crm-any-method-of-a-type",
        kind="condition",
        says="A type that lists payment methods takes all others too.",
        within="_check_type",
        change=Condition(
            "method.id not in {entry.payment_method for entry in allowed}", "method.id == payment_type.id"
        ),
    ),
    Mutant(
        id="crm-intended-currency-not-asked",
        kind="condition",
        says="The intended currency of a payment may be any.",
        within="_check_currency",
        change=Condition("currency.id != account.currency", "False"),
    ),
    Mutant(
        id="crm-offset-counts-from-one",
        kind="boundary",
        says="The first payment of an account is in no part of its list.",
        within="_find_payments",
        change=Replace("query.get('offset') or 0", "query.get('offset') or 1"),
    ),
    Mutant(
        id="crm-any-filter-will-do",
        kind="condition",
        says="A payment is listed if it meets one of several filters.",
        within="_matches",
        change=Replace("all", "any"),
    ),
    Mutant(
        id="crm-packed-at-the-last-sign",
        kind="semantic",
        says="An identifier in a query is taken apart at its last equals sign.",
        within="read_identifier",
        change=Replace("text.partition('=')", "text.rpartition('=')"),
    ),
    Mutant(
        id="crm-4xx-for-nobody",
        kind="constant",
        says="Under error_http_status 4xx a wrong token is answered with 403, which that contract lacks.",
        within="_STATUSES",
        change=Item("INVALID_TOKEN", "403"),
    ),
    Mutant(
        id="crm-null-key-counts",
        kind="condition",
        says="A key that is null makes an identifier one of two keys.",
        within="_EMPTY",
        change=Replace("(None, '')", "('',)"),
    ),
    Mutant(
        id="crm-empty-key-counts",
        kind="condition",
        says="A key that is an empty string makes an identifier one of two keys.",
        within="_EMPTY",
        change=Replace("(None, '')", "(None,)"),
    ),
    Mutant(
        id="crm-zone-dropped",
        kind="condition",
        says="A date is taken without its zone.",
        within="read_date_time",
        change=Condition("time.tzinfo is not None", "False"),
    ),
    Mutant(
        id="crm-card-beside-generic-gateway-refused",
        kind="constant",
        says="A card beside the preference of a generic gateway is refused, whatever the variant says.",
        within="_takes_card",
        change=Returned("False", "state.variants['generic_gateway_card'] == 'accept'"),
    ),
)
