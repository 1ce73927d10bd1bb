"""Webhooks of one namespace: its endpoints, the events on their way to them, and the log of deliveries. No network."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.clock import Clock
from paysandbox.core.exact_json import write_json
from paysandbox.store.endpoints import Endpoint, EndpointDef, find_missing
from paysandbox.store.faults import Effect, Fault
from paysandbox.store.transaction import Transaction

DELIVERIES: Final = 1000  # in the log of one namespace; the oldest are dropped
LOG_BYTES: Final = 4 << 20  # of their requests and replies, approximately
HOLD_SECONDS: Final = 60  # a delivery that a fault holds back for the next one waits no longer
_ATTEMPT_BYTES: Final = 1000
_NO_EFFECT: Final = Effect()

Progress = Literal["waiting", "delivered", "failed", "dropped"]
FindFault = Callable[[str, str], Fault | None]


class Event(Struct, frozen=True, gc=False):
    """What a call has brought about: `content` is the body of each delivery, as JSON. `at` is the namespace's time."""

    provider: str
    type: str
    content: bytes
    at: datetime


class Attempt(Struct, frozen=True, kw_only=True, gc=False):
    """One request to an endpoint. `status` and `content` are those of the reply, whose rest is dropped where `is_cut`.

    `error` says why there is no reply, or why it does not count as accepted. `duration` is in nanoseconds.
    """

    at: datetime
    headers: Mapping[str, str]
    status: int | None = None
    content: bytes = b""
    is_cut: bool = False
    error: str | None = None
    duration: int = 0


class Delivery(Struct, frozen=True, kw_only=True, gc=False):
    """The delivery of one event to one endpoint, with all attempts.

    `place` is its place in the endpoint's queue. `due` is the namespace's time before which it is not attempted.
    `fault_id` is the fault that struck it, `repeats` the delivery that it repeats. `reason` says why it was dropped.
    """

    id: str
    endpoint: Endpoint
    event: Event
    place: int
    progress: Progress = "waiting"
    due: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    fault_id: str | None = None
    repeats: str | None = None
    reason: str | None = None

    def size(self) -> int:
        """Estimate its size in bytes."""
        replies = sum(_ATTEMPT_BYTES + len(attempt.content) for attempt in self.attempts)
        return _ATTEMPT_BYTES + len(self.event.content) + replies


