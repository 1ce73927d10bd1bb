"""Arithmetic and decisions on records: how long a token lives, what an invoice owes, which rate is valid."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.crm_com import releases
from paysandbox.providers.crm_com.catalogue import CurrencyRatePeriod, Wallet
from paysandbox.providers.crm_com.records import CrmComState, Invoice, Sequence, Token

IDLE: Final = dt.timedelta(hours=1)
LIFE: Final = dt.timedelta(hours=2)


def expires_when_idle(release: str) -> bool:
    """Whether use keeps a token alive: before R12.0.0. Source: POST authentication/token."""
    return not releases.knows(release, releases.TOKENS_LAST_TWO_HOURS)


def has_expired(token: Token, release: str, now: dt.datetime) -> bool:
    """Whether a token is dead at this moment: an hour after its last use, or two hours after its issue."""
    if token.never_expires:
        return False
    if expires_when_idle(release):
        return now - token.last_used_on >= IDLE
    return now - token.issued_on >= LIFE


def earliest(state: CrmComState) -> dt.datetime | None:
    """When the youngest token that can expire was issued, in UTC: before it, the token would be from the future."""
    return max((token.issued_on for token in state.tokens.records() if not token.never_expires), default=None)


def settled(invoice: Invoice) -> Invoice:
    """The invoice once its whole outstanding amount is paid."""
    return replace(invoice, outstanding_amount=ZERO)


def spent(wallet: Wallet, amount: Decimal) -> Wallet:
    """The wallet after an amount of its unconditional funds is spent. Source: "Only unconditional wallet funds"."""
    return replace(wallet, unconditional_balance=wallet.unconditional_balance - amount)


def owing_again(invoice: Invoice, amount: Decimal) -> Invoice:
    """The invoice once a payment of an amount is cancelled."""
    return replace(invoice, outstanding_amount=invoice.outstanding_amount + amount)


def returned(wallet: Wallet, amount: Decimal) -> Wallet:
    """The wallet once a payment of an amount is cancelled: what was spent is unconditional again."""
    return replace(wallet, unconditional_balance=wallet.unconditional_balance + amount)


def following(sequence: Sequence) -> Sequence:
    """The sequence after one more record."""
    return replace(
        sequence,
        last_number=sequence.last_number + 1,
        last_reference_number=sequence.last_reference_number + 1,
    )


def valid_period(periods: Iterable[CurrencyRatePeriod], moment: str) -> CurrencyRatePeriod | None:
    """The period in which a moment (`2014-07-14T16:49:11`) falls, if there is one."""
    return next((period for period in periods if period.from_date <= moment <= period.to_date), None)
