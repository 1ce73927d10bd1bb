"""What there is in this sandbox, for its start page: the providers, and what was asked of them lately."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from sandbox.contract.provenance import counts
from sandbox.control import entries
from sandbox.control.pages.members import anchor_of
from sandbox.namespaces import DEFAULT, Namespace
from sandbox.provider import Service
from sandbox.world import World

SHOWN: Final = 10


class Here(Struct, frozen=True):
    """A provider: where it stands, and with which credentials it is called."""

    name: str
    title: str
    summary: str
    url: str
    credentials: Mapping[str, str]
    operations: int
    counts: Mapping[str, int]


class Made(Struct, frozen=True):
    """A call that was made, masked as in the journal. `rules` has anchor and id of each rule that it passed through."""

    entry: Mapping[str, Any]
    rules: tuple[tuple[str, str], ...]


class Overview(Struct, frozen=True):
    """The sandbox at a glance; `made` are the latest calls of the default namespace, the last one first."""

    version: str
    url: str
    namespace: str
    providers: tuple[Here, ...]
    made: tuple[Made, ...]
    calls: int


def overview(world: World, origin: str) -> Overview:
    """What the start page shows to whoever came by `origin`."""
    namespace = world.namespaces.get(DEFAULT)
    return Overview(
        version=world.version,
        url=origin,
        namespace=namespace.name,
        providers=tuple(_here(service, world, origin) for service in world.services.values()),
        made=tuple(_made(namespace, world)),
        calls=namespace.requests,
    )


def _here(service: Service, world: World, origin: str) -> Here:
    contract, name = service.contract, service.provider.name
    return Here(
        name=name,
        title=contract.title,
        summary=contract.document["info"].get("summary", ""),
        url=world.url(name, origin),
        credentials=service.credentials,
        operations=len(contract.operations),
        counts=counts(contract.document),
    )


def _made(namespace: Namespace, world: World) -> Iterator[Made]:
    latest = deque(namespace.journal, maxlen=SHOWN)
    for entry in reversed(entries.shown(latest, namespace, world)):
        operation = entry["operation"]
        yield Made(entry, tuple((anchor_of(f"{operation} rule {one['id']}"), one["id"]) for one in entry["rules"]))
