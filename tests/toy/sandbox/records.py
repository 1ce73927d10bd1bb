"""What Piggybank remembers."""

from collections.abc import Iterator
from decimal import Decimal

from paysandbox.store.state import Record, State, table

FULL = 100


class Bank(Record, frozen=True):
    """A piggybank: `total` in decimal major units, `giver` of the last coin."""

    key: str
    total: Decimal
    coins: int
    giver: str | None = None


class PiggybankState(State):
    """All piggybanks."""

    banks = table(Bank, key="key")


def overfull(state: PiggybankState) -> Iterator[str]:
    """The banks with more coins than fit in."""
    for bank in state.banks.records():
        if bank.coins > FULL:
            yield f"banks/{bank.key}: coins is {bank.coins}, but only {FULL} fit in"
