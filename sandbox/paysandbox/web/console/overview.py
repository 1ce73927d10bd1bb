"""What there is in this sandbox, for its start page: the providers, and what was asked of them lately."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.inventory import count_units
from paysandbox.control import journal_view
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, Namespace
from paysandbox.web.console.members import anchor_of

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


def overview(runtime: Runtime, origin: str) -> Overview:
    """What the start page shows to whoever came by `origin`."""
    namespace = runtime.namespaces.get(DEFAULT)
    return Overview(
        version=runtime.version,
        url=origin,
        namespace=namespace.name,
        providers=tuple(_here(service, runtime, origin) for service in runtime.services.values()),
        made=tuple(_made(namespace, runtime)),
        calls=namespace.requests,
    )


def _here(service: Service, runtime: Runtime, origin: str) -> Here:
    contract, name = service.contract, service.provider.name
    return Here(
        name=name,
        title=contract.title,
        summary=contract.document["info"].get("summary", ""),
        url=runtime.url(name, origin),
        credentials=service.credentials,
        operations=len(contract.operations),
        counts=count_units(contract.document),
    )


def _made(namespace: Namespace, runtime: Runtime) -> Iterator[Made]:
    latest = deque(namespace.journal, maxlen=SHOWN)
    for entry in reversed(journal_view.describe_entries(latest, namespace, runtime)):
        operation = entry["operation"]
        yield Made(entry, tuple((anchor_of(f"{operation} rule {one['id']}"), one["id"]) for one in entry["rules"]))
