"""Snapshots of a namespace's records: kept, gone back to, and compared with what is there now."""

from typing import Final

from sandbox.control.looking import namespace_of
from sandbox.control.records import difference_shown
from sandbox.exchange import Call, Reply
from sandbox.namespaces import FIXTURES, Namespace
from sandbox.problems import Conflict, NotFound
from sandbox.world import World

LIMIT: Final = 100  # snapshots of one namespace, `fixtures` not counted


def list_snapshots(call: Call, world: World) -> Reply:
    """The names of all snapshots, `fixtures` first, then in the order of their making."""
    return Reply(200, {"snapshots": [{"name": name} for name in namespace_of(call, world).snapshots]})


def create_snapshot(call: Call, world: World) -> Reply:
    """Keep records and id counters as they are now.

    Raises:
        Conflict: the name is taken, or there are too many snapshots.
    """
    namespace = namespace_of(call, world)
    name = call.body["name"]
    if name == FIXTURES:
        raise Conflict(f"{FIXTURES!r} is what every namespace starts from and is always there; take another name")
    if name in namespace.snapshots:
        raise Conflict(f"there is a snapshot {name!r} already; delete it first, or take another name")
    if len(namespace.snapshots) > LIMIT:
        raise Conflict(f"there are {LIMIT} snapshots already, and no more can be kept; delete one first")
    namespace.capture(name)
    return Reply(201, {"name": name})


def delete_snapshot(call: Call, world: World) -> Reply:
    """Forget a snapshot.

    Raises:
        NotFound: there is none of this name.
        Conflict: `fixtures` always stays.
    """
    namespace = namespace_of(call, world)
    name = _name_of(call, namespace)
    if name == FIXTURES:
        raise Conflict(f"{FIXTURES!r} is what every namespace starts from and stays; all others can be deleted")
    namespace.forget(name)
    return Reply(204)


def restore_snapshot(call: Call, world: World) -> Reply:
    """Make records and id counters what they were. Journal, clock, faults and snapshots stay as they are.

    Raises:
        NotFound: there is none of this name.
    """
    namespace = namespace_of(call, world)
    namespace.restore(_name_of(call, namespace))
    return Reply(204)


def diff_snapshot(call: Call, world: World) -> Reply:
    """How the records differ from a snapshot, by provider and table, only where they do.

    Raises:
        NotFound: there is none of this name.
    """
    namespace = namespace_of(call, world)
    body = {}
    for provider, tables in namespace.since(_name_of(call, namespace)).items():
        declared = world.services[provider].provider.state.shapes()
        body[provider] = {name: difference_shown(tables[name]) for name in declared if name in tables}
    return Reply(200, body)


def _name_of(call: Call, namespace: Namespace) -> str:
    """The path's snapshot, which must be there."""
    name: str = call.path["name"]
    if name not in namespace.snapshots:
        raise NotFound(f"there is no snapshot {name!r}; there are {', '.join(namespace.snapshots)}")
    return name
