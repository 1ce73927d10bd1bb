"""POST /_sandbox/reset: the default namespace back to its fixtures."""

from datetime import timedelta

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import NOON, Client, dump

HEADERS = {"authorization": "Bearer ic-test-token"}
BODY = {
    "number": "RG 1",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": 1}],
}


def test_default_is_as_it_was_at_the_start(client: Client) -> None:
    """Records and ids: the same call gets the same bytes again; the number of the call goes on."""
    before = {name: dump(client.runtime, name) for name in client.runtime.services}
    first = client.post("/invisible-collector/payments", BODY, headers=HEADERS)
    assert {name: dump(client.runtime, name) for name in client.runtime.services} != before
    response = client.post("/_sandbox/reset")
    assert (response.status, response.content) == (204, b"")
    assert {name: dump(client.runtime, name) for name in client.runtime.services} == before
    again = client.post("/invisible-collector/payments", BODY, headers=HEADERS)
    assert (again.status, again.content) == (first.status, first.content)
    assert first.status == 201
    assert [one.headers["x-sandbox-request"] for one in (first, again)] == ["default-1", "default-2"]


def test_other_namespaces_stay(client: Client) -> None:
    """They belong to other tests."""
    assert client.post("/ns/mine/invisible-collector/payments", BODY, headers=HEADERS).status == 201
    client.post("/_sandbox/reset")
    assert client.post("/ns/mine/invisible-collector/payments", BODY, headers=HEADERS).status == 200


def test_the_clock_stays(runtime: Runtime) -> None:
    """It is set by itself."""
    clock = runtime.namespaces.get("default").clock
    clock.advance(60)
    Client(runtime).post("/_sandbox/reset")
    assert runtime.namespaces.get("default").clock.now() == NOON + timedelta(seconds=60)


def test_a_get_does_not_reset(client: Client) -> None:
    """A page's image could send one."""
    client.post("/invisible-collector/payments", BODY, headers=HEADERS)
    assert client.get("/_sandbox/reset").status == 405
    assert client.post("/invisible-collector/payments", BODY, headers=HEADERS).status == 200
