"""Snapshots of a namespace's records: create, restore, compare and delete them."""

from typing import Final

from paysandbox.control.lookup import find_namespace
from paysandbox.control.records import encode_difference
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import FIXTURES, Namespace

LIMIT: Final = 100  # snapshots of one namespace, `fixtures` not counted


def list_snapshots(call: Call, runtime: Runtime) -> Reply:
    """List the names of all snapshots: `fixtures` first, then by creation."""
    return Reply(200, {"snapshots": [{"name": name} for name in find_namespace(call, runtime).snapshots]})


def create_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Create a snapshot of records and id counters.

    Raises:
        Conflict: the name is taken, or there are too many snapshots.
    """
    namespace = find_namespace(call, runtime)
    name = call.body["name"]
    if name == FIXTURES:
        raise Conflict(
            f"the snapshot {FIXTURES!r} always exists, because every namespace starts from it; choose another name",
            at="/name",
        )
    if name in namespace.snapshots:
        raise Conflict(f"there is a snapshot {name!r} already; delete it first, or choose another name", at="/name")
    if len(namespace.snapshots) > LIMIT:
        raise Conflict(f"a namespace holds at most {LIMIT} snapshots; delete one first")
    namespace.save_snapshot(name)
    return Reply(201, {"name": name})


def delete_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Delete a snapshot.

    Raises:
        NotFound: no snapshot has this name.
        Conflict: `fixtures` cannot be deleted.
    """
    namespace = find_namespace(call, runtime)
    name = _find_snapshot_name(call, namespace)
    if name == FIXTURES:
        message = f"the snapshot {FIXTURES!r} cannot be deleted, because every namespace starts from it"
        raise Conflict(message, at="{name}")
    namespace.delete_snapshot(name)
    return Reply(204)


def restore_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Restore records and id counters. Journal, clock, faults and snapshots stay as they are.

    Raises:
        NotFound: no snapshot has this name.
    """
    namespace = find_namespace(call, runtime)
    namespace.restore(_find_snapshot_name(call, namespace))
    return Reply(204)


def diff_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Compare the records with a snapshot, by provider and table; equal tables are omitted.

    Raises:
        NotFound: no snapshot has this name.
    """
    namespace = find_namespace(call, runtime)
    body = {}
    for provider, tables in namespace.diff(_find_snapshot_name(call, namespace)).items():
        declared = runtime.services[provider].provider.state.table_defs()
        body[provider] = {name: encode_difference(tables[name]) for name in declared if name in tables}
    return Reply(200, body)


def _find_snapshot_name(call: Call, namespace: Namespace) -> str:
    name: str = call.path["name"]
    if name not in namespace.snapshots:
        raise NotFound(f"there is no snapshot {name!r}; there are {', '.join(namespace.snapshots)}", at="{name}")
    return name
