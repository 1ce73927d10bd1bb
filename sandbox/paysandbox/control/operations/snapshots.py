"""Snapshots of a namespace's records: kept, gone back to, and compared with what is there now."""

from typing import Final

from paysandbox.control.lookup import namespace_of
from paysandbox.control.records import difference_shown
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import FIXTURES, Namespace

LIMIT: Final = 100  # snapshots of one namespace, `fixtures` not counted


def list_snapshots(call: Call, runtime: Runtime) -> Reply:
    """The names of all snapshots, `fixtures` first, then in the order of their making."""
    return Reply(200, {"snapshots": [{"name": name} for name in namespace_of(call, runtime).snapshots]})


def create_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Keep records and id counters as they are now.

    Raises:
        Conflict: the name is taken, or there are too many snapshots.
    """
    namespace = namespace_of(call, runtime)
    name = call.body["name"]
    if name == FIXTURES:
        raise Conflict(f"{FIXTURES!r} is what every namespace starts from and is always there; take another name")
    if name in namespace.snapshots:
        raise Conflict(f"there is a snapshot {name!r} already; delete it first, or take another name")
    if len(namespace.snapshots) > LIMIT:
        raise Conflict(f"there are {LIMIT} snapshots already, and no more can be kept; delete one first")
    namespace.save_snapshot(name)
    return Reply(201, {"name": name})


def delete_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Forget a snapshot.

    Raises:
        NotFound: there is none of this name.
        Conflict: `fixtures` always stays.
    """
    namespace = namespace_of(call, runtime)
    name = _name_of(call, namespace)
    if name == FIXTURES:
        raise Conflict(f"{FIXTURES!r} is what every namespace starts from and stays; all others can be deleted")
    namespace.delete_snapshot(name)
    return Reply(204)


def restore_snapshot(call: Call, runtime: Runtime) -> Reply:
    """Make records and id counters what they were. Journal, clock, faults and snapshots stay as they are.

    Raises:
        NotFound: there is none of this name.
    """
    namespace = namespace_of(call, runtime)
    namespace.restore(_name_of(call, namespace))
    return Reply(204)


def diff_snapshot(call: Call, runtime: Runtime) -> Reply:
    """How the records differ from a snapshot, by provider and table, only where they do.

    Raises:
        NotFound: there is none of this name.
    """
    namespace = namespace_of(call, runtime)
    body = {}
    for provider, tables in namespace.diff(_name_of(call, namespace)).items():
        declared = runtime.services[provider].provider.state.table_defs()
        body[provider] = {name: difference_shown(tables[name]) for name in declared if name in tables}
    return Reply(200, body)


def _name_of(call: Call, namespace: Namespace) -> str:
    """The path's snapshot, which must be there."""
    name: str = call.path["name"]
    if name not in namespace.snapshots:
        raise NotFound(f"there is no snapshot {name!r}; there are {', '.join(namespace.snapshots)}")
    return name
