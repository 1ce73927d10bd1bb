"""What the calls of a namespace have exercised, what would have been sent, and whether the ledgers still agree."""

from typing import Final

from sandbox.control.looking import namespace_of
from sandbox.control.reports import coverage_report
from sandbox.documents import read_json, write_json
from sandbox.exchange import Call, Reply
from sandbox.world import World

OUTBOX: Final = "outbox"


def get_coverage(call: Call, world: World) -> Reply:
    """What the calls of one namespace have exercised of the contracts."""
    return coverage_report(call.query["format"], namespace_of(call, world).counts, world)


def get_outbox(call: Call, world: World) -> Reply:
    """Notifications that would have been sent, oldest first."""
    namespace = namespace_of(call, world)
    messages = [
        {"provider": name, **read_json(write_json(message))}
        for name, service in world.services.items()
        if OUTBOX in service.provider.state.shapes()
        for message in namespace.state(name).table(OUTBOX).records()
    ]
    return Reply(200, {"messages": messages})


def get_invariants(call: Call, world: World) -> Reply:
    """The ledgers' laws of all providers, each with the places where it does not hold."""
    namespace = namespace_of(call, world)
    found = []
    for name, service in world.services.items():
        for law in service.provider.laws:
            where = list(law.broken(namespace.state(name)))
            found.append({"id": law.id, "provider": name, "says": law.says, "holds": not where, "where": where})
    return Reply(200, {"invariants": found})
