"""The view of a namespace's clock: what has become due since a time, and what comes next."""

from collections.abc import Mapping
from datetime import datetime
from heapq import nsmallest
from typing import Any, Final

from msgspec import Struct

from paysandbox.control.lookup import get_namespace
from paysandbox.control.timestamps import format_timestamp, parse_timestamp
from paysandbox.control.webhook_view import describe_delivery
from paysandbox.core.problems import NotAllowed, Problem
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace
from paysandbox.web.console.deadlines import Deadline, list_deadlines

SHOWN: Final = 100
COMING: Final = 20


class ClockView(Struct, frozen=True):
    """A clock. With a time `since` which is before `now`, `passed` and `deliveries` are what came due in between.

    `coming` are the next deadlines. At most `SHOWN` are listed of what has passed, `more` are not. If what was `given`
    as `since` is no time, that is the `problem`, and nothing is listed as passed.
    """

    namespace: str
    now: str
    is_frozen: bool
    given: str
    problem: Problem | None
    since: str | None
    passed: tuple[Deadline, ...]
    more: int
    deliveries: tuple[Mapping[str, Any], ...]
    coming: tuple[Deadline, ...]


def build_clock(runtime: Runtime, name: str, query: Mapping[str, str]) -> ClockView:
    """Build the view; `query` may have `since`, a time in RFC 3339.

    Raises:
        NotFound: the namespace does not exist.
    """
    namespace = get_namespace(name, runtime)
    now = namespace.clock.now()
    given = query.get("since", "")
    since, problem = None, None
    if given:
        try:
            since = parse_timestamp(given)
        except NotAllowed as error:
            problem = NotAllowed(error.message, at="?since")
    deadlines = [
        deadline
        for provider, service in runtime.services.items()
        for deadline in list_deadlines(service, namespace.state(provider))
    ]
    passed = [] if since is None else [found for found in deadlines if since < found.passes <= now]
    return ClockView(
        namespace=name,
        now=format_timestamp(now),
        is_frozen=namespace.clock.frozen,
        given=given,
        problem=problem,
        since=None if since is None else format_timestamp(since),
        passed=tuple(nsmallest(SHOWN, passed, key=_get_end)),
        more=max(len(passed) - SHOWN, 0),
        deliveries=tuple(_list_deliveries(namespace, since)),
        coming=tuple(nsmallest(COMING, (found for found in deadlines if found.passes > now), key=_get_end)),
    )


def _get_end(deadline: Deadline) -> datetime:
    return deadline.passes


def _list_deliveries(namespace: Namespace, since: datetime | None) -> list[Mapping[str, Any]]:
    """List the deliveries of events since a time, and those that were attempted again."""
    if since is None or namespace.webhooks is None:
        return []
    found = [
        delivery
        for delivery in namespace.webhooks.deliveries
        if delivery.event.at > since or any(attempt.at > since for attempt in delivery.attempts)
    ]
    return [describe_delivery(delivery) for delivery in found[-SHOWN:]]
