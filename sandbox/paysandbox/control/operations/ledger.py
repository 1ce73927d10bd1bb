"""The ledger: the documents of a provider with what is paid and owed, and one of them with the records behind it."""

from msgspec.structs import asdict

from paysandbox.control.ledger_view import (
    Query,
    describe_document,
    describe_ledger,
    find_document,
    list_documents,
    sum_up,
)
from paysandbox.control.lookup import find_service, find_state
from paysandbox.core.messages import Call, Reply
from paysandbox.kit.runtime import Runtime


def list_ledger(call: Call, runtime: Runtime) -> Reply:
    """List the documents of a provider that pass the filters of the query, with sums over all of them.

    Raises:
        NotFound: no such namespace or provider, or it has no documents in the table.
    """
    asked = call.query
    query = Query(asked["table"], asked["text"] or "", bool(asked["owing"]), asked["sort"] or "", asked["company"])
    state = find_state(call, runtime)
    found = list_documents(find_service(call, runtime).provider, state, query)
    start = asked["first"] - 1
    return Reply(
        200,
        {
            "documents": [describe_document(document) for document in found[start : start + asked["limit"]]],
            "found": len(found),
            "sums": [asdict(total) for total in sum_up(found)],
        },
    )


def get_ledger(call: Call, runtime: Runtime) -> Reply:
    """Return a document with its entries, what is owed of it, and the invariants as far as they are about it.

    Raises:
        NotFound: no such namespace or provider, it has no documents in the table, or none with the key.
    """
    state = find_state(call, runtime)
    provider = find_service(call, runtime).provider
    return Reply(
        200, describe_ledger(provider, state, find_document(provider, state, call.path["table"], call.path["key"]))
    )
