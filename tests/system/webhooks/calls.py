"""Calls of Invoiless that fire events, and a look at the log of deliveries."""

from typing import Any

import httpx

from paysandbox import NamespaceClient

NEW = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label design", "price": 480}], "status": "Unpaid"}


def post(namespace: NamespaceClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"api-key": namespace.credentials("invoiless")["api_key"]}
    reply = httpx.post(f"{namespace.url('invoiless')}/v1/{path}", json=body, headers=headers, timeout=30)
    assert reply.status_code == 201
    found: dict[str, Any] = reply.json()
    return found


def bill(namespace: NamespaceClient) -> str:
    """Create an invoice: one event."""
    found: str = post(namespace, "invoices", NEW)["id"]
    return found


def pay(namespace: NamespaceClient) -> None:
    """Create an invoice and pay it: three events."""
    post(namespace, f"invoices/{bill(namespace)}/payments", {"method": "Card"})


def register(namespace: NamespaceClient, url: str, **options: Any) -> str:
    found: str = namespace.call("POST", "/webhooks", {"url": url, **options})["id"]
    return found


def log(namespace: NamespaceClient) -> list[dict[str, Any]]:
    """Wait for what is due, and read the log."""
    found: list[dict[str, Any]] = namespace.call("GET", "/webhooks")["deliveries"]
    return found


def only_attempt(namespace: NamespaceClient) -> dict[str, Any]:
    """The one attempt of the one delivery."""
    (delivery,) = log(namespace)
    (attempt,) = delivery["attempts"]
    return {**attempt, "progress": delivery["progress"]}
