"""The queue and the log of webhooks: what is due, in which order, and what faults, retries and resets do to it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.core.clock import Clock
from paysandbox.store import webhooks as store
from paysandbox.store.faults import Effect, Faults, When
from paysandbox.store.transaction import Transaction
from paysandbox.store.webhooks import Attempt, Delivery, Webhooks

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


class Namespace:
    """Webhooks with a clock that stands at noon, faults, and one endpoint."""

    def __init__(self, **endpoint: Any) -> None:
        self.clock = Clock()
        self.clock.set(NOON, frozen=True)
        self.faults = Faults()
        self.woken = 0
        self.webhooks = Webhooks("mine", self.clock, self.faults.find_firing_delivery, self._wake)
        self.webhooks.add_endpoint("http://127.0.0.1:9/", **endpoint)

    def _wake(self, _: Webhooks) -> None:
        self.woken += 1

    def announce(self, *events: str, provider: str = "shop") -> None:
        transaction = Transaction()
        with transaction:
            for event in events:
                if self.webhooks.wants(provider, event):
                    self.webhooks.announce(provider, event, {"type": event}, transaction)
        self.webhooks.collect()

    def strike(self, effect: Effect, **when: Any) -> None:
        self.faults.add(None, None, When(**when), effect)

    def deliver(self, error: str | None = None, retry_seconds: tuple[int, ...] = ()) -> list[str]:
        """Attempt all that is due; return the events."""
        done = []
        while (delivery := self.webhooks.take_due("endpoint-1")) is not None:
            attempt = Attempt(at=self.clock.now(), headers={}, status=None if error else 200, error=error)
            self.webhooks.finish(delivery, attempt, retry_seconds)
            done.append(delivery.event.type)
        return done

    def progress(self) -> list[str]:
        return [delivery.progress for delivery in self.webhooks.deliveries]


@pytest.fixture
def namespace() -> Namespace:
    return Namespace()


def test_events_are_delivered_in_the_order_in_which_they_were_announced(namespace: Namespace) -> None:
    """Each with its JSON, at the namespace's time."""
    namespace.announce("Made", "Paid")
    namespace.announce("Sent")
    assert namespace.deliver() == ["Made", "Paid", "Sent"]
    first = namespace.webhooks.deliveries[0]
    assert (first.event.content, first.event.at, first.progress) == (b'{"type":"Made"}', NOON, "delivered")
    assert namespace.woken == 3


