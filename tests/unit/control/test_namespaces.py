"""The control plane's namespaces: made, looked at, forked, reset, deleted."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.store.namespaces import DEFAULT, Namespaces
from tests.helpers.runtimes import NOON, Client, dump, fresh_runtime
from tests.helpers.valid_calls import first_calls, valid_call
from tests.unit.control.asking import ROOT, check_problem, everything

LOGIN = "/crm-com/crmapi/rest/v2/authentication/token"
USER = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}


def names(client: Client) -> list[str]:
    return [one["name"] for one in client.get(ROOT).json["namespaces"]]


def test_at_the_start_there_is_default(client: Client, runtime: Runtime) -> None:
    """With the providers' URLs, test credentials and variants, its time, and nothing in it."""
    listed = client.get(ROOT)
    (default,) = listed.json["namespaces"]
    assert listed.json["limit"] == runtime.namespaces.limit == 1000
    assert default == client.get(f"{ROOT}/default").json
    assert {name: value for name, value in default.items() if name != "providers"} == {
        "name": DEFAULT,
        "clock": {"now": "2026-03-31T12:00:00Z", "frozen": False},
        "requests": 0,
        "snapshots": ["fixtures"],
        "faults": 0,
    }
    assert default["providers"].keys() == runtime.services.keys()
    for name, service in runtime.services.items():
        one = default["providers"][name]
        assert one["url"] == f"http://127.0.0.1:4080/{service.provider.prefix}"
        assert one["credentials"] == service.credentials
        assert one["variants"] == runtime.namespaces.baselines[name].variants


def test_a_namespace_counts_what_is_in_it(client: Client) -> None:
    """Calls, snapshots and faults; a namespace that a call created is listed as well."""
    for call in first_calls(client.runtime):
        call.send(client, "/ns/busy")
    runtime = client.runtime.namespaces.get("busy")
    runtime.save_snapshot("kept")
    client.post(f"{ROOT}/busy/faults", {"then": {"status": 503}})
    found = client.get(f"{ROOT}/busy").json
    assert found["requests"] == len(client.runtime.services)
    assert (found["snapshots"], found["faults"]) == (["fixtures", "kept"], 1)
    assert names(client) == [DEFAULT, "busy"]


@pytest.mark.parametrize("name", ["a", "checkout-7", "9", "A.b_c-D", "x" * 100])
def test_a_new_one_has_the_name_that_it_is_given(client: Client, name: str) -> None:
    """201; and it is the one that calls under this name reach."""
    made = client.post(ROOT, {"name": name})
    assert (made.status, made.json["name"]) == (201, name)
    assert client.get(f"{ROOT}/{name}").json == made.json
    assert names(client) == [DEFAULT, name]


def test_without_a_name_one_is_made_up(client: Client) -> None:
    """A free one each time."""
    client.post(ROOT, {"name": "ns-2"})
    assert [client.post(ROOT, {}).json["name"] for _ in range(3)] == ["ns-1", "ns-3", "ns-4"]


@pytest.mark.parametrize("by", ["url", "credentials"])
def test_url_and_credentials_of_the_reply_lead_into_it(client: Client, by: str) -> None:
    """Either alone, for every provider whose credentials can choose; the other as in default."""
    made = client.post(ROOT, {"name": "mine"}).json
    for call in first_calls(client.runtime):
        name = call.service.provider.name
        if by == "credentials" and not call.service.provider.namespace_credentials:
            continue
        told, usual = made["providers"][name], client.get(f"{ROOT}/default").json["providers"][name]
        url = (told if by == "url" else usual)["url"].removeprefix("http://127.0.0.1:4080")
        credentials = (told if by == "credentials" else usual)["credentials"]
        same = valid_call(client.runtime, name, call.operation, credentials)
        response = same.send(client, url.removesuffix(f"/{call.service.provider.prefix}"))
        assert same.carried_out(response, client.runtime)
        assert response.headers["x-sandbox-request"].startswith("mine-")


