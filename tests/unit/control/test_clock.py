"""The namespace's time over the control plane: looked at, set, frozen, let go, advanced."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import NOON, Client
from tests.helpers.valid_calls import first_calls
from tests.unit.control.asking import ROOT, check_problem, everything

CLOCK = f"{ROOT}/default/clock"
LOGIN = "/crm-com/crmapi/rest/v2/authentication/token"
USER = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}


def login(client: Client) -> str:
    """A token that will expire, issued now."""
    return str(client.post(LOGIN, USER).json["data"]["token"])


def test_it_is_told_in_utc(client: Client) -> None:
    """With as many digits behind the seconds as there are."""
    assert client.get(CLOCK).json == {"now": "2026-03-31T12:00:00Z", "frozen": False}
    client.runtime.namespaces.get(DEFAULT).clock.advance(1)
    client.runtime.namespaces.get(DEFAULT).clock.set(NOON + timedelta(microseconds=1), frozen=True)
    assert client.get(CLOCK).json == {"now": "2026-03-31T12:00:00.000001Z", "frozen": True}


@pytest.mark.parametrize(
    ("body", "now", "frozen"),
    [
        ({"frozen": True}, "2026-03-31T12:00:00Z", True),
        ({"now": "2026-12-31T23:59:59Z", "frozen": True}, "2026-12-31T23:59:59Z", True),
        ({"now": "2026-12-31T23:59:59+01:00"}, "2026-12-31T22:59:59Z", False),
        ({"now": "2020-02-29T00:00:00-00:00", "frozen": False}, "2020-02-29T00:00:00Z", False),
        ({"now": "2026-12-31T23:59:59.123456789Z"}, "2026-12-31T23:59:59.123456Z", False),
        ({"now": "9998-12-31T23:59:59Z"}, "9998-12-31T23:59:59Z", False),
        ({"now": "1000-01-01T00:00:00Z"}, "1000-01-01T00:00:00Z", False),
    ],
    ids=str,
)
def test_it_is_set(client: Client, body: Any, now: str, frozen: bool) -> None:  # noqa: FBT001 - a column
    """What the call leaves out stays; the reply is what a look at it tells."""
    shown = client.put(CLOCK, body)
    assert (shown.status, shown.json) == (200, {"now": now, "frozen": frozen})
    assert client.get(CLOCK).json == shown.json


def test_a_frozen_clock_stays_frozen_until_it_is_let_go(runtime: Runtime, client: Client) -> None:
    """Then it runs on from where it stood."""
    clock = runtime.namespaces.get(DEFAULT).clock
    client.put(CLOCK, {"frozen": True})
    assert client.put(CLOCK, {"now": "2026-04-01T00:00:00Z"}).json == {"now": "2026-04-01T00:00:00Z", "frozen": True}
    assert client.put(CLOCK, {"frozen": False}).json == {"now": "2026-04-01T00:00:00Z", "frozen": False}
    assert not clock.frozen


@pytest.mark.parametrize(
    ("seconds", "now"),
    [
        (0, "2026-03-31T12:00:00Z"),
        (7200, "2026-03-31T14:00:00Z"),
        (0.25, "2026-03-31T12:00:00.250000Z"),
        (0.0000001, "2026-03-31T12:00:00Z"),
        (3155760000, "2126-04-01T12:00:00Z"),
    ],
)
@pytest.mark.parametrize("frozen", [True, False])
def test_it_is_advanced(client: Client, seconds: Any, now: str, *, frozen: bool) -> None:
    """Frozen or not, to the microsecond."""
    client.put(CLOCK, {"frozen": frozen})
    advanced = client.post(f"{CLOCK}/advance", {"seconds": seconds})
    assert (advanced.status, advanced.json) == (200, {"now": now, "frozen": frozen})
    assert client.get(CLOCK).json == advanced.json


def test_it_is_the_time_of_every_provider_of_its_namespace_only(client: Client) -> None:
    """What calls make is dated by it."""
    client.put(CLOCK, {"now": "2031-05-06T07:08:09Z", "frozen": True})
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    namespaces = client.runtime.namespaces
    assert {namespaces.get(DEFAULT).state(name).now() for name in client.runtime.services} == {moment}
    assert {namespaces.get("other").state(name).now() for name in client.runtime.services} == {NOON}
    replies = [call.send(client) for call in first_calls(client.runtime)]
    assert any(b"2031" in reply.content for reply in replies)


@pytest.mark.parametrize("now", ["1000-01-01T00:00:00Z", "9998-12-31T23:59:59Z"])
def test_at_the_ends_of_time_every_provider_answers(client: Client, now: str) -> None:
    """As documented; a year of four digits has four digits there too."""
    client.put(CLOCK, {"now": now, "frozen": True})
    for call in first_calls(client.runtime):
        assert call.carried_out(call.send(client), client.runtime)
    token = login(client)
    assert client.post(f"{LOGIN}/release", {"token": token}).json["status"]["code"] == "OK"


def test_it_does_not_go_back_before_a_token_in_force_was_issued(client: Client) -> None:
    """409 says which, since when, and what to do; nothing is changed. To that moment, and on, it may go."""
    client.put(CLOCK, {"now": "2026-05-01T10:00:00Z", "frozen": True})
    login(client)
    client.post(f"{CLOCK}/advance", {"seconds": 60})
    before = everything(client.runtime)
    check_problem(
        client.put(CLOCK, {"now": "2026-05-01T09:59:59Z", "frozen": False}),
        409,
        "crm_com issued something at 2026-05-01T10:00:00Z",
        "cannot go back to 2026-05-01T09:59:59Z",
        "reset the namespace first, or choose a later time",
    )
    assert everything(client.runtime) == before
    for now in ("2026-05-01T10:00:00Z", "2026-06-01T00:00:00Z", "2026-05-01T12:00:00+02:00"):
        assert client.put(CLOCK, {"now": now}).status == 200


@pytest.mark.parametrize("way", ["reset", "release", "another namespace"])
def test_without_a_token_in_force_it_goes_back(client: Client, way: str) -> None:
    """After a reset, after its release, and elsewhere; the fixtures' tokens never expire and bind no namespace."""
    root = f"{ROOT}/{'other' if way == 'another namespace' else DEFAULT}"
    client.post(ROOT, {"name": "other"})
    token = login(client)
    if way == "reset":
        client.post(f"{ROOT}/default/reset")
    if way == "release":
        client.post(f"{LOGIN}/release", {"token": token})
    assert client.put(f"{root}/clock", {"now": "2020-01-01T00:00:00Z"}).status == 200


