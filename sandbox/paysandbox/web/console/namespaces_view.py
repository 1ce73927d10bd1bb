"""The view of the namespaces, and of how one of them is called."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.variants import Choice, Variant
from paysandbox.control.lookup import get_namespace
from paysandbox.control.namespace_view import describe_namespace
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, Namespace

SHOWN: Final = 200


class ChosenVariant(Struct, frozen=True):
    """A variant in a namespace; `chosen` is the name of the choice in force."""

    variant: Variant
    chosen: str
    choice: Choice


class ProviderAccess(Struct, frozen=True):
    """How a provider is called in a namespace, also with its API's base path, and which variants are in force there."""

    name: str
    title: str
    url: str
    base_url: str
    credentials: Mapping[str, str]
    variants: tuple[ChosenVariant, ...]


class NamespacesView(Struct, frozen=True):
    """All namespaces, and one of them.

    `rows` are described as the control API describes them, the one used last after `default` first; `more` are left
    out, of at most `limit`. `defaults` has the choices that a new namespace starts with.
    """

    namespace: str
    is_default: bool
    providers: tuple[ProviderAccess, ...]
    rows: tuple[Mapping[str, Any], ...]
    more: int
    limit: int
    defaults: Mapping[str, Mapping[str, str]]


def build_namespaces(runtime: Runtime, name: str, origin: str) -> NamespacesView:
    """Build the view for a browser that came by `origin`.

    Raises:
        NotFound: the namespace does not exist.
    """
    chosen = get_namespace(name, runtime)
    default, *others = runtime.namespaces
    latest = [default, *islice(reversed(others), SHOWN - 1)]
    return NamespacesView(
        namespace=name,
        is_default=name == DEFAULT,
        providers=tuple(_list_access(chosen, origin, runtime)),
        rows=tuple(describe_namespace(namespace, origin, runtime) for namespace in latest),
        more=1 + len(others) - len(latest),
        limit=runtime.namespaces.limit,
        defaults={provider: baseline.variants for provider, baseline in runtime.namespaces.baselines.items()},
    )


def _list_access(namespace: Namespace, origin: str, runtime: Runtime) -> Iterator[ProviderAccess]:
    for name, described in describe_namespace(namespace, origin, runtime)["providers"].items():
        service = runtime.services[name]
        yield ProviderAccess(
            name=name,
            title=service.contract.title,
            url=described["url"],
            base_url=described["url"] + service.contract.base_path,
            credentials=described["credentials"],
            variants=tuple(_list_variants(service, described["variants"])),
        )


def _list_variants(service: Service, chosen: Mapping[str, str]) -> Iterator[ChosenVariant]:
    for name, variant in service.base_contract.variants.items():
        yield ChosenVariant(variant, chosen[name], variant.choices[chosen[name]])
