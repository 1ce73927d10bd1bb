"""The journal: the calls made in a namespace, and why some were refused."""

from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Any

from paysandbox.control.call_filter import CallFilter, check_names
from paysandbox.control.lookup import find_namespace
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace


def list_requests(call: Call, runtime: Runtime) -> Reply:
    """List the latest calls that pass the filters of the query, oldest first.

    Raises:
        NotFound: the namespace, provider, operation or call does not exist.
    """
    namespace = find_namespace(call, runtime)
    asked = call.query
    check_names(asked["provider"], asked["operation"], runtime)
    after = 0 if asked["after"] is None else _parse_request_id(asked["after"], namespace, at="?after")
    wanted = CallFilter(
        provider=asked["provider"], operation=asked["operation"], status=asked["status"], refused=asked["refused"]
    )
    # From the newest on, so that a long journal costs no more than what is asked of it.
    later = takewhile(lambda entry: entry.number > after, reversed(namespace.journal))
    # The whole journal would be looked through for more refusals than it holds.
    most = min(asked["limit"], namespace.journal.refused) if asked["refused"] else asked["limit"]
    latest = list(islice((entry for entry in later if wanted.accepts_entry(namespace.name, entry)), most))
    requests = _describe_entries(reversed(latest), namespace, runtime)
    return Reply(200, {"requests": requests, "evicted": namespace.journal.evicted})


def clear_requests(call: Call, runtime: Runtime) -> Reply:
    """Delete all entries; numbering goes on."""
    runtime.namespaces.clear_journal(find_namespace(call, runtime))
    return Reply(204)


def get_request(call: Call, runtime: Runtime) -> Reply:
    """Return a call with all that the journal holds about it, and what it changed in the records.

    Raises:
        NotFound: the call was never made, or its entry was evicted or deleted.
    """
    namespace = find_namespace(call, runtime)
    from paysandbox.control.journal_view import describe_entry  # noqa: PLC0415 - a start must not wait for it

    return Reply(200, describe_entry(_find_entry(call.path["id"], namespace), namespace, runtime))


def expect_refusal(call: Call, runtime: Runtime) -> Reply:
    """Say of a refused call that its refusal was expected, so that gates do not count it.

    Raises:
        NotFound: the journal does not hold the call.
        Conflict: the call was not refused.
    """
    namespace = find_namespace(call, runtime)
    entry = _find_entry(call.path["id"], namespace)
    if entry.refusal is None:
        raise Conflict(f"{call.path['id']} was not refused", at="{id}")
    namespace.journal.expect_refusal(entry)
    return Reply(204)


def _describe_entries(entries: Iterable[Entry], namespace: Namespace, runtime: Runtime) -> list[dict[str, Any]]:
    from paysandbox.control.journal_view import describe_entries  # noqa: PLC0415 - a start must not wait for it

    return describe_entries(entries, namespace, runtime)


def _find_entry(name: str, namespace: Namespace) -> Entry:
    journal = namespace.journal
    entry = journal.get(_parse_request_id(name, namespace, at="{id}"))
    if entry is None:
        evicted = f"{journal.evicted} entries were evicted, because {journal.describe_room()}"
        why = evicted if journal.evicted else "all were deleted on request"
        raise NotFound(f"the journal no longer holds {name}: {why}; {_describe_kept(namespace)}", at="{id}")
    return entry


def _parse_request_id(name: str, namespace: Namespace, *, at: str) -> int:
    """Return the number of the call with this id, whether or not the journal still holds it.

    Raises:
        NotFound: no call of this namespace has had this id.
    """
    number = namespace.request_number(name)
    if number is None:
        message = f"there is no call {name!r} in the namespace {namespace.name}; {_describe_kept(namespace)}"
        raise NotFound(message, at=at)
    return number


def _describe_kept(namespace: Namespace) -> str:
    """Say which entries the journal holds."""
    journal = namespace.journal
    if not journal:
        return "the journal is empty"
    return f"it holds {namespace.request_id(journal.oldest)} to {namespace.request_id(journal.newest)}"