def test_forward_it_always_goes(client: Client) -> None:
    """Also where a snapshot has brought a token back that was issued later than it is now; and it can be frozen."""
    client.put(CLOCK, {"now": "2026-05-01T10:00:00Z", "frozen": True})
    login(client)
    client.post(f"{ROOT}/default/snapshots", {"name": "logged-in"})
    client.post(f"{ROOT}/default/reset")
    client.put(CLOCK, {"now": "2026-04-01T00:00:00Z"})
    client.post(f"{ROOT}/default/snapshots/logged-in/restore")
    for body in ({"frozen": False}, {"frozen": True}, {"now": "2026-04-02T00:00:00Z"}):
        assert client.put(CLOCK, body).status == 200
    check_problem(client.put(CLOCK, {"now": "2026-04-01T00:00:00Z"}), 409, "crm_com issued something")


def test_time_that_passes_ends_a_token(client: Client) -> None:
    """Two hours, without waiting for them."""
    token = login(client)
    client.post(f"{CLOCK}/advance", {"seconds": 7199})
    assert client.post(f"{LOGIN}/release", {"token": token}).json["status"]["code"] == "OK"
    token = login(client)
    client.post(f"{CLOCK}/advance", {"seconds": 7200})
    assert client.post(f"{LOGIN}/release", {"token": token}).json["status"]["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("", {"now": "9999-01-01T00:00:00Z"}, 422, ["9999-01-01T00:00:00Z is out of range", "before the year 9999"]),
        ("", {"now": "0999-12-31T23:59:59Z"}, 422, ["0999-12-31T23:59:59Z is out of range", "with the year 1000"]),
        ("", {"now": "9999-12-31T23:59:59-23:59"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ("", {"now": "0001-01-01T00:00:00+00:01"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ("", {"now": "0000-06-01T00:00:00Z"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ("", {"now": "2016-12-31T23:59:60Z"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ("", {"now": "10000-01-01T00:00:00Z"}, 400, ["/now"]),
        ("", {"now": "2026-03-31T12:00:00"}, 400, ["/now"]),
        ("", {"now": "2026-02-29T12:00:00Z"}, 400, ["/now"]),
        ("", {"now": "noon"}, 400, ["/now"]),
        ("", {"now": None}, 400, ["/now"]),
        ("", {"frozen": "yes"}, 400, ["/frozen"]),
        ("", {"frozen": None}, 400, ["/frozen"]),
        ("", {}, 400, ["the body"]),
        ("", {"then": 1}, 400, ["then"]),
        ("/advance", {"seconds": -1}, 400, ["/seconds"]),
        ("/advance", {"seconds": 3155760001}, 400, ["/seconds"]),
        ("/advance", {"seconds": "60"}, 400, ["/seconds"]),
        ("/advance", {}, 400, ["seconds"]),
    ],
    ids=str,
)
def test_what_no_clock_can_show_is_refused(client: Client, path: str, body: Any, status: int, says: list[str]) -> None:
    before = everything(client.runtime)
    response = client.post(f"{CLOCK}{path}", body) if path else client.put(CLOCK, body)
    check_problem(response, status, *says)
    assert everything(client.runtime) == before


@pytest.mark.parametrize("frozen", [True, False])
def test_time_ends_before_the_year_9999(client: Client, *, frozen: bool) -> None:
    """409 says where it stands; a year is left for what providers add to the present."""
    client.put(CLOCK, {"now": "9998-12-31T23:59:59Z", "frozen": frozen})
    for seconds in (1, 3155760000):
        refused = client.post(f"{CLOCK}/advance", {"seconds": seconds})
        check_problem(refused, 409, "the clock shows 9998-12-31T23:59:59Z and cannot advance so far")
        assert client.get(CLOCK).json == {"now": "9998-12-31T23:59:59Z", "frozen": frozen}
    assert client.post(f"{CLOCK}/advance", {"seconds": 0.999999}).status == 200
