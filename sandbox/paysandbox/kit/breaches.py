"""Breaches of invariants: the record, its property, the value found and the value expected."""

from typing import Any

from msgspec import UNSET, Struct


class Breach(Struct, frozen=True):
    """A place where an invariant does not hold; as a string `table/key: ` and what it says.

    `property` has its name on the wire; it is None where the record as a whole is wrong. `actual` and `expected` are
    JSON values (amounts: decimal major units), UNSET where there is no such value to name.
    """

    table: str
    key: str
    says: str
    property: str | None = None
    actual: Any = UNSET
    expected: Any = UNSET

    @classmethod
    def of_value(cls, table: str, key: Any, name: str, actual: Any, rest: str, expected: Any = UNSET) -> "Breach":
        """Make the breach by a property's value; it says `name is actual, rest`."""
        return cls(table, str(key), f"{name} is {actual}, {rest}", name, actual, expected)

    def __str__(self) -> str:
        return f"{self.table}/{self.key}: {self.says}"


def read_breach(line: str) -> Breach:
    """Read the line of a provider that tells a breach as text, `table/key: what`."""
    record, _, says = line.partition(": ")
    table, _, key = record.partition("/")
    return Breach(table, key, says)
