"""The view of the start page: the providers, and the latest calls of the default namespace."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.inventory import count_units
from paysandbox.control import journal_view
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, Namespace
from paysandbox.web.console.contract_view.values import make_anchor

SHOWN: Final = 10


class ProviderCard(Struct, frozen=True):
    """A provider: its URL here and its test credentials."""

    name: str
    title: str
    summary: str
    url: str
    credentials: Mapping[str, str]
    operations: int
    counts: Mapping[str, int]


class Latest(Struct, frozen=True):
    """A call, masked as in the journal. `rules` has anchor and id of each rule that it passed through."""

    entry: Mapping[str, Any]
    rules: tuple[tuple[str, str], ...]


class Overview(Struct, frozen=True):
    """The sandbox at a glance; `latest` are calls of the default namespace, newest first; `calls` counts all."""

    version: str
    url: str
    store: str
    namespace: str
    providers: tuple[ProviderCard, ...]
    latest: tuple[Latest, ...]
    calls: int


def build_overview(runtime: Runtime, origin: str) -> Overview:
    """Build the view of the start page for a browser that came by `origin`."""
    namespace = runtime.namespaces.get(DEFAULT)
    return Overview(
        version=runtime.version,
        url=origin,
        store=runtime.store_name,
        namespace=namespace.name,
        providers=tuple(_describe_provider(service, runtime, origin) for service in runtime.services.values()),
        latest=tuple(_list_latest(namespace, runtime)),
        calls=namespace.requests,
    )


def _describe_provider(service: Service, runtime: Runtime, origin: str) -> ProviderCard:
    contract, name = service.contract, service.provider.name
    return ProviderCard(
        name=name,
        title=contract.title,
        summary=contract.document["info"].get("summary", ""),
        url=runtime.url(name, origin),
        credentials=service.credentials,
        operations=len(contract.operations),
        counts=count_units(contract.document),
    )


def _list_latest(namespace: Namespace, runtime: Runtime) -> Iterator[Latest]:
    for entry in journal_view.describe_entries(islice(reversed(namespace.journal), SHOWN), namespace, runtime):
        operation = entry["operation"]
        yield Latest(
            entry, tuple((make_anchor(f"{operation} rule {rule['id']}"), rule["id"]) for rule in entry["rules"])
        )
