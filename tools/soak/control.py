"""The control plane as a load uses it, and as a soak asks it: short stories of a few calls each."""

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
    """Asks the control plane on a connection of its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = Connection(address)

    async def ask(self, method: str, path: str, body: Any = UNSET) -> Any:
        """What it answers, as a value.

        Raises:
            Refused: no success.
        """
        got = await self._connection.ask(request(method, path, None, body))
        return value_of(got, f"{method} {path}")

    async def order_faults(self) -> None:
        """Let things go wrong in the one namespace that has faults, by chance, and the same in every run."""
        await self.ask("POST", NAMESPACES, {"name": FAULTY})
        for number, fault in enumerate(FAULTS):
            once = {"after": number, "times": 1}  # of the first calls, however few there will be
            for when in (once, {"probability": CHANCE, "seed": number}):
                await self.ask("POST", f"{NAMESPACES}/{FAULTY}/faults", {**fault, "when": when})

    async def fired(self) -> dict[str, int]:
        """How often each kind of fault has struck: `5xx`, `drop`, `truncate`, `delay_ms`, and `status` below 500."""
        counts: dict[str, int] = {}
        for fault in (await self.ask("GET", f"{NAMESPACES}/{FAULTY}/faults"))["faults"]:
            ((kind, value),) = fault["then"].items()
            kind = "5xx" if kind == "status" and value >= 500 else kind
            counts[kind] = counts.get(kind, 0) + fault["fired"]
        return counts

    async def journals(self, names: Iterable[str]) -> dict[str, tuple[int, int]]:
        """How many calls the journals of these namespaces keep, and how many had to go; nothing of those not there."""
        found, there = {}, await self.namespaces()
        for name in dict.fromkeys(names):
            if name not in there:
                continue
            shown = there[name]
            listed = await self.ask("GET", f"{NAMESPACES}/{name}/requests?limit=1")
            found[name] = (max(shown["requests"] - listed["evicted"], 0), listed["evicted"])
        return found

    async def broken_invariants(self) -> list[str]:
        """Where an invariant of a ledger does not hold, in any namespace."""
        return [
            f"{name} {invariant['id']}: {invariant['where']}"
            for name in await self.namespaces()
            for invariant in (await self.ask("GET", f"{NAMESPACES}/{name}/invariants"))["invariants"]
            if not invariant["holds"]
        ]

    async def namespaces(self) -> Mapping[str, Any]:
        """All namespaces, by name."""
        return {one["name"]: one for one in (await self.ask("GET", NAMESPACES))["namespaces"]}

    async def close(self) -> None:
        """Let go of the connection."""
        await self._connection.close()


def value_of(got: Got, what: str) -> Any:
    """The body of a success.

    Raises:
        Refused: it is none.
    """
    if not 200 <= got.status < 300:
        raise Refused(f"{what}: {got.outcome} {got.status} {got.content[:300]!r}")
    return got.json
