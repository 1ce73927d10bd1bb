"""Webhooks of a namespace: register and remove endpoints, read the log of deliveries, deliver again."""

from typing import Any

from paysandbox.control.lookup import check_events, find_namespace
from paysandbox.control.webhook_view import describe_delivery, describe_endpoint
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.webhooks import find_url_error
from paysandbox.store.endpoints import ENDPOINTS
from paysandbox.store.namespaces import Namespace
from paysandbox.store.webhooks import Delivery


def list_webhooks(call: Call, runtime: Runtime) -> Reply:
    """List the endpoints, and the latest deliveries that pass the filters of the query, oldest first."""
    webhooks = find_namespace(call, runtime).webhooks
    if webhooks is None:
        return Reply(200, {"endpoints": [], "deliveries": [], "evicted": 0})
    event, progress = call.query["event"], call.query["progress"]
    found = [
        delivery
        for delivery in webhooks.deliveries
        if event in {None, delivery.event.type} and progress in {None, delivery.progress}
    ]
    body = {
        "endpoints": [describe_endpoint(endpoint) for endpoint in webhooks.endpoints],
        "deliveries": [describe_delivery(delivery) for delivery in found[-call.query["limit"] :]],
        "evicted": webhooks.evicted,
    }
    return Reply(200, body)


def create_webhook(call: Call, runtime: Runtime) -> Reply:
    """Register an endpoint for the events of the calls from now on.

    Raises:
        NotAllowed: nothing may be delivered to the URL, or the provider or an event does not exist.
        Conflict: the namespace has too many endpoints.
    """
    namespace = find_namespace(call, runtime)
    asked: dict[str, Any] = call.body
    error = find_url_error(asked["url"], runtime.settings.webhook_hosts)
    if error is not None:
        raise NotAllowed(f"nothing can be delivered to this URL: {error}", at="/url")
    check_events(asked.get("provider"), asked.get("events", ()), runtime, at="/events")
    webhooks = namespace.open_webhooks()
    if len(webhooks.endpoints) >= ENDPOINTS:
        raise Conflict(f"a namespace has at most {ENDPOINTS} endpoints; remove one first")
    retry_seconds = asked.get("retry_seconds")
    endpoint = webhooks.add_endpoint(
        asked["url"],
        provider=asked.get("provider"),
        events=tuple(asked.get("events", ())),
        secret=asked.get("secret"),
        retry_seconds=None if retry_seconds is None else tuple(map(int, retry_seconds)),
    )
    return Reply(201, describe_endpoint(endpoint))


def delete_webhook(call: Call, runtime: Runtime) -> Reply:
    """Remove an endpoint; what waits for it is dropped, its log stays.

    Raises:
        NotFound: no endpoint has this id.
    """
    webhooks = find_namespace(call, runtime).webhooks
    name = call.path["id"]
    if webhooks is None or not webhooks.remove_endpoint(name):
        there = ", ".join(endpoint.id for endpoint in webhooks.endpoints) if webhooks is not None else ""
        raise NotFound(f"there is no endpoint {name!r} here; there are {there or 'none'}", at="{id}")
    return Reply(204)


def redeliver_webhook(call: Call, runtime: Runtime) -> Reply:
    """Deliver the event of a delivery again, with the body that it had, and no fault.

    Raises:
        NotFound: the log does not hold the delivery.
        Conflict: its endpoint was removed.
    """
    namespace = find_namespace(call, runtime)
    delivery = _find_delivery(call.path["id"], namespace)
    webhooks = namespace.open_webhooks()
    if delivery.endpoint not in webhooks.endpoints:
        raise Conflict(f"{delivery.endpoint.id}, where {delivery.id} went, was removed", at="{id}")
    return Reply(202, describe_delivery(webhooks.redeliver(delivery)))


def _find_delivery(name: str, namespace: Namespace) -> Delivery:
    webhooks = namespace.webhooks
    found = None if webhooks is None else webhooks.find_delivery(name)
    if found is None:
        there = [] if webhooks is None else [delivery.id for delivery in webhooks.deliveries]
        held = f"it holds {there[0]} to {there[-1]}" if there else "it is empty"
        raise NotFound(f"the log has no delivery {name!r}; {held}", at="{id}")
    return found
