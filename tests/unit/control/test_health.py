"""GET /_sandbox/health: whether the sandbox is ready."""

from datetime import timedelta

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import NOON, Client, fresh_runtime


def running(base: Runtime, seconds: timedelta) -> Client:
    """A sandbox that started at noon, seen `seconds` later."""
    times = iter([NOON, NOON + seconds])
    fresh = fresh_runtime(base)
    runtime = Runtime(
        services=fresh.services,
        control=fresh.control,
        namespaces=fresh.namespaces,
        settings=fresh.settings,
        version="1.2.3",
        time=lambda: next(times),
    )
    return Client(runtime)


def test_it_says_what_runs_and_since_when(base_runtime: Runtime) -> None:
    """Version, seconds since the start, and the providers in the order of their names."""
    client = running(base_runtime, timedelta(seconds=90, milliseconds=500))
    response = client.get("/_sandbox/health")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.json["version"] == "1.2.3"
    assert (response.json["status"], str(response.json["uptime_seconds"])) == ("ok", "90.5")
    assert response.json["providers"] == sorted(client.runtime.services) == list(client.runtime.services)


def test_a_machine_whose_time_goes_back_has_no_negative_uptime(base_runtime: Runtime) -> None:
    client = running(base_runtime, timedelta(hours=-1))
    assert client.get("/_sandbox/health").json["uptime_seconds"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "paysandbox:4080"},
        {"host": "10.0.0.7"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"authorization": "Bearer wrong"},
    ],
    ids=str,
)
def test_it_is_for_everybody(base_runtime: Runtime, headers: dict[str, str]) -> None:
    """A container's health check has no token and any host name; there is nothing to keep."""
    client = Client(fresh_runtime(base_runtime, Settings(control_token="secret")))
    assert client.get("/_sandbox/health", headers=headers).status == 200


def test_nothing_is_changed_by_asking(client: Client) -> None:
    """It counts as no request of any namespace."""
    client.get("/_sandbox/health")
    response = client.get("/invisible-collector/none")
    assert response.headers["x-sandbox-request"] == "default-1"
    assert "x-sandbox-request" not in client.get("/_sandbox/health").headers
