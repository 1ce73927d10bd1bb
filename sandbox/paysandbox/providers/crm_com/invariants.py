"""The invariants of CRM.COM's ledger: what holds of its records after every call.

What a wallet had at first is not remembered, so no invariant holds its balance against the payments made from it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Final

from paysandbox.core.money import plain
from paysandbox.kit.provider import Invariant
from paysandbox.providers.crm_com.records.state import CrmComState

_NUMBERED: Final = ("payments", "payment_cancellations")
_SEQUENCED: Final = (("number", "last_number"), ("reference_number", "last_reference_number"))
_UNIQUE: Final = ("number", "reference_number", "back_office_code")


def _outstanding_is_what_is_not_paid(state: CrmComState) -> Iterator[str]:
    paid = _paid(state)
    for invoice in state.invoices.records():
        due = invoice.total_amount - paid.get(invoice.id, Decimal(0))
        if invoice.outstanding_amount != due:
            yield (
                f"invoices/{invoice.id}: outstanding_amount is {plain(invoice.outstanding_amount)}, "
                f"should be {plain(due)}: the total_amount {plain(invoice.total_amount)} less its posted payments"
            )


def _nothing_is_paid_twice(state: CrmComState) -> Iterator[str]:
    paid = _paid(state)
    for invoice in state.invoices.records():
        if paid.get(invoice.id, Decimal(0)) > invoice.total_amount:
            yield (
                f"invoices/{invoice.id}: its posted payments are {plain(paid[invoice.id])}, "
                f"should be at most its total_amount {plain(invoice.total_amount)}"
            )


def _wallets_are_not_negative(state: CrmComState) -> Iterator[str]:
    for wallet in state.wallets.records():
        for member in ("unconditional_balance", "conditional_balance"):
            balance = getattr(wallet, member)
            if balance < 0:
                yield f"wallets/{wallet.id}: {member} is {plain(balance)}, should not be below 0"


def _payments_name_invoices(state: CrmComState) -> Iterator[str]:
    for payment in state.payments.records():
        if state.invoices.get(payment.invoice) is None:
            yield f"payments/{payment.id}: invoice is {payment.invoice}, should be the id of an invoice that exists"


def _payments_have_one_payer(state: CrmComState) -> Iterator[str]:
    for payment in state.payments.records():
        account, wallet = payment.accounts_receivable, payment.wallet
        if (account is None) == (wallet is None):
            said = "neither accounts_receivable nor wallet" if account is None else "accounts_receivable and wallet"
            yield f"payments/{payment.id}: it has {said}, should have exactly one of the two"
        if account is not None and state.accounts_receivable.get(account) is None:
            yield f"payments/{payment.id}: accounts_receivable is {account}, should be the id of one that exists"
        if wallet is not None and state.wallets.get(wallet) is None:
            yield f"payments/{payment.id}: wallet is {wallet}, should be the id of one that exists"


def _numbers_are_unique(state: CrmComState) -> Iterator[str]:
    for table, member in product(_NUMBERED, _UNIQUE):
        first: dict[str, str] = {}
        for record in state.table(table).records():
            value = getattr(record, member)
            holder = record.id if value is None else first.setdefault(value, record.id)
            if holder != record.id:
                yield f"{table}/{record.id}: {member} is {value!r}, should be unique: {table}/{holder} has it too"


def _numbers_are_of_the_sequence(state: CrmComState) -> Iterator[str]:
    for table, (member, last_member) in product(_NUMBERED, _SEQUENCED):
        last = getattr(state.sequences.get(table), last_member, 0)
        for record in state.table(table).records():
            value = getattr(record, member)
            if not _is_number(value) or int(value) > last:
                yield (
                    f"{table}/{record.id}: {member} is {value!r}, "
                    f"should be a number up to {last}, which sequences/{table} gave last"
                )


def _cancelled_payments_have_a_cancellation(state: CrmComState) -> Iterator[str]:
    cancellations = Counter(one.payment for one in state.payment_cancellations.records())
    for payment in state.payments.records():
        found, wanted = cancellations[payment.id], int(payment.life_cycle_state == "CANCELLED")
        if found != wanted:
            yield (
                f"payments/{payment.id}: it is {payment.life_cycle_state} and has {found} payment cancellations, "
                f"should have {wanted}"
            )


def _cancellations_are_of_whole_payments(state: CrmComState) -> Iterator[str]:
    for cancellation in state.payment_cancellations.records():
        payment = state.payments.get(cancellation.payment)
        where = f"payment_cancellations/{cancellation.id}"
        if payment is None:
            yield f"{where}: payment is {cancellation.payment}, should be the id of a payment that exists"
        elif cancellation.payment_amount != payment.payment_amount:
            yield (
                f"{where}: payment_amount is {plain(cancellation.payment_amount)}, should be "
                f"{plain(payment.payment_amount)}, as that of payments/{payment.id}"
            )


def _paid(state: CrmComState) -> Mapping[str, Decimal]:
    """The posted payments of each invoice, added up, by its id."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in state.payments.records():
        if payment.life_cycle_state == "POSTED":
            paid[payment.invoice] += payment.payment_amount
    return paid


def _is_number(text: str) -> bool:
    """Whether a text is a number that a sequence may have given; a very long one never is."""
    return text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - beyond any sequence


INVARIANTS: Final = (
    Invariant(
        id="outstanding-is-what-is-not-paid",
        says="An invoice's outstanding_amount is its total_amount less its posted payments.",
        broken=_outstanding_is_what_is_not_paid,
    ),
    Invariant(
        id="nothing-is-paid-twice",
        says="The posted payments of an invoice are at most its total_amount.",
        broken=_nothing_is_paid_twice,
    ),
    Invariant(
        id="wallet-never-negative",
        says="Neither balance of a wallet is below 0.",
        broken=_wallets_are_not_negative,
    ),
    Invariant(
        id="payment-names-an-invoice",
        says="Every payment is of an invoice that exists.",
        broken=_payments_name_invoices,
    ),
    Invariant(
        id="accounts-receivable-or-wallet",
        says="Every payment is from an accounts receivable or from a wallet that exists, from exactly one of the two.",
        broken=_payments_have_one_payer,
    ),
    Invariant(
        id="payment-numbers-unique",
        says="No two payments have one number, reference number or back office code, and no two cancellations.",
        broken=_numbers_are_unique,
    ),
    Invariant(
        id="payment-numbers-are-of-the-sequence",
        says="The numbers of payments and of their cancellations are not beyond the last that their sequence gave.",
        broken=_numbers_are_of_the_sequence,
    ),
    Invariant(
        id="cancelled-once",
        says="Every cancelled payment has one payment cancellation, and no other payment has any.",
        broken=_cancelled_payments_have_a_cancellation,
    ),
    Invariant(
        id="cancelled-as-a-whole",
        says="Every payment cancellation is of a payment that exists, and of its amount.",
        broken=_cancellations_are_of_whole_payments,
    ),
)
