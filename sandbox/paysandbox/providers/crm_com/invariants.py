"""Invariants of CRM.COM: what holds of its records after every call.

A wallet's balance is not compared with the payments made from it, because its first balance is not stored.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Final

from paysandbox.core.money import strip_zeros
from paysandbox.kit.breaches import Breach
from paysandbox.kit.invariants import make_credentials_invariant
from paysandbox.kit.provider import Invariant
from paysandbox.providers.crm_com.ledger import find_credited_account
from paysandbox.providers.crm_com.records.state import CrmComState

_NUMBERED: Final = ("payments", "payment_cancellations")
_SEQUENCED: Final = (("number", "last_number"), ("reference_number", "last_reference_number"))
_EXISTING: Final = "should be the id of one that exists"
_UNIQUE: Final = ("number", "reference_number", "back_office_code")


def _find_wrong_outstanding_amounts(state: CrmComState) -> Iterator[Breach]:
    paid = _add_up_payments(state)
    for invoice in state.invoices.records():
        due = invoice.total_amount - paid.get(invoice.id, Decimal(0))
        if invoice.outstanding_amount != due:
            total = strip_zeros(invoice.total_amount)
            rest = f"should be {strip_zeros(due)}: the total_amount {total} less its posted payments"
            found = strip_zeros(invoice.outstanding_amount)
            yield Breach.of_value("invoices", invoice.id, "outstanding_amount", found, rest, strip_zeros(due))


def _find_overpaid_invoices(state: CrmComState) -> Iterator[Breach]:
    paid = _add_up_payments(state)
    for invoice in state.invoices.records():
        if paid.get(invoice.id, Decimal(0)) > invoice.total_amount:
            total = strip_zeros(invoice.total_amount)
            says = (
                f"its posted payments are {strip_zeros(paid[invoice.id])}, should be at most its total_amount {total}"
            )
            yield Breach("invoices", invoice.id, says, "total_amount", invoice.total_amount)


def _find_negative_wallets(state: CrmComState) -> Iterator[Breach]:
    for wallet in state.wallets.records():
        for member in ("unconditional_balance", "conditional_balance"):
            balance = getattr(wallet, member)
            if balance < 0:
                yield Breach.of_value("wallets", wallet.id, member, strip_zeros(balance), "should not be below 0")


def _find_payments_without_invoice(state: CrmComState) -> Iterator[Breach]:
    for payment in state.payments.records():
        if payment.invoice is not None and state.invoices.get(payment.invoice) is None:
            rest = "should be the id of an invoice that exists"
            yield Breach.of_value("payments", payment.id, "invoice", payment.invoice, rest)


def _find_payments_without_one_payer(state: CrmComState) -> Iterator[Breach]:
    for payment in state.payments.records():
        account, wallet = payment.accounts_receivable, payment.wallet
        if (account is None) == (wallet is None):
            payers = "neither accounts_receivable nor wallet" if account is None else "accounts_receivable and wallet"
            yield Breach("payments", payment.id, f"it has {payers}, should have exactly one of the two")
        if account is not None and state.accounts_receivable.get(account) is None:
            yield Breach.of_value("payments", payment.id, "accounts_receivable", account, _EXISTING)
        if wallet is not None and state.wallets.get(wallet) is None:
            yield Breach.of_value("payments", payment.id, "wallet", wallet, _EXISTING)


def _find_shared_numbers(state: CrmComState) -> Iterator[Breach]:
    for table, member in product(_NUMBERED, _UNIQUE):
        first: dict[str, str] = {}
        for record in state.table(table).records():
            value = getattr(record, member)
            holder = record.id if value is None else first.setdefault(value, record.id)
            if holder != record.id:
                says = f"{member} is {value!r}, should be unique: {table}/{holder} has it too"
                yield Breach(table, record.id, says, member, value)


def _find_numbers_beyond_sequence(state: CrmComState) -> Iterator[Breach]:
    for table, (member, last_member) in product(_NUMBERED, _SEQUENCED):
        last = getattr(state.sequences.get(table), last_member, 0)
        for record in state.table(table).records():
            value = getattr(record, member)
            if value is None and record.life_cycle_state == "DRAFT":
                continue
            if value is None or not _is_number(value) or int(value) > last:
                says = f"{member} is {value!r}, should be a number up to {last}, which sequences/{table} gave last"
                yield Breach(table, record.id, says, member, value)


def _find_wrong_cancellation_counts(state: CrmComState) -> Iterator[Breach]:
    cancellations = Counter(cancellation.payment for cancellation in state.payment_cancellations.records())
    for payment in state.payments.records():
        found, wanted = cancellations[payment.id], int(payment.life_cycle_state == "CANCELLED")
        if found != wanted:
            says = f"it is {payment.life_cycle_state} and has {found} payment cancellations, should have {wanted}"
            yield Breach("payments", payment.id, says, "life_cycle_state", payment.life_cycle_state)


def _find_partial_cancellations(state: CrmComState) -> Iterator[Breach]:
    for cancellation in state.payment_cancellations.records():
        payment = state.payments.get(cancellation.payment)
        table, key = "payment_cancellations", cancellation.id
        if payment is None:
            rest = "should be the id of a payment that exists"
            yield Breach.of_value(table, key, "payment", cancellation.payment, rest)
        elif cancellation.payment_amount != payment.payment_amount:
            found, due = strip_zeros(cancellation.payment_amount), strip_zeros(payment.payment_amount)
            rest = f"should be {due}, as that of payments/{payment.id}"
            yield Breach.of_value(table, key, "payment_amount", found, rest, due)


def _find_wrong_allocations(state: CrmComState) -> Iterator[Breach]:
    allocated: defaultdict[str, Decimal] = defaultdict(Decimal)
    for allocation in state.allocations.records():
        allocated[allocation.payment] += allocation.amount
        if allocation.amount <= 0:
            amount = strip_zeros(allocation.amount)
            yield Breach.of_value("allocations", allocation.id, "amount", amount, "should be above 0")
    for credit in state.credits.records():
        allocated[credit.payment] += credit.amount
        if credit.amount <= 0:
            amount = strip_zeros(credit.amount)
            yield Breach.of_value("credits", credit.payment, "amount", amount, "should be above 0")
    due = {
        payment.id: payment.payment_amount
        for payment in state.payments.records()
        if payment.life_cycle_state == "POSTED" and payment.invoice is None
    }
    for payment_id in {**due, **allocated}:
        found, wanted = allocated[payment_id], due.get(payment_id, Decimal(0))
        if found != wanted:
            says = f"its allocations and its credit are {strip_zeros(found)}, should be {strip_zeros(wanted)}"
            yield Breach("payments", payment_id, says, None, strip_zeros(found), strip_zeros(wanted))


def _find_allocations_of_others(state: CrmComState) -> Iterator[Breach]:
    for allocation in state.allocations.records():
        payment, invoice = state.payments.get(allocation.payment), state.invoices.get(allocation.invoice)
        account = find_credited_account(state, payment) if payment is not None else None
        if invoice is None or invoice.accounts_receivable != account:
            rest = f"should be the id of an invoice of the accounts receivable {account}"
            yield Breach.of_value("allocations", allocation.id, "invoice", allocation.invoice, rest)
    for credit in state.credits.records():
        payment = state.payments.get(credit.payment)
        account = find_credited_account(state, payment) if payment is not None else None
        if credit.accounts_receivable != account:
            found = credit.accounts_receivable
            yield Breach.of_value(
                "credits", credit.payment, "accounts_receivable", found, f"should be {account}", account
            )


def _add_up_payments(state: CrmComState) -> Mapping[str, Decimal]:
    """Return what posted payments pay of each invoice, by its id: those that name it, and their allocations."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in state.payments.records():
        if payment.life_cycle_state == "POSTED" and payment.invoice is not None:
            paid[payment.invoice] += payment.payment_amount
    for allocation in state.allocations.records():
        paid[allocation.invoice] += allocation.amount
    return paid


