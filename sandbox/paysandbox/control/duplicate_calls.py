"""Requests that were carried out twice: what a retry does to an API that cannot tell it from a new request."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from paysandbox.control.masking import Content, read_content
from paysandbox.kit.namespace_suffix import split_suffix
from paysandbox.kit.provider import Service
from paysandbox.store.faults import LOST_AFTER
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

_SUCCESSES: Final = range(200, 300)
_COUNTED: Final = {2: "two", 3: "three"}
_IDS: Final = ("id", "uuid", "gid", "identifier")


class Repeats:
    """The requests of one journal that were carried out, noted from the oldest on.

    `read` are the entries that advice will be asked about: what was sent elsewhere need not be noted.
    """

    def __init__(self, namespace: Namespace, read: Iterable[Entry]) -> None:
        self._namespace = namespace
        self._addresses = {(one.provider, one.request.path) for one in read if _is_done_post(one)}
        # By what is alike in equal requests, the first entry with each reply: an equal reply made nothing new.
        self._done: dict[Any, dict[bytes, Entry]] = {}
        self._made: dict[tuple[str, str], tuple[Any, bytes]] = {}

    def note(self, entry: Entry, service: Service) -> None:
        """Remember a request for those that come after it."""
        if entry.request.method == "DELETE" and was_carried_out(entry):
            self._forget(entry)
        elif (entry.provider, entry.request.path) in self._addresses and _creates(entry, service):
            key = _key(entry, service)
            self._done.setdefault(key, {}).setdefault(entry.content, entry)
            if any(operation.method == "DELETE" for operation in service.contract.operations):
                for one in _ids(read_content(entry.content).value):
                    self._made[entry.provider, one] = key, entry.content

    def of(self, entry: Entry, service: Service) -> str | None:
        """Advice about a request that an earlier one equals; None if there is none, or if nothing new was made."""
        earlier = self._done.get(_key(entry, service)) if _creates(entry, service) else None
        if not earlier or entry.content in earlier:
            return None
        last, count = next(reversed(earlier.values())), len(earlier) + 1
        return (
            f"This is the same request as {self._namespace.request_id(last.number)}, which was carried out "
            f"({_outcome(last)}); this API has no idempotency, so there are {_COUNTED.get(count, count)} now, unless "
            "the records were reset in between. Before a retry, look whether the first call was carried out."
        )

    def _forget(self, entry: Entry) -> None:
        """What is deleted is not there twice."""
        key, content = self._made.pop((entry.provider, entry.request.path.rpartition("/")[2]), (None, b""))
        self._done.get(key, {}).pop(content, None)


def was_carried_out(entry: Entry) -> bool:
    """Whether the call did what it asked for, also where its reply was lost."""
    return entry.refusal is None and entry.status is not None and entry.status in _SUCCESSES


def gives_credentials(entry: Entry, service: Service) -> bool:
    """Whether the call's operation takes no credential, as that is what one gets from it: a login."""
    operation = next((one for one in service.contract.operations if one.id == entry.operation), None)
    if operation is None or operation.scheme is not None:
        return False
    return operation.body is None or service.provider.body_credential not in operation.body.members


def _creates(entry: Entry, service: Service) -> bool:
    """Whether the call may have made something of which nobody wants a second one."""
    return _is_done_post(entry) and not gives_credentials(entry, service)


def _is_done_post(entry: Entry) -> bool:
    return entry.request.method == "POST" and was_carried_out(entry)


def _outcome(entry: Entry) -> str:
    if entry.effect is not None and entry.effect.drop == LOST_AFTER:
        return f"its reply was lost by {entry.struck_by}"
    if entry.effect is not None and entry.effect.truncate is not None:
        return f"its reply was cut short by {entry.struck_by}"
    return f"it answered {entry.status}"


def _key(entry: Entry, service: Service) -> Any:
    """What is alike in equal requests: path, query, credentials, and the body as a JSON value."""
    request, schemes = entry.request, service.contract.schemes
    names = {scheme.name for scheme in schemes if scheme.place == "query"}
    query = sorted(
        (name, split_suffix(value)[0] if name in names else value)
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    credentials = tuple(
        split_suffix(value.strip())[0]
        for scheme in schemes
        if scheme.place != "query"
        for value in request.headers_named(scheme.name)
    )
    return entry.provider, request.path, tuple(query), credentials, _frozen(read_content(request.content))


def _frozen(value: Any) -> Any:
    """A JSON value that can be a key: 25.0 is 25.00, and the order of members is nothing."""
    if isinstance(value, Content):
        return (value.is_json, _frozen(value.value))
    if isinstance(value, dict):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return ("", value) if isinstance(value, bool) else value


def _ids(value: Any) -> list[str]:
    """The ids that a reply gives to what was made."""
    if isinstance(value, list):
        return [one for item in value for one in _ids(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in _IDS if isinstance(value.get(name), str | int)]
    return own + [one for item in value.values() for one in _ids(item)]
