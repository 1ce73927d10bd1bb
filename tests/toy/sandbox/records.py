"""What Piggybank remembers."""

from decimal import Decimal

from sandbox.state import Record, State, table


class Bank(Record, frozen=True):
    """A piggybank: `total` in decimal major units."""

    key: str
    total: Decimal
    coins: int


class PiggybankState(State):
    """All piggybanks."""

    banks = table(Bank, key="key")
