"""Find calls that were carried out twice, because the API cannot tell a retry from a new call."""

from bisect import bisect_left
from collections.abc import Iterator
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import read_own_json, write_canonical
from paysandbox.core.problems import Malformed
from paysandbox.kit.namespace_suffix import split_suffix
from paysandbox.kit.provider import Service
from paysandbox.store.faults import LOST_AFTER
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

_SUCCESSES: Final = range(200, 300)
_COUNTED: Final = {2: "two", 3: "three"}
_IDS: Final = ("id", "uuid", "gid", "identifier")
_DIGEST: Final = 16  # bytes of a digest, which is kept instead of the call because the journal may drop that

_number_of = attrgetter("number")


class Creation(Struct):
    """A call that created something, by its number; `deleted_by` is the call that deleted that again."""

    number: int
    deleted_by: int | None = None

    def is_deleted_before(self, number: int) -> bool:
        """Whether what was created is deleted when the call with this number is made."""
        return self.deleted_by is not None and self.deleted_by < number


class EqualCalls:
    """The calls that are equal to each other, from the oldest on: the first with each reply.

    A call with an equal reply created nothing new.
    """

    __slots__ = ("_by_reply", "_creations", "_deleted")

    def __init__(self) -> None:
        self._creations: list[Creation] = []
        self._deleted: list[Creation] = []
        self._by_reply: dict[bytes, Creation] = {}

    def add(self, number: int, reply: bytes) -> Creation | None:
        """Add a call; return None if it has the reply of an earlier one, whose creation still exists."""
        known = self._by_reply.get(reply)
        if known is not None and known.deleted_by is None:
            return None
        created = self._by_reply[reply] = Creation(number)
        self._creations.append(created)
        return created

    def delete(self, created: Creation, number: int) -> None:
        """Note that the call with this number deleted what an equal call created."""
        if created.deleted_by is None:
            created.deleted_by = number
            self._deleted.append(created)

    def find_before(self, number: int, reply: bytes, oldest: int) -> tuple[int, int] | None:
        """Return the last creation before a call, from the call `oldest` on, and how many there are.

        None if there is none, or one with the reply of this call.
        """
        known = self._by_reply.get(reply)
        if known is not None and known.number < number and not known.is_deleted_before(number):
            return None
        first, end = (bisect_left(self._creations, bound, key=_number_of) for bound in (oldest, number))
        last = next((one.number for one in self._backwards(first, end) if not one.is_deleted_before(number)), None)
        gone = sum(oldest <= one.number < number and one.is_deleted_before(number) for one in self._deleted)
        return None if last is None else (last, end - first - gone)

    def _backwards(self, first: int, end: int) -> Iterator[Creation]:
        return (self._creations[index] for index in range(end - 1, first - 1, -1))


class Address:
    """The calls to one path of a provider that created something. Each is compared once, when it is asked for."""

    def __init__(self) -> None:
        self.waiting: list[int] = []  # the numbers of calls that are not compared yet
        self.equal: dict[bytes, EqualCalls] = {}
        self.created: dict[str, tuple[EqualCalls, Creation]] = {}  # by the ids in the reply
        self.deletions = 0  # of the provider's, how many are noted here


