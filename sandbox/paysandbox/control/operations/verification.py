"""Coverage of the contracts, notifications that would have been sent, and the ledgers' invariants."""

from paysandbox.control.ledger_view import describe_invariant
from paysandbox.control.lookup import find_namespace
from paysandbox.control.notifications import list_notifications
from paysandbox.core.messages import Call, Reply
from paysandbox.coverage.formats import render_report
from paysandbox.kit.runtime import Runtime


def get_coverage(call: Call, runtime: Runtime) -> Reply:
    """Report the coverage of the contracts by the calls of one namespace."""
    return render_report(call.query["format"], runtime.list_coverage_subjects(find_namespace(call, runtime).counts))


def get_outbox(call: Call, runtime: Runtime) -> Reply:
    """List notifications that would have been sent, oldest first."""
    namespace = find_namespace(call, runtime)
    return Reply(200, {"messages": list_notifications(namespace, runtime)})


def get_invariants(call: Call, runtime: Runtime) -> Reply:
    """Check the invariants of all providers; each lists the records where it does not hold."""
    namespace = find_namespace(call, runtime)
    found = [
        describe_invariant(invariant, name, list(invariant.find_breaches(namespace.state(name))))
        for name, service in runtime.services.items()
        for invariant in service.provider.invariants
    ]
    return Reply(200, {"invariants": found})
