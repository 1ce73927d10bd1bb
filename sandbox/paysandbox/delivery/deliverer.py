"""Delivers the events of webhooks: in order for each endpoint, without holding up any call."""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from paysandbox.core.clock import read_ticks
from paysandbox.delivery.request import Refused, describe_status, make_headers
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.webhooks import WebhookFormat
from paysandbox.store.log.engine import StoreError
from paysandbox.store.webhooks import Attempt, Delivery, Webhooks

if TYPE_CHECKING:
    from paysandbox.delivery.connection import Sender

T = TypeVar("T")

REPLY_BYTES: Final = 64 << 10
WAIT_SECONDS: Final = 20  # a control call waits no longer for deliveries, because clients give up after 30
_LOOK_AGAIN: Final = 0.02  # seconds, for what another worker delivers
_LOGGED_BYTES: Final = 4 << 10  # of a reply
_AT_ONCE: Final = 50  # attempts of all namespaces
_LONGEST_TIMER: Final = 86_400  # event loops do not take any number of seconds

_log = logging.getLogger("paysandbox.delivery")


@asynccontextmanager
async def run_deliveries(runtime: Runtime) -> AsyncIterator[None]:
    """Context manager: deliver what the namespaces announce. Without endpoints nothing happens."""
    deliverer = Deliverer(runtime)
    runtime.deliveries, runtime.namespaces.on_event = deliverer, deliverer.wake
    try:
        yield
    finally:
        runtime.deliveries, runtime.namespaces.on_event = None, bool
        await deliverer.close()


class Deliverer:
    """Delivers events in a task for each endpoint that has any due. Belongs to the running event loop."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[tuple[Webhooks, str], asyncio.Task[None]] = {}
        self._timers: dict[Webhooks, asyncio.TimerHandle] = {}
        self._sender: Sender | None = None

    def wake(self, webhooks: Webhooks) -> None:
        """Deliver what is due once the running call has ended, and has been committed or rolled back."""
        # Thread-safe, because a test may call a running sandbox in memory as well.
        self._loop.call_soon_threadsafe(self._start, webhooks)

    async def wait(self, webhooks: Webhooks) -> None:
        """Wait until nothing is due or in flight any more, but not longer than `WAIT_SECONDS`."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                self._start(webhooks)
                while await self._wait_for_some(webhooks):
                    self._start(webhooks)
        except TimeoutError:
            _log.warning("namespace %s: deliveries take longer than %d seconds", webhooks.namespace, WAIT_SECONDS)

    async def _wait_for_some(self, webhooks: Webhooks) -> bool:
        """Wait for a delivery, of another worker too; return False if there is none to wait for."""
        replication = self._runtime.replication
        tasks = [task for (whose, _), task in self._tasks.items() if whose is webhooks]
        if tasks:
            await asyncio.wait(tasks)
        elif replication is not None and webhooks.is_busy():
            await asyncio.sleep(_LOOK_AGAIN)
            await replication.catch_up(webhooks.namespace)
        else:
            return False
        return True

    async def close(self) -> None:
        """Stop; what was not delivered is lost."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*list(self._tasks.values()), return_exceptions=True)

    def _start(self, webhooks: Webhooks) -> None:
        for endpoint in {delivery.endpoint.id for delivery in webhooks.list_due()}:
            key = (webhooks, endpoint)
            if key not in self._tasks:
                self._tasks[key] = self._loop.create_task(self._deliver_due(webhooks, endpoint))
        self._set_timer(webhooks)

    def _set_timer(self, webhooks: Webhooks) -> None:
        """Come back when the next retry or delayed delivery is due."""
        timer = self._timers.pop(webhooks, None)
        if timer is not None:
            timer.cancel()
        pause = webhooks.next_due()
        if pause is not None:
            seconds = min(pause.total_seconds(), _LONGEST_TIMER)
            self._timers[webhooks] = self._loop.call_later(seconds, self._start, webhooks)

    async def _deliver_due(self, webhooks: Webhooks, endpoint: str) -> None:
        try:
            while (delivery := await self._change(webhooks, lambda held: held.take_due(endpoint))) is not None:
                form = self._find_format(delivery)
                async with self._slots:
                    attempt = await self._attempt(delivery, form, webhooks)
                await self._change(webhooks, partial(_finish, delivery, attempt, form))
                if attempt.error is not None:
                    _log.info("namespace %s: %s failed: %s", webhooks.namespace, delivery.id, attempt.error)
        except StoreError as error:
            _log.error("namespace %s: deliveries stop: %s", webhooks.namespace, error)
        finally:
            del self._tasks[webhooks, endpoint]
        self._set_timer(webhooks)

    async def _change(self, webhooks: Webhooks, work: Callable[[Webhooks], T]) -> T | None:
        """Do some work on webhooks, in a store as well if there is one; None if they are gone."""
        replication, namespaces = self._runtime.replication, self._runtime.namespaces
        if replication is None:
            return work(webhooks)

        def work_on_replica() -> T | None:
            namespace = namespaces.find(webhooks.namespace)
            held = None if namespace is None else namespace.webhooks
            return None if held is None else work(held)

        return await replication.run(work_on_replica)

    def _find_format(self, delivery: Delivery) -> WebhookFormat | None:
        """Return the format of the delivery's provider; None if that is not served since a reload."""
        service = self._runtime.services.get(delivery.event.provider)
        return None if service is None else service.provider.webhooks

    async def _attempt(self, delivery: Delivery, form: WebhookFormat | None, webhooks: Webhooks) -> Attempt:
        if form is None:
            return Attempt(at=webhooks.now(), headers={}, error=f"{delivery.event.provider} is not served any more")
        sender = await self._open_sender()
        at, started = webhooks.now(), read_ticks()
        headers = make_headers(delivery, form, webhooks.namespace, self._runtime.version)
        found: dict[str, Any]
        try:
            async with asyncio.timeout(form.seconds):
                received = await sender.send(delivery.endpoint.url, headers, delivery.event.content, REPLY_BYTES)
            found = {
                "status": received.status,
                "content": received.content[:_LOGGED_BYTES],
                "is_cut": received.is_cut or len(received.content) > _LOGGED_BYTES,
                "error": describe_status(received.status, form),
            }
        except Refused as refusal:
            found = {"error": str(refusal)}
        except TimeoutError:
            found = {"error": f"there was no whole reply within {form.seconds} seconds"}
        except Exception as error:  # noqa: BLE001 - whatever a receiver does is logged, and stops no other delivery
            found = {"error": f"{type(error).__name__}: {error}".removesuffix(": ")}
        return Attempt(at=at, headers=headers, duration=read_ticks() - started, **found)

    async def _open_sender(self) -> "Sender":
        """Return the HTTP client, imported by the first delivery and in a thread, so that no call waits for it."""
        if self._sender is None:
            module = await asyncio.to_thread(importlib.import_module, "paysandbox.delivery.connection")
            self._sender = cast("Sender", module.Sender(self._runtime.settings.webhook_hosts))
        return self._sender


def _finish(delivery: Delivery, attempt: Attempt, form: WebhookFormat | None, webhooks: Webhooks) -> None:
    retries = delivery.endpoint.retry_seconds
    webhooks.finish(delivery, attempt, form.retry_seconds if retries is None and form else retries or ())
