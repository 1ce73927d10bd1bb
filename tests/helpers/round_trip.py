"""Export and import of a state: what is exported starts as the same state, whatever calls have made of it."""

from typing import Any, Final

from paysandbox.core.exact_json import read_own_json, write_json
from paysandbox.kit.fixture_export import export_state
from paysandbox.kit.fixtures import compile_fixtures
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import State

ROUND_TRIP: Final = "tests.conformance.round_trip"  # the plugin that checks every test's end state


def check_round_trips(runtime: Runtime) -> int:
    """Check every state that calls have changed; return their number."""
    checked = 0
    for namespace in list(runtime.namespaces):
        for provider in runtime.services:
            state = namespace.state(provider)
            snapshot = state.snapshot()
            if snapshot.counters or any(overlay.records for overlay in snapshot.tables.values()):
                check_round_trip(runtime, namespace, provider)
                checked += 1
    return checked


def check_round_trip(runtime: Runtime, namespace: Namespace, provider: str) -> None:
    """Check that a state is the same after a start from its export, and after an import of it."""
    service = runtime.services[provider]
    state = namespace.state(provider)
    exported = read_own_json(write_json(export_state(state, service.provider, service.credentials)))
    fixtures, errors = compile_fixtures(
        exported, service.provider, service.base_contract.variants, contract=service.base_contract
    )
    assert errors == []
    assert fixtures is not None
    baseline = fixtures.baseline
    assert baseline.variants == state.variants
    started = baseline.state(baseline, namespace.clock, f"{runtime.settings.seed}/{namespace.name}")
    assert describe(started) == describe(state)
    imported = runtime.namespaces.create("imported", clock=namespace.clock)
    imported.load_baseline(baseline)
    assert describe(imported.state(provider)) == describe(state)
    assert imported.variants[provider] == state.variants


def describe(state: State) -> dict[str, Any]:
    """All that a state holds, the order of its records included."""
    # By their text, because 0.00 and 0 are equal.
    tables = {name: [repr(record) for record in state.table(name).records()] for name in state.table_defs()}
    return {**tables, "(counters)": state.counters()}
