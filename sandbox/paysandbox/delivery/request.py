"""The request of a delivery, and what its reply means."""

from paysandbox.core.messages import JSON_TYPE
from paysandbox.kit.webhooks import DELIVERY_HEADER, WebhookFormat
from paysandbox.store.webhooks import Delivery


class Refused(Exception):
    """Nothing is delivered to the host; the message says why."""


def make_headers(delivery: Delivery, form: WebhookFormat, namespace: str, version: str) -> dict[str, str]:
    """Return the headers of a delivery, signed."""
    secret = form.test_secret if delivery.endpoint.secret is None else delivery.endpoint.secret
    return {
        "content-type": JSON_TYPE,
        "user-agent": f"Paysandbox/{version}",
        "connection": "close",
        "x-sandbox-namespace": namespace,
        DELIVERY_HEADER: delivery.id,
        **form.sign(delivery.event.content, secret),
    }


def describe_status(status: int, form: WebhookFormat) -> str | None:
    """Say why a reply does not count as accepted; None if it does."""
    if status in form.accepted:
        return None
    accepted = " or ".join(map(str, sorted(form.accepted)))
    more = "; redirects are not followed" if status in range(300, 400) else ""
    return f"the reply has the status {status}; delivered is what {accepted} answers{more}"
