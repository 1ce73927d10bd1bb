"""The view of what a namespace sends by itself: deliveries of webhooks, and notifications."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.control.lookup import get_namespace
from paysandbox.control.notifications import list_notifications
from paysandbox.control.webhook_view import describe_delivery, describe_endpoint
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.web.console.marked_json import Line, render_lines

SHOWN: Final = 100


class DeliveryRow(Struct, frozen=True):
    """A delivery as the control API describes it, its payload as lines or as text, and whether it can be repeated."""

    delivery: Mapping[str, Any]
    lines: tuple[Line, ...]
    text: str
    can_repeat: bool


class DeliveriesView(Struct, frozen=True):
    """The latest deliveries and notifications, newest first; `more` of them are not shown.

    `events` has the names of the events of each provider that has webhooks.
    """

    namespace: str
    endpoints: tuple[Mapping[str, Any], ...]
    events: Mapping[str, tuple[str, ...]]
    rows: tuple[DeliveryRow, ...]
    more: int
    notifications: tuple[Mapping[str, Any], ...]


def build_deliveries(runtime: Runtime, name: str) -> DeliveriesView:
    """Build the view.

    Raises:
        NotFound: the namespace does not exist.
    """
    namespace = get_namespace(name, runtime)
    webhooks = namespace.webhooks
    deliveries = () if webhooks is None else webhooks.deliveries
    endpoints = () if webhooks is None else tuple(map(describe_endpoint, webhooks.endpoints))
    there = {endpoint["id"] for endpoint in endpoints}
    return DeliveriesView(
        namespace=name,
        endpoints=endpoints,
        events={
            provider: tuple(service.contract.events)
            for provider, service in runtime.services.items()
            if service.provider.webhooks is not None
        },
        rows=tuple(_describe_row(describe_delivery(one), there) for one in reversed(deliveries[-SHOWN:])),
        more=max(len(deliveries) - SHOWN, 0),
        notifications=tuple(
            {key: value if isinstance(value, str) else write_json(value).decode() for key, value in message.items()}
            for message in reversed(list_notifications(namespace, runtime)[-SHOWN:])
        ),
    )


def _describe_row(delivery: Mapping[str, Any], endpoints: set[str]) -> DeliveryRow:
    payload = delivery["request"]["body"]
    lines = () if isinstance(payload, str) else render_lines(payload)[0]
    return DeliveryRow(delivery, lines, payload if isinstance(payload, str) else "", delivery["endpoint"] in endpoints)
