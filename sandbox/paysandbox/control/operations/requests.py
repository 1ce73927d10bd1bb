"""The journal: which calls were made in a namespace, and what was wrong with them."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from paysandbox.control import journal_view
from paysandbox.control.lookup import namespace_of
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace


def list_requests(call: Call, runtime: Runtime) -> Reply:
    """The latest calls that the query asks for, oldest first.

    Raises:
        NotFound: a namespace, provider, operation or call that there is not.
    """
    namespace = namespace_of(call, runtime)
    asked = call.query
    _check_names(asked["provider"], asked["operation"], runtime)
    after = 0 if asked["after"] is None else _number(asked["after"], namespace)
    found = deque((one for one in namespace.journal if _is_asked_for(one, asked, after)), maxlen=asked["limit"])
    return Reply(200, {"requests": journal_view.shown(found, namespace, runtime), "evicted": namespace.journal.evicted})


def clear_requests(call: Call, runtime: Runtime) -> Reply:
    """Forget all calls; those to come are numbered on."""
    namespace_of(call, runtime).journal.clear()
    return Reply(204)


def get_request(call: Call, runtime: Runtime) -> Reply:
    """One call, with everything that is known of it.

    Raises:
        NotFound: a call that was never made, or that the journal does not keep any more.
    """
    namespace = namespace_of(call, runtime)
    entry = namespace.journal.get(_number(call.path["id"], namespace))
    if entry is None:
        raise NotFound(
            f"the journal does not keep {call.path['id']} any more: {namespace.journal.evicted} of its calls were "
            f"evicted to make room, unless all were forgotten on request; {_kept(namespace)}"
        )
    return Reply(200, journal_view.shown([entry], namespace, runtime)[0])


def _is_asked_for(entry: Entry, asked: Mapping[str, Any], after: int) -> bool:
    """Whether an entry passes every filter that is given."""
    return (
        entry.number > after
        and asked["provider"] in {None, entry.provider}
        and asked["operation"] in {None, entry.operation}
        and asked["status"] in {None, entry.status}
        and asked["refused"] in {None, entry.refusal is not None}
    )


def _check_names(provider: str | None, operation: str | None, runtime: Runtime) -> None:
    """Refuse names that there are not, as their lists would be empty forever."""
    if provider is not None and provider not in runtime.services:
        raise NotFound(f"there is no provider {provider!r}; there are {', '.join(runtime.services)}")
    services = list(runtime.services.values()) if provider is None else [runtime.services[provider]]
    known = list(dict.fromkeys(one.id for service in services for one in service.contract.operations))
    if operation is not None and operation not in known:
        whose = "no provider has" if provider is None else f"{provider} does not have"
        raise NotFound(f"{whose} an operation {operation!r}; there are {', '.join(known)}")


def _number(name: str, namespace: Namespace) -> int:
    """The number of the call with this id, whether the journal keeps it or not.

    Raises:
        NotFound: no call of this namespace has had this id.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,17})", name.removeprefix(namespace.request_id(0)[:-1]), re.ASCII)
    number = 0 if found is None else int(found[1])
    if not 0 < number <= namespace.requests or name != namespace.request_id(number):
        raise NotFound(f"there is no call {name!r} in the namespace {namespace.name}; {_kept(namespace)}")
    return number


def _kept(namespace: Namespace) -> str:
    """Which calls there are, in words."""
    numbers = [entry.number for entry in namespace.journal]
    if not numbers:
        return "the journal is empty"
    return f"it keeps {namespace.request_id(numbers[0])} to {namespace.request_id(numbers[-1])}"
