"""See that a list has what was just made: the first few times that a call makes a record, the list of its path is read.

The reference sandbox tells beforehand whether a list has new records at all, and where their ids stand.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from time import sleep
from typing import Any, Final

from msgspec import Struct
from schemathesis.core.transport import Response as SentReply

from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import AnyCase, CheckFailure, cite_contract, read_body
from paysandbox.check.read_back import Call, Reading, list_readings
from paysandbox.check.records import ITEMS, example_query, list_leaves
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.judging.verdict_on_request import find_value
from paysandbox.testing import Response

NAME: Final = "listed"
MOST: Final = 3  # records made by an operation that are looked for
MOST_PAGES: Final = 20  # of a longer list nothing is said
MOMENT: Final = 1  # seconds; a list may follow a little later
PAGE: Final = "page"
_MISSING: Final[Any] = object()


class Listing(Struct, frozen=True):
    """A list that has what an operation makes: `pointer` is of the id in the reply, `name` that of the lists' items."""

    target: Operation
    pointer: str
    name: str
    has_pages: bool


class Listed:
    """Looks by `call` for what the operations of an API make in their lists."""

    def __init__(self, subject: Subject, call: Call, wait: Callable[[], None] = lambda: sleep(MOMENT)) -> None:
        self._subject = subject
        self._call = call
        self._wait = wait
        self._listings: dict[str, Listing | None] = {}
        self._times: Counter[str] = Counter()

    def check(
        self, operation: Operation, case: AnyCase, reply: SentReply, counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        """Look for what a successful call has made, and count that in `counts`; yield what contradicts it.

        Raises:
            Unreachable: no server answers.
        """
        status, body = reply.status_code, read_body(reply)
        is_other = case.method.upper() != operation.method
        if operation.method != "POST" or is_other or not self._subject.is_success(operation, status, body):
            return
        if operation.id not in self._listings:
            self._listings[operation.id] = find_listing(self._subject, operation)
        listing = self._listings[operation.id]
        made = _MISSING if listing is None else find_value(body, listing.pointer, _MISSING)
        if listing is None or made is _MISSING or self._times[operation.id] >= MOST:
            return
        self._times[operation.id] += 1
        path = dict(case.path_parameters or {})
        has = self._has(listing, path, made)
        if has is False:
            self._wait()
            has = self._has(listing, path, made)
        counts[NAME] += has is not None
        if has is False:
            target = listing.target
            says = f"what it made is not in its list: GET {target.template} has no {listing.name} {made}"
            yield CheckFailure(NAME, says, cite_contract(target, 200))

    def _has(self, listing: Listing, path: Mapping[str, Any], made: Any) -> bool | None:
        """Whether a list has an id on any page; None if that cannot be told."""
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            query = example_query(self._subject, listing.target) | ({PAGE: page} if listing.has_pages else {})
            reply = self._call(listing.target, ..., path, query)
            body = None if reply is None else read_reply(reply)
            if reply is None or body is None or not self._subject.is_success(listing.target, reply.status, body):
                return None
            found = set(list_ids(body, listing.name))
            if str(made) in found:
                return True
            if not listing.has_pages or found <= seen:
                return False
            seen |= found
        return None


def find_listing(subject: Subject, operation: Operation) -> Listing | None:
    """The list at the path of an operation, if it has what the operation makes in the reference sandbox."""
    target = next(
        (known for known in subject.operations if known.method == "GET" and known.template == operation.template), None
    )
    readings = [one for status in operation.replies for one in list_readings(subject, operation, status)]
    if target is None or target.provenance == ASSUMED:
        return None
    names = [parameter["name"] for parameter in subject.parameters(target) if parameter["in"] == "query"]
    for reading in readings:
        listing = Listing(target, reading.pointer, reading.pointer.rpartition("/")[2], PAGE in names)
        if _is_of_own_record(operation, reading) and _is_listed(subject, operation, listing):
            return listing
    return None


def _is_of_own_record(operation: Operation, reading: Reading) -> bool:
    """Whether a reading is of what was made, not of what its path names, as the invoice of a payment."""
    return not operation.template.startswith(reading.target.template)


def _is_listed(subject: Subject, operation: Operation, listing: Listing) -> bool:
    parameters = (parameter for parameter in subject.parameters(operation) if parameter["in"] == "path")
    path = {parameter["name"]: parameter["example"] for parameter in parameters}
    for body in list(subject.examples(operation).values()) or [...]:
        subject.reset()
        before = _read_ids(subject, listing, path)
        reply = subject.call(operation, body, parameters={"query": example_query(subject, operation)})
        if subject.succeeded(operation, reply):
            made = find_value(reply.json, listing.pointer, _MISSING)
            return before is not None and str(made) in (_read_ids(subject, listing, path) or set()) - before
    return False


def _read_ids(subject: Subject, listing: Listing, path: Mapping[str, Any]) -> set[str] | None:
    """The ids on the first pages of the reference sandbox's list."""
    found: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        query = example_query(subject, listing.target) | ({PAGE: page} if listing.has_pages else {})
        reply: Response = subject.call(listing.target, ..., path, {"query": query})
        if not subject.succeeded(listing.target, reply):
            return None
        ids = set(list_ids(reply.json, listing.name))
        if ids <= found:
            break
        found |= ids
    return found


def list_ids(body: Any, name: str) -> Iterator[str]:
    """The values of a property of a list's own items, whatever the envelope around the list."""
    for place, value in list_leaves(body):
        if place[-2:] == (ITEMS, name) and place.count(ITEMS) == 1:
            yield str(value)