class Webhooks:
    """The webhooks of one namespace.

    A call announces its events in its own transaction, so that a call that is rolled back has none. After the call
    `collect` makes deliveries of them, in the order of the announcements. `wake` is called when there is something to
    do; what is due is taken with `take_due`, and answered with `finish`.
    """

    def __init__(
        self, namespace: str, clock: Clock, find_fault: FindFault, wake: Callable[["Webhooks"], object]
    ) -> None:
        self.namespace = namespace
        self.evicted = 0
        self._clock, self._find_fault, self._wake = clock, find_fault, wake
        self._endpoints: dict[str, Endpoint] = {}
        self._announced: dict[int, Event] = {}
        self._deliveries: dict[str, Delivery] = {}
        self._in_flight: dict[str, datetime | None] = {}  # to the machine's time at which it lapses, if it does
        self._held: dict[str, str] = {}  # by the id of the endpoint: the delivery that waits for the next one
        self._numbers = {"endpoint": 0, "delivery": 0, "event": 0, "place": 0}
        self._bytes = 0

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All endpoints, in the order of registration."""
        return tuple(self._endpoints.values())

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The log, oldest first."""
        self.collect()
        return tuple(self._deliveries.values())

    def find_delivery(self, name: str) -> Delivery | None:
        self.collect()
        return self._deliveries.get(name)

    def add_endpoint(self, url: str, **fields: Any) -> Endpoint:
        """Register an endpoint for the events from now on; `fields` are those of `Endpoint`."""
        self.collect()
        endpoint = Endpoint(id=f"endpoint-{self._next('endpoint')}", url=url, **fields)
        self._endpoints[endpoint.id] = endpoint
        return endpoint

    def remove_endpoint(self, name: str) -> bool:
        """Remove an endpoint, and drop what waits for it; return False if there is none."""
        self.collect()
        if self._endpoints.pop(name, None) is None:
            return False
        self._drop("the endpoint was removed", lambda delivery: delivery.endpoint.id == name)
        return True

    def add_missing(self, provider: str, wanted: Iterable[EndpointDef]) -> None:
        """Register the endpoints for a provider's events that are not registered yet."""
        for missing in find_missing(self.endpoints, provider, wanted):
            self.add_endpoint(
                missing.url,
                provider=provider,
                events=missing.events,
                secret=missing.secret,
                retry_seconds=missing.retry_seconds,
            )

    def remove_endpoints(self, provider: str, unwanted: Collection[EndpointDef]) -> None:
        """Remove endpoints for the events of a provider alone, where they are there."""
        for endpoint in self.endpoints:
            if endpoint.provider == provider and endpoint.define() in unwanted:
                self.remove_endpoint(endpoint.id)

    def wants(self, provider: str, event: str) -> bool:
        """Whether an event would be delivered anywhere."""
        return any(endpoint.takes(provider, event) for endpoint in self._endpoints.values())

    def announce(self, provider: str, event: str, value: Any, transaction: Transaction) -> None:
        """Announce an event in a call's transaction; `value` is the JSON of its deliveries."""
        if len(self._announced) >= DELIVERIES:  # nothing collects where no server runs
            self.evicted += 1
            return
        found = Event(provider, event, write_json(value), self.now())
        transaction.set(self._announced, self._next("event"), found)
        self.wake()

    def wake(self) -> None:
        """Say that there may be something to deliver: an event, a redelivery, or another time."""
        self._wake(self)

    def collect(self) -> None:
        """Make deliveries of the announced events. Not to be called while a call is in its transaction."""
        for number in list(self._announced):
            event = self._announced.pop(number, None)
            if event is None:  # collected meanwhile by another thread, which a server in a test may have
                continue
            for endpoint in self._endpoints.values():
                if endpoint.takes(event.provider, event.type):
                    self._queue(event, endpoint)

    def list_due(self) -> list[Delivery]:
        """List what is due, in the order of delivery, but not what is in flight."""
        self.collect()
        due = [delivery for delivery in self._waiting() if delivery.due is None or delivery.due <= self.now()]
        return sorted(due, key=lambda delivery: (delivery.due or delivery.event.at, delivery.place))

    def take_due(self, endpoint: str) -> Delivery | None:
        """Take the next delivery of an endpoint that is due; it is in flight until `finish`."""
        delivery = next((delivery for delivery in self.list_due() if delivery.endpoint.id == endpoint), None)
        if delivery is not None:
            self._in_flight[delivery.id] = self._find_lapse()
        return delivery

    def finish(self, delivery: Delivery, attempt: Attempt, retry_seconds: tuple[int, ...]) -> None:
        """Log an attempt of a delivery in flight. One with an error waits for its next attempt, if there is one."""
        self._in_flight.pop(delivery.id, None)
        current = self._deliveries.get(delivery.id)
        if current is None:  # it was evicted meanwhile
            return
        changed = replace(current, attempts=(*current.attempts, attempt))
        if attempt.error is None:
            changed = replace(changed, progress="delivered")
        elif current.progress == "waiting" and len(current.attempts) < len(retry_seconds):
            pause = timedelta(seconds=retry_seconds[len(current.attempts)])
            changed = replace(changed, due=self.now() + pause)
        elif current.progress == "waiting":
            changed = replace(changed, progress="failed")
        self._put(changed)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver the event of a delivery again, now, without faults."""
        made = self._add(delivery.event, delivery.endpoint, repeats=delivery.id)
        self.wake()
        return made

    def drop_waiting(self, reason: str) -> None:
        """Drop what was not attempted yet, or waits for another attempt."""
        self.collect()
        self._drop(reason, lambda _: True)

    def is_busy(self) -> bool:
        """Whether a delivery is due or in flight."""
        return bool(self._in_flight) or bool(self.list_due())

    def now(self) -> datetime:
        """Return the namespace's time."""
        return self._clock.now()

    def next_due(self) -> timedelta | None:
        """How long until the next delivery is due, by a clock that runs; None if there is none, or the clock stands."""
        now = self.now()
        times = [delivery.due for delivery in self._waiting() if delivery.due is not None]
        return None if self._clock.frozen or not times else max(min(times) - now, timedelta())

    def _find_lapse(self) -> datetime | None:
        """The machine's time at which another worker may take what is taken now; None if there is no other worker."""
        return None

    def _waiting(self) -> Iterator[Delivery]:
        for delivery in self._deliveries.values():
            if delivery.progress == "waiting" and delivery.id not in self._in_flight:
                yield delivery

    def _queue(self, event: Event, endpoint: Endpoint) -> None:
        """Add the deliveries of an event to an endpoint: one, but for what a fault does."""
        fault = self._find_fault(event.provider, event.type)
        held = self._held.pop(endpoint.id, None)
        made = self._add(event, endpoint, fault_id=None if fault is None else fault.id)
        effect = _NO_EFFECT if fault is None else fault.effect
        if effect.webhook == "drop":
            self._put(replace(made, progress="dropped", reason="a fault drops it"))
        elif effect.webhook == "duplicate":
            self._add(event, endpoint, fault_id=made.fault_id, repeats=made.id)
        elif effect.webhook == "reorder":
            self._held[endpoint.id] = made.id
            self._put(replace(made, due=event.at + timedelta(seconds=HOLD_SECONDS)))
        elif effect.webhook_delay is not None:
            self._put(replace(made, due=event.at + timedelta(seconds=effect.webhook_delay)))
        waiting = None if held is None else self._deliveries.get(held)
        if waiting is not None and waiting.progress == "waiting":
            self._put(replace(waiting, due=made.event.at, place=self._next("place")))

    def _add(self, event: Event, endpoint: Endpoint, **fields: Any) -> Delivery:
        delivery = Delivery(
            id=f"delivery-{self._next('delivery')}",
            endpoint=endpoint,
            event=event,
            place=self._next("place"),
            **fields,
        )
        self._put(delivery)
        while len(self._deliveries) > DELIVERIES or (self._bytes > LOG_BYTES and len(self._deliveries) > 1):
            self._evict()
        return delivery

    def _put(self, delivery: Delivery) -> None:
        before = self._deliveries.get(delivery.id)
        self._bytes += delivery.size() - (0 if before is None else before.size())
        self._deliveries[delivery.id] = delivery

    def _evict(self) -> None:
        delivery = self._deliveries.pop(next(iter(self._deliveries)))
        self._bytes -= delivery.size()
        self.evicted += 1

    def _drop(self, reason: str, chosen: Callable[[Delivery], bool]) -> None:
        for delivery in list(self._deliveries.values()):
            if delivery.progress == "waiting" and chosen(delivery):
                self._put(replace(delivery, progress="dropped", reason=reason))

    def _next(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]
