"""What tests share: a client that calls the application in memory, and a look at the whole state."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from paysandbox.app import create_runtime
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.store.journal import JournalBudget
from paysandbox.store.namespaces import DEFAULT, FIXTURES, Namespaces
from paysandbox.testing import Client, Response

__all__ = [
    "BOOKS",
    "NOON",
    "Client",
    "Response",
    "broken_invariants",
    "dump",
    "fresh_runtime",
    "nothing_changes",
    "read_runtime",
]

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
BOOKS: Final = Path(__file__).parents[1] / "books"  # fixtures: the default records, and edge cases that tests need


def fresh_runtime(base: Runtime, settings: Settings | None = None, **variants: str) -> Runtime:
    """A sandbox of its own, with its clock at 2026-03-31T12:00:00Z, over contracts and fixtures read before."""
    settings = settings or base.settings
    baselines = base.namespaces.baselines
    if variants:
        baselines = {
            name: _with_variants(origin, {key: to for key, to in variants.items() if key in origin.variants})
            for name, origin in baselines.items()
        }
    services = base.services
    if variants:
        services = {name: one.with_variants(baselines[name].variants) for name, one in base.services.items()}
    return Runtime(
        services=services,
        control=base.control,
        namespaces=Namespaces(
            baselines,
            seed=settings.seed,
            limit=settings.namespace_limit,
            time=lambda: NOON,
            budget=JournalBudget(entries=settings.journal_entries, limit=settings.journal_bytes),
        ),
        settings=settings,
        version=base.version,
        time=lambda: NOON,
    )


def dump(runtime: Runtime, provider: str, namespace: str = DEFAULT) -> dict[str, Any]:
    """Everything that a provider remembers in a namespace, its id counters included."""
    state = runtime.namespaces.get(namespace).state(provider)
    found: dict[str, Any] = {
        name: [msgspec.to_builtins(record) for record in state.table(name).records()] for name in state.table_defs()
    }
    return found | {"(counters)": state.counters()}


@contextmanager
def nothing_changes(client: Client, provider: str) -> Iterator[None]:
    """Check that the block leaves the provider's state exactly as it was."""
    before = dump(client.runtime, provider)
    yield
    assert dump(client.runtime, provider) == before


def broken_invariants(runtime: Runtime) -> list[str]:
    """The invariants of ledgers that do not hold, in any namespace. Records that no call changed are not checked."""
    return [
        f"{namespace.name} {provider} {invariant.id}: {where}"
        for namespace in runtime.namespaces
        for provider in namespace.diff(FIXTURES)
        for invariant in runtime.services[provider].provider.invariants
        for where in invariant.find_breaches(namespace.state(provider))
    ]


def read_runtime() -> Runtime:
    """The repository's contracts, over the default records and the edge cases of the tests' own books."""
    return create_runtime(fixtures=BOOKS)


def _with_variants(origin: Any, variants: Mapping[str, str]) -> Any:
    return type(origin)(origin.provider, origin.state, origin.fixture_rows, {**origin.variants, **variants})
