"""Take over changed contracts, fixtures and providers, without losing the records that calls have made.

Every namespace keeps what it changed: its records are put over the new fixtures. What does not fit there is dropped and
named. The journal, clocks, faults and coverage stay.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from paysandbox.core.problems import StartupError
from paysandbox.kit.fixture_records import split_error
from paysandbox.kit.invariants import REFERENCES_HOLD
from paysandbox.kit.program import RESTART, has_program_changed
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace, Snapshot, Variants
from paysandbox.store.state import Baseline, State, StateSnapshot


class Reloaded(NamedTuple):
    """The providers that are served now, the files that had changed, and what was dropped, a line each."""

    providers: list[str]
    files: list[str]
    dropped: list[str]


def reload(runtime: Runtime) -> Reloaded:
    """Read all files again and take them over; errors change nothing. A runtime of no files stays as it is.

    Raises:
        StartupError: a contract, a fixture file or a provider is not valid.
    """
    fresh = read_files(runtime)
    return Reloaded(list(runtime.services), [], []) if fresh is None else take_over(runtime, fresh)


def read_files(runtime: Runtime) -> Runtime | None:
    """Read all files again; None for a runtime of no files.

    Raises:
        StartupError: a contract, a fixture file or a provider is not valid, for this program at least.
    """
    try:
        return None if runtime.read_again is None else runtime.read_again()
    except StartupError as error:
        # Its files may be right for the program that is on disk now.
        raise StartupError([*error.errors, *([RESTART] if has_program_changed(runtime) else [])]) from None
    except Exception as error:
        if not has_program_changed(runtime):
            raise
        raise StartupError([f"{type(error).__name__}: {error}", RESTART]) from error


def take_over(runtime: Runtime, fresh: Runtime) -> Reloaded:
    """Serve what `fresh` has read from now on."""
    files = _list_changed_files(runtime, fresh)
    dropped: list[str] = []
    moves = []
    for namespace in runtime.namespaces:
        variants, lines = _keep_variants(namespace, fresh)
        dropped += lines
        current, lines = _adapt(namespace.snapshot(), namespace, variants, runtime, fresh)
        dropped += [f"namespace {namespace.name}: {line}; it is as in the fixtures now" for line in lines]
        snapshots: dict[str, Snapshot] = {}
        for name, snapshot in namespace.named_snapshots().items():
            snapshots[name], lines = _adapt(snapshot, namespace, variants, runtime, fresh)
            dropped += [f"namespace {namespace.name}, snapshot {name}: {line}" for line in lines]
        moves.append((namespace, variants, current, snapshots))
    # Nothing above changes the running sandbox, so that an error leaves it as it was.
    baselines = fresh.namespaces.baselines
    runtime.namespaces.rebase(baselines)
    for namespace, variants, current, snapshots in moves:
        namespace.rebase(baselines, variants, current, snapshots)
    runtime.serve(fresh)
    return Reloaded(list(runtime.services), files, dropped)


def _list_changed_files(runtime: Runtime, fresh: Runtime) -> list[str]:
    paths = {**runtime.files, **fresh.files}
    return [str(path) for path in paths if runtime.files.get(path) != fresh.files.get(path)]


def _keep_variants(namespace: Namespace, fresh: Runtime) -> tuple[Variants, list[str]]:
    """Return the namespace's choices of variants that still exist."""
    kept: dict[str, dict[str, str]] = {}
    dropped = []
    for provider, choices in namespace.own_variants.items():
        service = fresh.services.get(provider)
        known = service.base_contract.variants if service is not None else {}
        for name, choice in choices.items():
            if name in known and choice in known[name].choices:
                kept.setdefault(provider, {})[name] = choice
            else:
                dropped.append(f"namespace {namespace.name}: {provider} has no variant {name}: {choice} any more")
    return kept, dropped


def _adapt(
    snapshot: Snapshot, namespace: Namespace, variants: Variants, runtime: Runtime, fresh: Runtime
) -> tuple[Snapshot, list[str]]:
    """Return a snapshot over the new fixtures, and what of it does not fit."""
    adapted: dict[str, StateSnapshot] = {}
    dropped = []
    for provider, old in snapshot.items():
        if not old.counters and not any(overlay.records for overlay in old.tables.values()):
            continue
        service = fresh.services.get(provider)
        if service is None:
            dropped.append(f"the records of {provider}, which is not served any more")
            continue
        before, after = runtime.namespaces.baselines[provider], fresh.namespaces.baselines[provider]
        if _has_same_records(before, after):
            adapted[provider] = old
            continue
        trial = fresh.namespaces.create(namespace.name, variants=variants, clock=namespace.clock).state(provider)
        error = _replay(old, trial) or next(_find_errors(service, trial), None)
        if error is None:
            adapted[provider] = trial.snapshot()
        else:
            dropped.append(f"the records of {provider} do not fit the new fixtures: {error}")
    return adapted, dropped


def _has_same_records(before: Baseline, after: Baseline) -> bool:
    return before.state is after.state and all(
        rows.records == after.fixture_rows[name].records
        and list(rows.records) == list(after.fixture_rows[name].records)
        for name, rows in before.fixture_rows.items()
    )


def _replay(old: StateSnapshot, state: State) -> str | None:
    """Make the changes of a snapshot in a state over other fixtures; return the first that cannot be made."""
    table_defs = state.table_defs()
    with state.transaction():
        for name, overlay in old.tables.items():
            if overlay.records and name not in table_defs:
                return f"there is no table {name} any more"
            for key, record in overlay.records.items():
                if record is None:
                    state.table(name).delete(key)
                    continue
                kind = table_defs[name].record
                try:
                    state.table(name).put(record if isinstance(record, kind) else _convert(record, kind))
                except msgspec.ValidationError as error:
                    steps, what = split_error(str(error))
                    return f"{'/'.join(map(str, (name, key, *steps)))}: {what}"
    state.raise_counters(old.counters)
    return None


def _convert(record: Any, kind: Any) -> Any:
    """Convert a record to its class after the provider's code was read again."""
    return msgspec.convert(msgspec.to_builtins(record, builtin_types=(Decimal,)), kind)


def _find_errors(service: Service, state: State) -> Iterator[str]:
    for invariant in {
        invariant.id: invariant for invariant in (REFERENCES_HOLD, *service.provider.invariants)
    }.values():
        yield from map(str, invariant.find_breaches(state))
