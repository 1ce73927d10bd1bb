"""The request of a delivery, and what its reply means."""

from datetime import UTC, datetime

import pytest

from paysandbox.delivery.request import describe_status, make_headers
from paysandbox.kit.webhooks import WebhookFormat
from paysandbox.store.endpoints import Endpoint
from paysandbox.store.webhooks import Delivery, Event

FORMAT = WebhookFormat(
    sign=lambda content, secret: {"x-signature": f"{secret}:{len(content)}"},
    test_secret="published",
    accepted=frozenset({200, 204}),
)


@pytest.mark.parametrize(("secret", "used"), [(None, "published"), ("own", "own")])
def test_it_is_signed_with_the_endpoints_secret_or_the_published_one(secret: str | None, used: str) -> None:
    endpoint = Endpoint(id="endpoint-1", url="http://127.0.0.1/", secret=secret)
    event = Event("shop", "Made", b"{}", datetime(2026, 3, 31, tzinfo=UTC))
    delivery = Delivery(id="delivery-7", endpoint=endpoint, event=event, place=1)
    assert make_headers(delivery, FORMAT, "mine", "1.2") == {
        "content-type": "application/json",
        "user-agent": "Paysandbox/1.2",
        "connection": "close",
        "x-sandbox-namespace": "mine",
        "x-sandbox-delivery": "delivery-7",
        "x-signature": f"{used}:2",
    }


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (200, None),
        (204, None),
        (201, "the reply has the status 201; delivered is what 200 or 204 answers"),
        (302, "the reply has the status 302; delivered is what 200 or 204 answers; redirects are not followed"),
    ],
)
def test_only_accepted_statuses_are_deliveries(status: int, says: str | None) -> None:
    assert describe_status(status, FORMAT) == says
