"""The control plane, as a soak asks it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import UNSET

from tools.soak.wire import Connection, Got, request

NAMESPACES: Final = "/_sandbox/namespaces"
FAULTY: Final = "faulty"
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    *({"then": {"status": status}} for status in (500, 503, 429)),
    {"then": {"delay_ms": 20}},
    {"then": {"drop": "before"}},
    {"then": {"drop": "after"}},
    {"then": {"truncate": 1}},
)
CHANCE: Final = Decimal("0.03")


class Refused(Exception):
    """The control plane did not do what it was asked."""


class Control:
    """A client of the control plane with a connection of its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = Connection(address)

    async def ask(self, method: str, path: str, body: Any = UNSET) -> Any:
        """The body of its reply, as a value.

        Raises:
            Refused: the reply is no success.
        """
        got = await self._connection.ask(request(method, path, None, body))
        return value_of(got, f"{method} {path}")

    async def order_faults(self) -> None:
        """Order faults in one namespace: by chance, and the same in every run."""
        await self.ask("POST", NAMESPACES, {"name": FAULTY})
        for number, fault in enumerate(FAULTS):
            once = {"after": number, "times": 1}  # of the first calls, however few there will be
            for when in (once, {"probability": CHANCE, "seed": number}):
                await self.ask("POST", f"{NAMESPACES}/{FAULTY}/faults", {**fault, "when": when})

    async def count_fired(self) -> int:
        """How often the faults have fired."""
        return sum(fault["fired"] for fault in (await self.ask("GET", f"{NAMESPACES}/{FAULTY}/faults"))["faults"])

    async def count_evicted(self, names: Iterable[str]) -> dict[str, int]:
        """How many calls the journal of each namespace has dropped; 0 for a namespace that does not exist yet."""
        existing = await self.namespaces()
        return {
            name: (await self.ask("GET", f"{NAMESPACES}/{name}/requests?limit=1"))["evicted"] if name in existing else 0
            for name in dict.fromkeys(names)
        }

    async def namespaces(self) -> Mapping[str, Any]:
        return {shown["name"]: shown for shown in (await self.ask("GET", NAMESPACES))["namespaces"]}

    async def close(self) -> None:
        await self._connection.close()


def value_of(got: Got, what: str) -> Any:
    """The body of a success.

    Raises:
        Refused: it is none.
    """
    if not 200 <= got.status < 300:
        raise Refused(f"{what}: {got.outcome} {got.status} {got.content[:300]!r}")
    return got.json
