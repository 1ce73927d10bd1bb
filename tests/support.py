"""What tests share: a client that calls the application in memory, and a look at the whole state."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from sandbox.app import create_world
from sandbox.check.memory import Client, Response
from sandbox.namespaces import DEFAULT, FIXTURES, Namespaces
from sandbox.world import Settings, World

__all__ = ["NOON", "Client", "Response", "broken_laws", "dump", "fresh_world", "nothing_changes", "read_world"]

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def fresh_world(base: World, settings: Settings | None = None, **variants: str) -> World:
    """A sandbox of its own, with its clock at 2026-03-31T12:00:00Z, over contracts and fixtures read before."""
    origins = base.namespaces.origins
    if variants:
        origins = {
            name: _with_variants(origin, {key: to for key, to in variants.items() if key in origin.variants})
            for name, origin in origins.items()
        }
    services = base.services
    if variants:
        services = {name: one.under(origins[name].variants) for name, one in base.services.items()}
    return World(
        services=services,
        control=base.control,
        namespaces=Namespaces(origins, time=lambda: NOON),
        settings=settings or base.settings,
        version=base.version,
        time=lambda: NOON,
    )


def dump(world: World, provider: str, namespace: str = DEFAULT) -> dict[str, Any]:
    """Everything that a provider remembers in a namespace, its id counters included."""
    state = world.namespaces.get(namespace).state(provider)
    found: dict[str, Any] = {
        name: [msgspec.to_builtins(record) for record in state.table(name).records()] for name in state.shapes()
    }
    return found | {"(counters)": state.counters()}


@contextmanager
def nothing_changes(client: Client, provider: str) -> Iterator[None]:
    """Check that the block leaves the provider's state exactly as it was."""
    before = dump(client.world, provider)
    yield
    assert dump(client.world, provider) == before


def broken_laws(world: World) -> list[str]:
    """Where a ledger's law does not hold, in any namespace; what nobody has changed is as in the fixtures."""
    return [
        f"{namespace.name} {provider} {law.id}: {where}"
        for namespace in world.namespaces
        for provider in namespace.since(FIXTURES)
        for law in world.services[provider].provider.laws
        for where in law.broken(namespace.state(provider))
    ]


def read_world() -> World:
    """The sandbox as it comes: the repository's contracts and fixtures."""
    return create_world()


def _with_variants(origin: Any, variants: Mapping[str, str]) -> Any:
    return type(origin)(origin.provider, origin.state, origin.bases, {**origin.variants, **variants})
