"""Endpoints of webhooks: as fixtures have them, and as a namespace has registered them."""

from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta

from paysandbox.store.tables import Record

ENDPOINTS: Final = 20  # of one namespace
_Event = Annotated[str, Meta(max_length=100)]
_Pause = Annotated[int, Meta(ge=0, le=604_800)]


class EndpointDef(Record, frozen=True, kw_only=True, gc=False):
    """Where every namespace delivers the events of a provider."""

    url: Annotated[
        str, Meta(min_length=1, max_length=2000, description="Where to deliver: http or https, without credentials.")
    ]
    events: Annotated[
        tuple[_Event, ...], Meta(max_length=100, description="Only these events. Left out or empty: all of them.")
    ] = ()
    secret: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200)] | None,
        Meta(description="Signs the deliveries. Default: the provider's test secret."),
    ] = None
    retry_seconds: Annotated[
        Annotated[tuple[_Pause, ...], Meta(max_length=10)] | None,
        Meta(
            description="The pause before each further attempt, by the namespace's clock. "
            "Default: what the vendor documents."
        ),
    ] = None


class Endpoint(EndpointDef, frozen=True, kw_only=True, gc=False):
    """Where events are delivered. None as `provider` is every provider that has webhooks, no `events` are all events.

    `secret` signs the deliveries; None is the provider's test secret. `retry_seconds` are the pauses before each
    further attempt; None leaves that to the provider.
    """

    id: str
    provider: str | None = None

    def takes(self, provider: str, event: str) -> bool:
        """Whether an event of a provider is delivered here."""
        return self.takes_any(provider) and (not self.events or event in self.events)

    def takes_any(self, provider: str) -> bool:
        """Whether events of a provider are delivered here."""
        return self.provider in {None, provider}

    def define(self) -> EndpointDef:
        """Return the endpoint as fixtures have it."""
        return EndpointDef(url=self.url, events=self.events, secret=self.secret, retry_seconds=self.retry_seconds)


def find_missing(endpoints: Iterable[Endpoint], provider: str, wanted: Iterable[EndpointDef]) -> list[EndpointDef]:
    """Return the wanted endpoints that are not registered yet, because no event may arrive twice."""
    there = [endpoint.define() for endpoint in endpoints if endpoint.takes_any(provider)]
    return [definition for definition in wanted if definition not in there]