def _is_number(text: str) -> bool:
    """Tell whether a sequence can have given this number; int() would refuse a very long one."""
    return text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - beyond any sequence


INVARIANTS: Final = (
    Invariant(
        id="outstanding-is-what-is-not-paid",
        says="An invoice's outstanding_amount is its total_amount less what posted payments pay of it.",
        broken=_find_wrong_outstanding_amounts,
    ),
    Invariant(
        id="nothing-is-paid-twice",
        says="The posted payments of an invoice are at most its total_amount.",
        broken=_find_overpaid_invoices,
    ),
    Invariant(
        id="wallet-never-negative",
        says="Neither balance of a wallet is below 0.",
        broken=_find_negative_wallets,
    ),
    Invariant(
        id="payment-names-an-invoice",
        says="Every payment that names an invoice names an existing one.",
        broken=_find_payments_without_invoice,
    ),
    Invariant(
        id="allocation-conserves-money",
        says="The allocations of a posted payment that names no invoice, and its credit, add up to its amount.",
        broken=_find_wrong_allocations,
    ),
    Invariant(
        id="allocated-on-its-account",
        says="A payment is allocated to invoices of its own accounts receivable, or of that of its wallet.",
        broken=_find_allocations_of_others,
    ),
    Invariant(
        id="accounts-receivable-or-wallet",
        says="Every payment is from exactly one existing accounts receivable or wallet.",
        broken=_find_payments_without_one_payer,
    ),
    Invariant(
        id="payment-numbers-unique",
        says="Numbers, reference numbers and back office codes are unique among payments, and among cancellations.",
        broken=_find_shared_numbers,
    ),
    Invariant(
        id="payment-numbers-are-of-the-sequence",
        says="The numbers of payments and cancellations are at most their sequence's last; drafts have no number.",
        broken=_find_numbers_beyond_sequence,
    ),
    Invariant(
        id="cancelled-once",
        says="Every cancelled payment has one payment cancellation, every other payment has none.",
        broken=_find_wrong_cancellation_counts,
    ),
    Invariant(
        id="cancelled-as-a-whole",
        says="Every payment cancellation is of an existing payment, and has its amount.",
        broken=_find_partial_cancellations,
    ),
    make_credentials_invariant("users", "username"),
)
