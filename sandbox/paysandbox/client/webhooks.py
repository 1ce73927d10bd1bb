"""Webhooks of a namespace, for the Python client."""

from collections.abc import Callable, Sequence
from typing import Any, Final

_LOG: Final = 1000  # the control plane's maximum for one request


class Endpoint:
    """An endpoint that gets events."""

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        """`call` is the NamespaceClient's."""
        self.id = name
        self._call = call

    def remove(self) -> None:
        """Remove the endpoint; what waits for it is dropped."""
        self._call("DELETE", f"/webhooks/{self.id}")


class WebhookCalls:
    """The part of a NamespaceClient that is about webhooks."""

    def call(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call the control plane for this namespace."""
        raise NotImplementedError

    def webhook(
        self,
        url: str,
        *,
        events: Sequence[str] | None = None,
        provider: str | None = None,
        secret: str | None = None,
        retry_seconds: Sequence[int] | None = None,
    ) -> Endpoint:
        """Deliver the events of later calls to a URL.

        Args:
            url: http or https, of this machine unless the server allows another host.
            events: only these, by their names in the contract.
            provider: only events of this provider.
            secret: signs the deliveries; by default the provider's test secret.
            retry_seconds: the pause before each further attempt; by default what the vendor documents.

        Raises:
            SandboxError: nothing can be delivered to the URL, or a provider or event does not exist.
        """
        wanted = {
            "url": url,
            "events": events,
            "provider": provider,
            "secret": secret,
            "retry_seconds": retry_seconds,
        }
        made = self.call("POST", "/webhooks", {name: value for name, value in wanted.items() if value is not None})
        return Endpoint(self.call, made["id"])

    def webhooks(self, *, event: str | None = None, progress: str | None = None) -> list[dict[str, Any]]:
        """Deliver what is due, and return the log of deliveries, oldest first.

        Args:
            event: only deliveries of this event.
            progress: only deliveries in this state: `waiting`, `delivered`, `failed` or `dropped`.
        """
        found: list[dict[str, Any]] = self.call("GET", "/webhooks", event=event, progress=progress, limit=_LOG)[
            "deliveries"
        ]
        return found

    def redeliver(self, delivery: str) -> str:
        """Deliver the event of a delivery again, before this returns; return the id of the new delivery.

        Raises:
            SandboxError: the log does not hold the delivery, or its endpoint was removed.
        """
        made: str = self.call("POST", f"/webhooks/{delivery}/redeliver")["id"]
        return made
