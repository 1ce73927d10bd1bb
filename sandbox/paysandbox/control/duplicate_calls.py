"""Find calls that were carried out twice, because the API cannot tell a retry from a new call."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from paysandbox.contract.operation import Operation
from paysandbox.control.masking import Content, read_content
from paysandbox.kit.namespace_suffix import split_suffix
from paysandbox.kit.provider import Service
from paysandbox.store.faults import LOST_AFTER
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

_SUCCESSES: Final = range(200, 300)
_COUNTED: Final = {2: "two", 3: "three"}
_IDS: Final = ("id", "uuid", "gid", "identifier")


class DuplicateCalls:
    """The calls of one journal that were carried out, noted from the oldest on.

    `read` are the entries that advice is made about: only calls to the same addresses are noted.
    """

    def __init__(self, namespace: Namespace, read: Iterable[Entry]) -> None:
        self._namespace = namespace
        self._addresses = {(entry.provider, entry.request.path) for entry in read if _is_done_post(entry)}
        # By request, the first entry with each reply: an equal reply means that nothing new was created.
        self._done: dict[Any, dict[bytes, Entry]] = {}
        self._created: dict[tuple[str, str], tuple[Any, bytes]] = {}

    def note(self, entry: Entry, service: Service) -> None:
        """Remember a call, because later ones may equal it."""
        if entry.request.method == "DELETE" and was_carried_out(entry):
            self._forget(entry)
        elif (entry.provider, entry.request.path) in self._addresses and _creates(entry, service):
            key = _make_key(entry, service)
            self._done.setdefault(key, {}).setdefault(entry.content, entry)
            if any(operation.method == "DELETE" for operation in service.contract.operations):
                for record_id in _find_ids(read_content(entry.content).value):
                    self._created[entry.provider, record_id] = key, entry.content

    def find(self, entry: Entry, service: Service) -> str | None:
        """Return a hint if an earlier call equals this one and both created something."""
        earlier = self._done.get(_make_key(entry, service)) if _creates(entry, service) else None
        if not earlier or entry.content in earlier:
            return None
        last, count = next(reversed(earlier.values())), len(earlier) + 1
        return (
            f"This call repeats {self._namespace.request_id(last.number)}, which was carried out "
            f"({_describe_outcome(last)}). There are {_COUNTED.get(count, count)} now, because this API has no "
            "idempotency, unless the records were reset in between. Before a retry, check whether the first call was "
            "carried out."
        )

    def _forget(self, entry: Entry) -> None:
        # A record that was deleted does not exist twice.
        key, content = self._created.pop((entry.provider, entry.request.path.rpartition("/")[2]), (None, b""))
        self._done.get(key, {}).pop(content, None)


def was_carried_out(entry: Entry) -> bool:
    """Tell whether the call took effect, even if its reply was lost."""
    return entry.refusal is None and entry.status is not None and entry.status in _SUCCESSES


def gives_credentials(entry: Entry, service: Service) -> bool:
    """Tell whether the call is a login: its operation takes none of the others' credentials, because it returns one."""
    operation = find_operation(entry, service)
    if operation is None:
        return False
    if operation.scheme is not None:
        takers = [other for other in service.contract.operations if other.scheme == operation.scheme]
        return len(takers) == 1 and service.provider.body_credential is not None
    return operation.body is None or service.provider.body_credential not in operation.body.members


def find_operation(entry: Entry, service: Service) -> Operation | None:
    """Return the operation that the call reached; None if the contract has no such path or method."""
    return next((operation for operation in service.contract.operations if operation.id == entry.operation), None)


def _creates(entry: Entry, service: Service) -> bool:
    # A second login is not a mistake.
    return _is_done_post(entry) and not gives_credentials(entry, service)


def _is_done_post(entry: Entry) -> bool:
    return entry.request.method == "POST" and was_carried_out(entry)


def _describe_outcome(entry: Entry) -> str:
    if entry.effect is not None and entry.effect.drop == LOST_AFTER:
        return f"its reply was lost by {entry.fault_id}"
    if entry.effect is not None and entry.effect.truncate is not None:
        return f"its reply was cut short by {entry.fault_id}"
    return f"it answered {entry.status}"


def _make_key(entry: Entry, service: Service) -> Any:
    """Return what equal calls share: path, query, credentials and the body as a JSON value."""
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
        for value in request.get_headers(scheme.name)
    )
    return entry.provider, request.path, tuple(query), credentials, _freeze(read_content(request.content))


def _freeze(value: Any) -> Any:
    """Return a JSON value as a key, where 25.0 equals 25.00 and the order of properties does not count."""
    if isinstance(value, Content):
        return (value.is_json, _freeze(value.value))
    if isinstance(value, dict):
        return frozenset((name, _freeze(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(_freeze, value))
    return ("", value) if isinstance(value, bool) else value


def _find_ids(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _find_ids(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in _IDS if isinstance(value.get(name), str | int)]
    return own + [found for item in value.values() for found in _find_ids(item)]
