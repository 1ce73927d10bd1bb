"""A witness: a namespace with a known sequence of calls, which must get the same bytes whatever happens beside it."""

from collections.abc import Sequence
from typing import Any, Final

from tools.soak.calls import Calls
from tools.soak.control import NAMESPACES, Control
from tools.soak.wire import Connection, request

WITNESS: Final = "witness"
NOON: Final = "2026-03-31T12:00:00Z"

Account = list[tuple[str, Any]]


class Witness:
    """Makes the calls, each time in a new namespace of the same name, with a clock that stands still."""

    def __init__(self, address: tuple[str, int], calls: Calls) -> None:
        self._connection = Connection(address)
        self._control = Control(address)
        self._calls = calls

    async def account(self) -> Account:
        """What every call was told, and what is remembered after the last one."""
        if WITNESS in await self._control.namespaces():
            await self._control.ask("DELETE", f"{NAMESPACES}/{WITNESS}?counted=false")
        await self._control.ask("POST", NAMESPACES, {"name": WITNESS, "now": NOON})
        found: Account = []
        for _ in range(2):  # the second time everything is there already
            for made in self._calls.valid.values():
                got = await self._connection.ask(made.wire(f"/ns/{WITNESS}"))
                found.append((made.name, got.told()))
        for provider in dict.fromkeys(made.subject.name for made in self._calls.valid.values()):
            got = await self._connection.ask(request("GET", f"{NAMESPACES}/{WITNESS}/state/{provider}"))
            found.append((f"state of {provider}", got.told()))
        return found

    async def close(self) -> None:
        await self._connection.close()
        await self._control.close()


def find_differences(account: Account, expected: Account) -> Sequence[str]:
    pairs = zip(account, expected, strict=True)
    return [f"{name}: {mine} / {others}" for (name, mine), (_, others) in pairs if mine != others]