def test_the_urls_are_where_the_sandbox_was_asked(base_runtime: Runtime) -> None:
    """Under the same host, and at the port that a provider has for itself."""
    client = Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001})))
    made = client.post(ROOT, {"name": "mine"}, headers={"host": "localhost:9"}).json["providers"]
    assert made["invoiless"]["url"] == "http://localhost:5001/ns/mine"
    assert made["crm_com"]["url"] == "http://localhost:9/ns/mine/crm-com"


@pytest.mark.parametrize(("release", "code"), [("R9.1.0", "INVALID_REQUEST"), ("R10.0.0", "OK")])
def test_variants_are_in_force_in_it_alone(client: Client, release: str, code: str) -> None:
    """Tokens can be released from CRM.COM R10 on; default is as in the fixture file."""
    made = client.post(ROOT, {"name": "old", "variants": {"crm_com": {"release": release}}})
    assert made.json["providers"]["crm_com"]["variants"]["release"] == release
    assert client.get(f"{ROOT}/old").json == made.json
    token = client.post(f"/ns/old{LOGIN}", USER).json["data"]["token"]
    released = client.post(f"/ns/old{LOGIN}/release", {"token": token})
    assert released.json["status"]["code"] == code
    default = client.get(f"{ROOT}/default").json["providers"]["crm_com"]["variants"]
    assert default == client.runtime.namespaces.baselines["crm_com"].variants
    client.post(f"{ROOT}/old/reset")
    assert client.get(f"{ROOT}/old").json["providers"]["crm_com"]["variants"]["release"] == release


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2030-01-02T03:04:05Z", "2030-01-02T03:04:05Z"),
        ("2030-01-02T03:04:05.25+02:00", "2030-01-02T01:04:05.250000Z"),
        ("2030-01-02t03:04:05z", "2030-01-02T03:04:05Z"),
    ],
)
def test_now_stands_still(client: Client, now: str, shown: str) -> None:
    """In UTC; it is the time of every provider there, and of no other namespace."""
    made = client.post(ROOT, {"name": "then", "now": now}).json
    assert made["clock"] == {"now": shown, "frozen": True}
    assert {client.runtime.namespaces.get("then").state(name).now().year for name in client.runtime.services} == {2030}
    assert client.runtime.namespaces.get(DEFAULT).clock.now() == NOON


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (
            {"name": "taken"},
            409,
            ["there is a namespace 'taken' already", "reset or delete it, or choose another name"],
        ),
        ({"name": DEFAULT}, 409, ["there is a namespace 'default' already"]),
        ({"name": "-a"}, 400, ["/name"]),
        ({"name": ""}, 400, ["/name"]),
        ({"name": "x" * 101}, 400, ["/name"]),
        ({"name": "a\n"}, 400, ["/name"]),
        ({"name": None}, 400, ["/name"]),
        ({"names": "a"}, 400, ["names"]),
        ([], 400, ["object"]),
        ({"variants": {"nobody": {"release": "R7.0.0"}}}, 422, ["no provider 'nobody'", "there are crm_com, "]),
        ({"variants": {"crm_com": {"colour": "red"}}}, 422, ["no variant 'colour'", "its variants are release"]),
        ({"variants": {"invoiless": {"colour": "red"}}}, 422, ["invoiless has no variant 'colour'", "unknown_members"]),
        (
            {"variants": {"crm_com": {"release": "R6"}}},
            422,
            ["crm_com's variant release has no choice 'R6'", "its choices are R"],
        ),
        ({"variants": {"a": {}, "b": {}}}, 422, ["no provider 'a'", "no provider 'b'"]),
        ({"variants": {"crm_com": {"release": 7}}}, 422, ["variant release has no choice '7'"]),
        ({"variants": {"crm_com": {"release": []}}}, 400, ["/variants/crm_com/release"]),
        ({"variants": []}, 400, ["/variants"]),
        ({"now": "yesterday"}, 400, ["/now"]),
        ({"now": "2026-03-31"}, 400, ["/now"]),
        ({"now": "2026-03-31T12:00:00"}, 400, ["/now"]),
        ({"now": 1774958400}, 400, ["/now"]),
        ({"now": "9999-01-01T00:00:00Z"}, 422, ["9999-01-01T00:00:00Z is out of range", "the clock ends before"]),
        ({"now": "0001-01-01T00:00:00+01:00"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ({"now": "0000-01-01T00:00:00Z"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
        ({"now": "2016-12-31T23:59:60Z"}, 422, ["send one like 2026-03-31T12:00:00Z"]),
    ],
    ids=str,
)
def test_what_cannot_be_made_is_refused(client: Client, body: Any, status: int, says: list[str]) -> None:
    """A problem document says what is wrong and what would be right; nothing comes into being."""
    client.post(ROOT, {"name": "taken"})
    before = everything(client.runtime)
    check_problem(client.post(ROOT, body), status, *says)
    assert everything(client.runtime) == before
    assert client.post(ROOT, {}).json["name"] == "ns-1"


def test_choices_may_be_written_as_numbers_and_booleans(client: Client) -> None:
    """201 is the same as "201", and false as "false"."""
    wanted = {"invoicexpress": {"success_status": 201}, "invisible_collector": {"currency_required": False}}
    made = client.post(ROOT, {"name": "numbers", "variants": wanted}).json["providers"]
    assert made["invoicexpress"]["variants"]["success_status"] == "201"
    assert made["invisible_collector"]["variants"]["currency_required"] == "false"


def test_a_fork_has_records_clock_and_variants(client: Client) -> None:
    """Its ids are its own: the same calls make other ones."""
    client.post(ROOT, {"name": "one", "now": "2030-01-02T03:04:05Z", "variants": {"crm_com": {"release": "R11.0.0"}}})
    for call in first_calls(client.runtime):
        call.send(client, "/ns/one")
    client.post(f"{ROOT}/one/faults", {"then": {"delay_ms": 1}})
    client.runtime.namespaces.get("one").save_snapshot("kept")
    made = client.post(f"{ROOT}/one/fork", {"name": "two"})
    assert (made.status, made.json["name"]) == (201, "two")
    assert client.get(f"{ROOT}/two").json == made.json
    assert made.json["clock"] == {"now": "2030-01-02T03:04:05Z", "frozen": True}
    assert made.json["providers"]["crm_com"]["variants"]["release"] == "R11.0.0"
    for name in client.runtime.services:
        assert dump(client.runtime, name, "two") == dump(client.runtime, name, "one")
    assert (made.json["requests"], made.json["faults"], made.json["snapshots"]) == (0, 0, ["fixtures"])
    assert client.runtime.namespaces.get("two").counts == {}


def test_a_fork_goes_its_own_way(client: Client) -> None:
    """Calls, clock, reset and deletion of the one leave the other."""
    client.post(ROOT, {"name": "one"})
    client.post(f"{ROOT}/one/fork", {"name": "two"})
    client.put(f"{ROOT}/one/clock", {"now": "2030-01-01T00:00:00Z"})
    before = everything(client.runtime)["one"]
    for call in first_calls(client.runtime):
        assert call.carried_out(call.send(client, "/ns/two"), client.runtime)
    client.post(f"{ROOT}/two/clock/advance", {"seconds": 60})
    assert everything(client.runtime)["one"] == before
    after = everything(client.runtime)["two"]
    client.post(f"{ROOT}/one/reset")
    client.delete(f"{ROOT}/one")
    assert everything(client.runtime)["two"] == after


@pytest.mark.parametrize(
    ("origin", "body", "status", "says"),
    [
        ("one", {"name": "one"}, 409, ["there is a namespace 'one' already"]),
        ("one", {"name": DEFAULT}, 409, ["there is a namespace 'default' already"]),
        ("one", {}, 400, ["name"]),
        ("one", {"name": "a b"}, 400, ["/name"]),
        ("nobody", {"name": "two"}, 404, ["there is no namespace 'nobody'", "POST /_sandbox/namespaces creates it"]),
    ],
    ids=str,
)
def test_what_cannot_be_forked_is_refused(client: Client, origin: str, body: Any, status: int, says: list[str]) -> None:
    client.post(ROOT, {"name": "one"})
    before = everything(client.runtime)
    check_problem(client.post(f"{ROOT}/{origin}/fork", body), status, *says)
    assert everything(client.runtime) == before


def test_a_reset_takes_records_and_ids_back_and_nothing_else(client: Client) -> None:
    """Clock, journal, faults, snapshots, counts and the number of calls stay; other namespaces too."""
    for name in ("one", DEFAULT):
        for call in first_calls(client.runtime):
            call.send(client, f"/ns/{name}")
    client.put(f"{ROOT}/one/clock", {"now": "2030-01-01T00:00:00Z", "frozen": True})
    client.post(f"{ROOT}/one/faults", {"then": {"delay_ms": 1}})
    client.runtime.namespaces.get("one").save_snapshot("kept")
    before = everything(client.runtime)
    response = client.post(f"{ROOT}/one/reset")
    assert (response.status, response.content) == (204, b"")
    after = everything(client.runtime)
    assert after["one"]["records"] == {
        name: dump(client.runtime, name, "never-used") for name in client.runtime.services
    }
    assert after["one"]["records"] != before["one"]["records"]
    assert {**after["one"], "records": {}} == {**before["one"], "records": {}}
    assert after[DEFAULT] == before[DEFAULT]


def test_a_deleted_namespace_is_gone(client: Client) -> None:
    """With all that it had; under its name the next call finds a new one."""
    for call in first_calls(client.runtime):
        call.send(client, "/ns/one")
    response = client.delete(f"{ROOT}/one")
    assert (response.status, response.content) == (204, b"")
    check_problem(client.get(f"{ROOT}/one"), 404, "there is no namespace 'one'")
    assert names(client) == [DEFAULT]
    assert next(first_calls(client.runtime)).send(client, "/ns/one").headers["x-sandbox-request"] == "one-1"


def test_default_cannot_disappear(client: Client) -> None:
    """Deleted, it is a new one at once."""
    fixtures = {name: dump(client.runtime, name) for name in client.runtime.services}
    for call in first_calls(client.runtime):
        call.send(client)
    client.put(f"{ROOT}/default/clock", {"frozen": True})
    assert client.delete(f"{ROOT}/default").status == 204
    assert client.get(f"{ROOT}/default").json["requests"] == 0
    assert client.get(f"{ROOT}/default/clock").json["frozen"] is False
    assert {name: dump(client.runtime, name) for name in client.runtime.services} == fixtures


def test_beyond_the_limit_the_one_unused_for_longest_goes(
    base_runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """The list says the limit, the log who went; looking at a namespace is using it."""
    fresh = fresh_runtime(base_runtime)
    fresh.namespaces = Namespaces(base_runtime.namespaces.baselines, seed="s", limit=3, time=lambda: NOON)
    client = Client(fresh)
    for name in ("one", "two"):
        client.post(ROOT, {"name": name})
    client.get(f"{ROOT}/one")
    client.post(f"{ROOT}/one/fork", {"name": "three"})
    assert names(client) == [DEFAULT, "one", "three"]
    assert client.get(ROOT).json["limit"] == 3
    assert caplog.messages == ["dropped namespace two: more than 3 namespaces are in use"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/reset"),
        ("GET", "/clock"),
        ("GET", "/faults"),
        ("DELETE", "/faults"),
        ("DELETE", "/faults/fault-1"),
        ("GET", "/coverage"),
        ("GET", "/outbox"),
        ("GET", "/invariants"),
    ],
)
def test_here_an_unknown_name_is_not_found(client: Client, method: str, path: str) -> None:
    """The name was probably mistyped, so no namespace is created."""
    check_problem(client.call(method, f"{ROOT}/nobody{path}"), 404, "'nobody'", "POST /_sandbox/namespaces creates it")
    assert names(client) == [DEFAULT]


@pytest.mark.parametrize("name", ["-a", "a%20b", "x" * 101, "%C3%A4", "a%0A", "a~b"])
def test_what_cannot_name_a_namespace_is_not_found(client: Client, name: str) -> None:
    check_problem(client.get(f"{ROOT}/{name}"), 404, "is not a valid ns")