def test_an_event_that_two_threads_collect_is_delivered_once(namespace: Namespace) -> None:
    """A test may read the deliveries in its own thread while the server's thread collects."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as threads:
            for _ in range(50):
                transaction = Transaction()
                with transaction:
                    for _ in range(20):
                        namespace.webhooks.announce("shop", "Made", {}, transaction)
                for reader in [threads.submit(namespace.webhooks.collect) for _ in range(2)]:
                    reader.result()
    finally:
        sys.setswitchinterval(before)
    assert len(namespace.deliver()) == 1000


def test_a_call_that_is_rolled_back_has_no_events(namespace: Namespace) -> None:
    """Its transaction has announced them, and takes them back."""
    transaction = Transaction()
    transaction.commit()
    namespace.webhooks.announce("shop", "Made", {}, transaction)
    transaction.rollback()
    assert namespace.webhooks.deliveries == ()
    assert not namespace.webhooks.is_busy()


@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ({}, True),
        ({"provider": "shop"}, True),
        ({"provider": "other"}, False),
        ({"events": ("Made", "Paid")}, True),
        ({"events": ("Paid",)}, False),
    ],
)
def test_an_endpoint_takes_events_of_its_provider_and_its_list(endpoint: dict[str, Any], *, taken: bool) -> None:
    """Without either it takes all."""
    namespace = Namespace(**endpoint)
    assert namespace.webhooks.wants("shop", "Made") == taken
    namespace.announce("Made")
    assert namespace.deliver() == (["Made"] if taken else [])


def test_a_failed_delivery_is_tried_again_after_each_pause(namespace: Namespace) -> None:
    """By the clock of the namespace; the last failure is final."""
    namespace.announce("Made")
    retries = (10, 60)
    assert namespace.deliver("down", retries) == ["Made"]
    assert namespace.progress() == ["waiting"]
    namespace.clock.advance(9)
    assert namespace.deliver("down", retries) == []
    namespace.clock.advance(1)
    assert namespace.deliver("down", retries) == ["Made"]
    namespace.clock.advance(60)
    assert namespace.deliver("down", retries) == ["Made"]
    assert namespace.progress() == ["failed"]
    (delivery,) = namespace.webhooks.deliveries
    assert [attempt.at - NOON for attempt in delivery.attempts] == [timedelta(seconds=s) for s in (0, 10, 70)]


def test_a_retry_does_not_hold_up_what_follows(namespace: Namespace) -> None:
    namespace.announce("Made", "Paid")
    made = namespace.webhooks.take_due("endpoint-1")
    assert made is not None
    namespace.webhooks.finish(made, Attempt(at=NOON, headers={}, error="down"), (10,))
    assert namespace.deliver() == ["Paid"]
    namespace.clock.advance(10)
    assert namespace.deliver() == ["Made"]


def test_what_is_in_flight_is_taken_once(namespace: Namespace) -> None:
    namespace.announce("Made")
    assert namespace.webhooks.take_due("endpoint-1") is not None
    assert namespace.webhooks.take_due("endpoint-1") is None
    assert namespace.webhooks.is_busy()


def test_a_duplicate_has_the_same_content(namespace: Namespace) -> None:
    namespace.strike(Effect(webhook="duplicate"), times=1)
    namespace.announce("Made", "Paid")
    assert namespace.deliver() == ["Made", "Made", "Paid"]
    first, second, _ = namespace.webhooks.deliveries
    assert (second.repeats, second.event, second.fault_id) == (first.id, first.event, "fault-1")


def test_a_reordered_event_comes_after_the_next(namespace: Namespace) -> None:
    namespace.strike(Effect(webhook="reorder"), times=1)
    namespace.announce("Made")
    assert namespace.deliver() == []
    namespace.announce("Paid", "Sent")
    assert namespace.deliver() == ["Paid", "Made", "Sent"]


def test_a_reordered_event_without_a_next_one_comes_after_a_minute(namespace: Namespace) -> None:
    namespace.strike(Effect(webhook="reorder"))
    namespace.announce("Made")
    namespace.clock.advance(59)
    assert namespace.deliver() == []
    namespace.clock.advance(1)
    assert namespace.deliver() == ["Made"]


def test_a_dropped_event_is_never_delivered_but_can_be_redelivered(namespace: Namespace) -> None:
    namespace.strike(Effect(webhook="drop"), times=1)
    namespace.announce("Made")
    assert namespace.deliver() == []
    (dropped,) = namespace.webhooks.deliveries
    assert (dropped.progress, dropped.reason, dropped.fault_id) == ("dropped", "a fault drops it", "fault-1")
    again = namespace.webhooks.redeliver(dropped)
    assert (again.repeats, namespace.deliver()) == (dropped.id, ["Made"])


def test_a_delayed_event_waits_by_the_clock(namespace: Namespace) -> None:
    namespace.strike(Effect(webhook_delay=30), times=1)
    namespace.announce("Made", "Paid")
    assert namespace.deliver() == ["Paid"]
    assert namespace.webhooks.next_due() is None  # the clock stands still
    namespace.clock.set(NOON, frozen=False)
    pause = namespace.webhooks.next_due()
    assert pause is not None
    assert timedelta(seconds=20) < pause <= timedelta(seconds=30)
    namespace.clock.advance(30)
    assert namespace.deliver() == ["Made"]


def test_faults_of_deliveries_and_of_calls_do_not_count_each_other() -> None:
    namespace = Namespace()
    namespace.strike(Effect(webhook="drop"), after=1)
    namespace.strike(Effect(status=503), after=1)
    namespace.announce("Made")
    assert namespace.faults.find_firing("shop", "pay") is None
    namespace.announce("Made")
    assert namespace.progress() == ["waiting", "dropped"]
    found = namespace.faults.find_firing("shop", "pay")
    assert found is not None
    assert found.effect.status == 503


def test_a_removed_endpoint_gets_nothing_more(namespace: Namespace) -> None:
    namespace.announce("Made")
    assert namespace.webhooks.remove_endpoint("endpoint-1")
    assert not namespace.webhooks.remove_endpoint("endpoint-1")
    namespace.announce("Paid")
    assert (namespace.deliver(), namespace.progress()) == ([], ["dropped"])


def test_what_is_dropped_in_flight_is_not_retried(namespace: Namespace) -> None:
    """The attempt stands in the log, and was the last."""
    namespace.announce("Made", "Paid")
    delivery = namespace.webhooks.take_due("endpoint-1")
    assert delivery is not None
    namespace.webhooks.drop_waiting("the namespace was reset")
    namespace.webhooks.finish(delivery, Attempt(at=NOON, headers={}, error="down"), (10,))
    namespace.clock.advance(10)
    assert (namespace.deliver(), namespace.progress()) == ([], ["dropped", "dropped"])
    assert len(namespace.webhooks.deliveries[0].attempts) == 1


def test_the_log_is_bounded(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number and by size; the oldest go, and are counted."""
    monkeypatch.setattr(store, "DELIVERIES", 3)
    namespace.announce("Made", "Made", "Made")
    namespace.announce("Paid")
    assert [delivery.id for delivery in namespace.webhooks.deliveries] == ["delivery-2", "delivery-3", "delivery-4"]
    assert namespace.webhooks.evicted == 1
    monkeypatch.setattr(store, "LOG_BYTES", 2500)
    namespace.announce("Sent")
    assert [delivery.event.type for delivery in namespace.webhooks.deliveries] == ["Paid", "Sent"]


def test_an_evicted_delivery_in_flight_is_forgotten(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "DELIVERIES", 1)
    namespace.announce("Made")
    delivery = namespace.webhooks.take_due("endpoint-1")
    assert isinstance(delivery, Delivery)
    namespace.announce("Paid")
    namespace.webhooks.finish(delivery, Attempt(at=NOON, headers={}), ())
    assert [one.event.type for one in namespace.webhooks.deliveries] == ["Paid"]


def test_one_call_announces_no_more_than_the_log_holds(namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "DELIVERIES", 3)
    namespace.announce("Made", "Made", "Made", "Made")
    assert (len(namespace.webhooks.deliveries), namespace.webhooks.evicted) == (3, 1)
