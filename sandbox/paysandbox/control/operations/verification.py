"""Coverage of the contracts, notifications that would have been sent, and the ledgers' invariants."""

from typing import Final

from paysandbox.control.lookup import find_namespace
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.messages import Call, Reply
from paysandbox.coverage.formats import render_report
from paysandbox.kit.runtime import Runtime

OUTBOX: Final = "outbox"


def get_coverage(call: Call, runtime: Runtime) -> Reply:
    """Report the coverage of the contracts by the calls of one namespace."""
    return render_report(call.query["format"], runtime.list_coverage_subjects(find_namespace(call, runtime).counts))


def get_outbox(call: Call, runtime: Runtime) -> Reply:
    """List notifications that would have been sent, oldest first."""
    namespace = find_namespace(call, runtime)
    messages = [
        {"provider": name, **read_json(write_json(message))}
        for name, service in runtime.services.items()
        if OUTBOX in service.provider.state.table_defs()
        for message in namespace.state(name).table(OUTBOX).records()
    ]
    return Reply(200, {"messages": messages})


def get_invariants(call: Call, runtime: Runtime) -> Reply:
    """Check the invariants of all providers; each lists the records where it does not hold."""
    namespace = find_namespace(call, runtime)
    found = []
    for name, service in runtime.services.items():
        for invariant in service.provider.invariants:
            where = list(invariant.broken(namespace.state(name)))
            found.append(
                {"id": invariant.id, "provider": name, "says": invariant.says, "holds": not where, "where": where}
            )
    return Reply(200, {"invariants": found})
