"""Parallel namespaces see nothing of each other over HTTP, and control calls meanwhile break no invariant."""

from decimal import Decimal
from threading import Event
from typing import Final

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import NOON, Client, Response, fresh_runtime
from tests.system.concurrency.live import TIMES, Crowd, at_once
from tools.matrix.vendors import VENDORS, Connect, Vendor

Told = list[tuple[int, bytes, str | None, str | None]]

PAYERS: Final = 24
DRIVERS: Final = 8


def told(response: Response) -> tuple[int, bytes, str | None, str | None]:
    """All that the sandbox itself says; a server adds its own headers."""
    return (
        response.status,
        response.content,
        response.headers.get("x-sandbox-request"),
        response.headers.get("x-sandbox-explain"),
    )


def story(connect: Connect) -> Told:
    """At each vendor: a document, paid in part, paid again, paid whole, taken back where that can be."""
    found: Told = []
    for made in VENDORS:
        vendor: Vendor = made(connect)
        document = vendor.document()
        for number, amount in enumerate((Decimal(40), Decimal(40), None, Decimal(1000), None)):
            paid = vendor.pay(document, amount, number)
            found.append(told(paid))
            if vendor.carried_out(paid) and number % 2:
                found.append(told(vendor.cancel(paid)))
    return found


def below(runtime: Runtime, above: str) -> Connect:
    """Makes clients in memory, below a root."""
    return lambda root, *more, **rest: Client(runtime, above + root, *more, **rest)


def test_each_world_is_as_if_it_were_alone(clients: Crowd, base_runtime: Runtime) -> None:
    """Ids, numbers, counts and explanations included: the same bytes as from a sandbox without other clients."""
    worlds = [clients.runtime() for _ in range(PAYERS + DRIVERS)]
    found = at_once(lambda number: [story(clients.connect(worlds[number]))])
    for name, one in zip(worlds, found, strict=True):
        alone = fresh_runtime(base_runtime)
        alone.namespaces.get(name).clock.set(NOON, frozen=True)
        assert one == story(below(alone, f"/ns/{name}")), name
        assert clients.broken_invariants(name) == []


def test_driving_the_sandbox_in_the_middle_breaks_no_invariant(clients: Crowd) -> None:
    """Invariants always hold: resets, snapshots, restores, forks, clocks, faults and deletions among payments."""
    runtime = clients.runtime()
    paid = Event()

    def drive(number: int) -> list[int]:
        client = clients.made("/_sandbox", f"/namespaces/{runtime}")
        name, statuses = f"kept-{number}", []
        for time in range(TIMES):
            method, path, body = [
                ("POST", "/snapshots", {"name": name}),
                ("POST", f"/snapshots/{name}/restore", None),
                ("POST", "/reset", None),
                ("POST", "/fork", {"name": f"{runtime}-{number}-{time}"}),
                ("POST", "/clock/advance", {"seconds": 86400}),
                ("POST", "/faults", {"when": {"times": 1}, "then": {"status": 503}}),
                ("DELETE", "/requests", None),
                ("POST", "/snapshots/fixtures/restore", None),
            ][(number + time) % 8]
            reply = client.call(method, path) if body is None else client.call(method, path, json=body)
            statuses.append(reply.status)
            invariants = client.get("/invariants").json["invariants"]
            assert [one for one in invariants if not one["holds"]] == []
        return statuses

    def work(number: int) -> list[int]:
        if number < DRIVERS:
            return drive(number)
        found = []
        for time in range(TIMES):
            vendor = VENDORS[(number + time) % len(VENDORS)](clients.connect(runtime))
            reply = vendor.pay("328" if vendor.name == "CRM.COM" else "1", Decimal(7), number * TIMES + time)
            paid.set()
            found.append(reply.status)
        return found

    statuses = at_once(work)
    assert paid.is_set()
    # 503 is what the faults answer; anything else that begins with a five would be the sandbox's own mistake.
    assert {one for one in statuses if one >= 500} <= {503}
    assert {200, 201, 204} <= set(statuses)
    for one in clients.control("GET", "").json["namespaces"]:
        assert clients.broken_invariants(one["name"]) == [], one["name"]
