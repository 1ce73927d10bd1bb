"""Whatever faults, failures, clocks and removals do, the queue of an endpoint keeps its promises."""

from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from paysandbox.core.clock import Clock
from paysandbox.store.faults import Effect, Faults, When
from paysandbox.store.transaction import Transaction
from paysandbox.store.webhooks import HOLD_SECONDS, Attempt, Delivery, Webhooks

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
RETRIES = (5, 50)
EFFECTS = st.sampled_from(
    [Effect(webhook="duplicate"), Effect(webhook="reorder"), Effect(webhook="drop"), Effect(webhook_delay=7)]
)


class Queue(RuleBasedStateMachine):
    """One endpoint; each event has its number as its name."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.clock.set(NOON, frozen=True)
        self.faults = Faults()
        self.webhooks = Webhooks("mine", self.clock, self.faults.find_firing_delivery, bool)
        self.webhooks.add_endpoint("http://127.0.0.1:9/")
        self.announced: list[str] = []
        self.delivered: list[str] = []

    def announce(self, number: int) -> Transaction:
        transaction = Transaction()
        transaction.commit()
        for _ in range(number):
            self.webhooks.announce("shop", str(len(self.announced)), {}, transaction)
            self.announced.append(str(len(self.announced)))
        return transaction

    @rule(number=st.integers(1, 3))
    def call(self, number: int) -> None:
        self.announce(number).commit()

    @rule(number=st.integers(1, 3))
    def fail_call(self, number: int) -> None:
        transaction = self.announce(number)
        transaction.rollback()
        del self.announced[-number:]

    @rule(effect=EFFECTS, times=st.integers(1, 2))
    def strike(self, effect: Effect, times: int) -> None:
        self.webhooks.collect()
        self.faults.add(None, None, When(times=times), effect)

    @rule(failures=st.lists(st.booleans(), max_size=5))
    def deliver(self, failures: list[bool]) -> None:
        for fails in failures:
            delivery = self.webhooks.take_due("endpoint-1")
            if delivery is None:
                break
            error = "down" if fails else None
            self.webhooks.finish(delivery, Attempt(at=self.clock.now(), headers={}, error=error), RETRIES)
            if not fails:
                self.delivered.append(delivery.event.type)

    @rule(seconds=st.integers(1, 100))
    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)

    def struck(self, delivery: Delivery) -> bool:
        return delivery.fault_id is not None or len(delivery.attempts) > 1

    @invariant()
    def each_event_is_delivered_once_but_for_faults(self) -> None:
        """A duplicate twice; what is dropped never."""
        deliveries = self.webhooks.deliveries
        assert [one.event.type for one in deliveries if one.repeats is None] == self.announced
        for one in deliveries:
            successes = [attempt for attempt in one.attempts if attempt.error is None]
            assert len(successes) == (one.progress == "delivered")
            assert len(one.attempts) <= 1 + len(RETRIES)

    @invariant()
    def what_nothing_has_struck_is_delivered_in_order(self) -> None:
        plain = [one for one in self.webhooks.deliveries if not self.struck(one) and one.progress == "delivered"]
        numbers = [one.event.type for one in plain]
        assert numbers == [number for number in self.delivered if number in set(numbers)]

    def teardown(self) -> None:
        """Time and a receiver that works bring everything to its end."""
        self.clock.advance(HOLD_SECONDS + sum(RETRIES))
        while (delivery := self.webhooks.take_due("endpoint-1")) is not None:
            self.webhooks.finish(delivery, Attempt(at=self.clock.now(), headers={}), RETRIES)
        assert {one.progress for one in self.webhooks.deliveries} <= {"delivered", "failed", "dropped"}
        assert not self.webhooks.is_busy()


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
