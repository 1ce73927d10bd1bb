"""Webhooks as JSON, secrets masked, and which control calls wait for deliveries."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from paysandbox.control import timestamps
from paysandbox.control.masking import MASK, read_content
from paysandbox.core.credential_names import QUERY_PARAMETERS, is_credential, normalize_name
from paysandbox.core.messages import Call
from paysandbox.kit.runtime import Runtime
from paysandbox.store.endpoints import Endpoint
from paysandbox.store.webhooks import Attempt, Delivery, Webhooks

# Their replies are held until what is due has been delivered, so that a test need not wait by itself.
_WAITING: Final = frozenset({"listWebhooks", "redeliverWebhook", "setClock", "advanceClock"})
_THOUSANDTH: Final = Decimal("0.001")


def find_busy_webhooks(call: Call | None, runtime: Runtime) -> Webhooks | None:
    """Return the webhooks whose deliveries the reply of a control call waits for; None if it need not wait."""
    if call is None or call.operation not in _WAITING or runtime.deliveries is None:
        return None
    namespace = runtime.namespaces.find(call.path["ns"])
    webhooks = None if namespace is None else namespace.webhooks
    return webhooks if webhooks is not None and webhooks.is_busy() else None


def describe_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """Describe an endpoint; properties at their defaults are omitted."""
    shown: dict[str, Any] = {"id": endpoint.id, "url": mask_url(endpoint.url)}
    if endpoint.provider is not None:
        shown["provider"] = endpoint.provider
    if endpoint.events:
        shown["events"] = list(endpoint.events)
    if endpoint.secret is not None:
        shown["secret"] = MASK
    if endpoint.retry_seconds is not None:
        shown["retry_seconds"] = list(endpoint.retry_seconds)
    return shown


def describe_delivery(delivery: Delivery) -> dict[str, Any]:
    """Describe a delivery with all attempts."""
    headers: Mapping[str, str] = delivery.attempts[-1].headers if delivery.attempts else {}
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint.id,
        "provider": delivery.event.provider,
        "event": delivery.event.type,
        "at": timestamps.format_timestamp(delivery.event.at),
        "progress": delivery.progress,
        "reason": delivery.reason,
        "due": None if delivery.due is None else timestamps.format_timestamp(delivery.due),
        "fault": delivery.fault_id,
        "repeats": delivery.repeats,
        "request": {
            "method": "POST",
            "url": mask_url(delivery.endpoint.url),
            "headers": dict(headers),
            "body": read_content(delivery.event.content).value,
        },
        "attempts": [_describe_attempt(attempt, delivery.endpoint) for attempt in delivery.attempts],
    }


def mask_url(url: str) -> str:
    """Mask the values of query parameters that usually carry credentials."""
    secrets = {value for name, value in parse_qsl(urlsplit(url).query) if _is_secret(name)}
    if not secrets:
        return url
    base, _, query = url.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    shown = [f"{name}={MASK}" if _is_secret(name) else f"{name}{sign}{value}" for name, sign, value in pairs]
    return f"{base}?{'&'.join(shown)}"


def _is_secret(name: str) -> bool:
    return name in QUERY_PARAMETERS or is_credential(normalize_name(name))


def _describe_attempt(attempt: Attempt, endpoint: Endpoint) -> dict[str, Any]:
    body = attempt.content.decode("utf-8", "replace")
    if endpoint.secret:
        body = body.replace(endpoint.secret, MASK)
    return {
        "at": timestamps.format_timestamp(attempt.at),
        "status": attempt.status,
        "error": attempt.error,
        "reply": body or None,
        "is_cut": attempt.is_cut,
        "duration_ms": Decimal(attempt.duration).scaleb(-6).quantize(_THOUSANDTH),
    }