class DuplicateCalls:
    """The calls of one journal that were carried out, noted once each and from the oldest on."""

    def __init__(self, namespace: Namespace, logins: "Logins") -> None:
        self._namespace = namespace
        self._logins = logins
        self._addresses: dict[tuple[str, str], Address] = {}
        self._deletions: dict[str, list[tuple[int, str]]] = {}  # by provider: calls, and the ids that they deleted

    def note(self, entry: Entry, service: Service) -> None:
        """Remember a call, because later ones may equal it."""
        if entry.request.method == "DELETE" and was_carried_out(entry):
            record_id = entry.request.path.rpartition("/")[2]
            self._deletions.setdefault(entry.provider, []).append((entry.number, record_id))
        elif self._creates(entry, service):
            self._addresses.setdefault((entry.provider, entry.request.path), Address()).waiting.append(entry.number)

    def find(self, entry: Entry, service: Service) -> str | None:
        """Return a hint if an earlier call equals this one and both created something."""
        if not self._creates(entry, service):
            return None
        address = self._addresses.setdefault((entry.provider, entry.request.path), Address())
        self._compare_waiting(address, entry.provider, service)
        equal = address.equal.get(_digest_request(entry, service))
        journal = self._namespace.journal
        found = None if equal is None else equal.find_before(entry.number, _digest(entry.content), journal.oldest)
        last = None if found is None else journal.get(found[0])
        if found is None or last is None:
            return None
        count = found[1] + 1
        return (
            f"This call repeats {self._namespace.request_id(last.number)}, which was carried out "
            f"({_describe_outcome(last)}). There are {_COUNTED.get(count, count)} now, because this API has no "
            "idempotency, unless the records were reset in between. Before a retry, check whether the first call was "
            "carried out."
        )

    def _compare_waiting(self, address: Address, provider: str, service: Service) -> None:
        """Compare the calls to an address that came since the last time, in the order of calls and deletions."""
        deletes = any(operation.method == "DELETE" for operation in service.contract.operations)
        for number in address.waiting:
            entry = self._namespace.journal.get(number)
            if entry is None:  # evicted before it was asked for
                continue
            self._note_deletions(address, provider, number)
            equal = address.equal.setdefault(_digest_request(entry, service), EqualCalls())
            created = equal.add(number, _digest(entry.content))
            if deletes and created is not None:
                address.created.update((record_id, (equal, created)) for record_id in _read_ids(entry.content))
        address.waiting.clear()
        self._note_deletions(address, provider, self._namespace.requests + 1)

    def _note_deletions(self, address: Address, provider: str, before: int) -> None:
        # A record that was deleted does not exist twice.
        deletions = self._deletions.get(provider, [])
        while address.deletions < len(deletions) and deletions[address.deletions][0] < before:
            number, record_id = deletions[address.deletions]
            address.deletions += 1
            if record_id in address.created:
                equal, created = address.created.pop(record_id)
                equal.delete(created, number)

    def _creates(self, entry: Entry, service: Service) -> bool:
        # A second login is not a mistake.
        return entry.request.method == "POST" and was_carried_out(entry) and not self._logins.has(entry, service)


class Logins:
    """The operations that give credentials, found once for each provider, because every entry is asked about."""

    def __init__(self) -> None:
        self._by_provider: dict[str, frozenset[str]] = {}

    def has(self, entry: Entry, service: Service) -> bool:
        """Tell whether a call is a login."""
        name = service.provider.name
        known = self._by_provider.get(name)
        if known is None:
            logins = [operation for operation in service.contract.operations if _gives_credentials(operation, service)]
            known = self._by_provider[name] = frozenset(operation.id for operation in logins)
        return entry.operation in known


def was_carried_out(entry: Entry) -> bool:
    """Tell whether the call took effect, even if its reply was lost."""
    return entry.refusal is None and entry.status is not None and entry.status in _SUCCESSES


def find_operation(entry: Entry, service: Service) -> Operation | None:
    """Return the operation that the call reached; None if the contract has no such path or method."""
    return next((operation for operation in service.contract.operations if operation.id == entry.operation), None)


def _gives_credentials(operation: Operation, service: Service) -> bool:
    """Tell whether an operation is a login: it takes none of the others' credentials, because it returns one."""
    if operation.scheme is not None:
        takers = [other for other in service.contract.operations if other.scheme == operation.scheme]
        return len(takers) == 1 and service.provider.body_credential is not None
    return operation.body is None or service.provider.body_credential not in operation.body.members


def _describe_outcome(entry: Entry) -> str:
    if entry.effect is not None and entry.effect.drop == LOST_AFTER:
        return f"its reply was lost by {entry.fault_id}"
    if entry.effect is not None and entry.effect.truncate is not None:
        return f"its reply was cut short by {entry.fault_id}"
    return f"it answered {entry.status}"


def _digest_request(entry: Entry, service: Service) -> bytes:
    """Return what equal calls to one path share, as a digest: query, credentials and the body as a JSON value."""
    request, schemes = entry.request, service.contract.schemes
    names = {scheme.name for scheme in schemes if scheme.place == "query"}
    query = sorted(
        (name, split_suffix(value)[0] if name in names else value)
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    credentials = [
        split_suffix(value.strip())[0]
        for scheme in schemes
        if scheme.place != "query"
        for value in request.get_headers(scheme.name)
    ]
    head = repr((query, credentials)).encode("utf-8", "surrogatepass")
    return _digest(head + write_canonical(request.content or b""))


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST).digest()


def _read_ids(content: bytes) -> list[str]:
    """Return the ids in a reply, which may be no JSON."""
    try:
        return _find_ids(read_own_json(content))
    except Malformed:
        return []


def _find_ids(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _find_ids(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in _IDS if isinstance(value.get(name), str | int)]
    return own + [found for item in value.values() for found in _find_ids(item)]
