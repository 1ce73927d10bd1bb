"""A cluster: the server of a key is known by the key's slot, and asked for anew when the slots have moved."""

import asyncio
from binascii import crc_hqx
from collections.abc import Iterable
from itertools import count
from typing import Any, Final

from paysandbox.store.log.engine import StoreError, UndecidedError
from paysandbox.store.log.redis.address import Address
from paysandbox.store.log.redis.connection import Command, Refused
from paysandbox.store.log.redis.server import PASSING, PAUSE, Link
from paysandbox.store.log.redis.wording import describe_refusal

SLOTS: Final = 16384

Place = tuple[str, int]


def find_slot(key: str) -> int:
    """Return the slot of a key: that of the part in braces, if it has one."""
    start = key.find("{") + 1
    end = key.find("}", start) if start else 0
    return crc_hqx((key[start:end] if end > start else key).encode(), 0) % SLOTS


class Cluster:
    """The engine of an address that is a cluster."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._patience = address.answer_ms / 1000
        self._links: dict[Place, Link] = {}
        self._places: list[Place] = []  # of the primary of each slot; empty if they must be asked for
        self._primaries: list[Place] = []

    async def call(self, key: str, command: Command) -> Any:
        slot, loop = find_slot(key), asyncio.get_running_loop()
        end, asked = None, None
        while True:
            places = self._places or await self._ask_for_places()
            try:
                if asked is not None:
                    return await self._link(asked).call_both(("ASKING",), command)
                return await self._link(places[slot]).call(command)
            except Refused as refusal:
                asked = self._follow(refusal, slot)
                end = end or loop.time() + self._patience
                if loop.time() > end or (refusal.code not in PASSING and refusal.code not in {"MOVED", "ASK"}):
                    raise
                if refusal.code in PASSING:
                    await asyncio.sleep(PAUSE)
            except UndecidedError:
                self._places = []
                raise
            except StoreError:  # it was not reached; another may have its slots by now
                self._places = []
                if (await self._ask_for_places())[slot] == places[slot]:
                    self._places = []
                    raise

    async def call_each(self, command: Command) -> list[Any]:
        await self._ask_for_places()
        return [await self._link(place).call(command) for place in self._primaries]

    async def scan(self, pattern: str, kind: str | None = None) -> list[bytes]:
        await self._ask_for_places()
        found = [await self._link(place).scan(pattern, kind) for place in self._primaries]
        return list(dict.fromkeys(key for keys in found for key in keys))  # a moving key can be at two

    async def list_keys(self, stem: str) -> list[str]:
        places, found = await self._ask_for_places(), dict[Place, str]()
        wanted = len(set(places))
        for number in count():
            found.setdefault(places[find_slot(f"{stem}{number}")], f"{stem}{number}")
            if len(found) == wanted:
                break
        return list(found.values())

    async def close(self) -> None:
        for link in self._links.values():
            link.close()
        self._links.clear()
        self._places = []

    def _link(self, place: Place) -> Link:
        found = self._links.get(place)
        if found is None:
            found = self._links[place] = Link(self._address, place)
        return found

    def _follow(self, refusal: Refused, slot: int) -> Place | None:
        """Note where a slot has moved; return the server that is to be asked this once."""
        if refusal.code in {"MOVED", "ASK"}:
            host, _, port = str(refusal).split()[2].rpartition(":")
            place = host or self._address.places[0][0], int(port)
            if refusal.code == "ASK":
                return place
            if self._places:
                self._places[slot] = place
        elif refusal.code in PASSING:
            self._places = []
        return None

    async def _ask_for_places(self) -> list[Place]:
        """Ask a server, the first that answers, which one has each slot.

        Raises:
            StoreError: none answers, or it is no cluster, or slots are without a server.
        """
        failed: StoreError | None = None
        for place in dict.fromkeys((*self._primaries, *self._address.places)):
            try:
                ranges = await self._link(place).call(("CLUSTER", "SLOTS"))
            except Refused as refusal:
                failed = StoreError(f"{self._address.name}: {describe_refusal(refusal)}")
                continue
            except StoreError as error:
                failed = error
                continue
            self._take(ranges, place[0])
            if self._places:
                return self._places
            failed = StoreError(f"{self._address.name}: the cluster has no server for some keys")
        raise failed or StoreError(f"{self._address.name} cannot be reached")

    def _take(self, ranges: Iterable[list[Any]], asked_host: str) -> None:
        places: dict[int, Place] = {}
        for start, end, (host, port, *_), *_replicas in ranges:
            place = ((host or b"").decode() or asked_host, int(port))
            places.update(dict.fromkeys(range(start, end + 1), place))
        self._primaries = list(dict.fromkeys(places.values()))
        self._places = [places[slot] for slot in range(SLOTS)] if len(places) == SLOTS else []
        for place in self._links.keys() - {*self._primaries, *self._address.places}:
            self._links.pop(place).close()
