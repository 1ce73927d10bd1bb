"""Worlds side by side: chosen by path or header, isolated, reproducible, and limited in number."""

from collections.abc import Mapping
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, Namespaces
from tests.helpers.runtimes import NOON, Client, Response, dump

PROVIDER = "invisible_collector"
NAMES = ["a", "checkout-7", "9", "A.b_c-D", "x" * 100, "default2"]
NO_NAMES = ["-a", ".a", "_a", "a b", "a/b", "ä", "x" * 101, "a\n", "a~b", "%41", "a%20b"]


def pay(client: Client, number: str, amount: int = 100, path: str = "", **options: Any) -> Response:
    """Register a payment of a debt that the fixtures have."""
    body = {
        "number": number,
        "type": "RG",
        "date": "2016-07-20",
        "currency": "EUR",
        "lines": [{"number": "FT 2016/101", "amount": amount}],
    }
    headers = {"authorization": "Bearer ic-test-token"} | options.pop("headers", {})
    return client.post(f"{path}/invisible-collector/payments", body, headers=headers, **options)


def by_path(name: str) -> dict[str, Any]:
    """How a path chooses a namespace."""
    return {"path": f"/ns/{name}"}


def by_header(name: str) -> dict[str, Any]:
    return {"headers": {"X-Sandbox-Namespace": name}}


@pytest.fixture
def small(base_runtime: Runtime) -> Namespaces:
    """Three namespaces at most, default included."""
    return Namespaces(base_runtime.namespaces.baselines, seed="s", limit=3, time=lambda: NOON)


@pytest.mark.parametrize("choose", [by_path, by_header])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_done_in_one_namespace_is_done_there_only(client: Client, choose: Any, name: str) -> None:
    """Neither default nor a third one sees it."""
    before = dump(client.runtime, PROVIDER)
    assert pay(client, "RG 1", **choose(name)).status == 201
    assert pay(client, "RG 1", **choose(name)).status == 200
    assert dump(client.runtime, PROVIDER) == before
    assert dump(client.runtime, PROVIDER, "third") == before
    assert dump(client.runtime, PROVIDER, name) != before


def test_path_and_header_choose_the_same_namespace(client: Client) -> None:
    """It is one world under one name."""
    assert pay(client, "RG 1", **by_path("one")).status == 201
    assert pay(client, "RG 1", **by_header("one")).status == 200


def test_the_path_goes_before_the_header(client: Client) -> None:
    """A client under test has its URL from the test; headers may come from anywhere."""
    assert pay(client, "RG 1", path="/ns/one", headers={"X-Sandbox-Namespace": "two"}).status == 201
    assert pay(client, "RG 1", **by_path("one")).status == 200
    assert pay(client, "RG 1", **by_path("two")).status == 201


def test_the_path_chooses_below_a_host_as_well(client: Client) -> None:
    headers = {"host": "invisible-collector.localhost:4080", "authorization": "Bearer ic-test-token"}
    response = client.post("/ns/one/payments", {}, headers=headers)
    assert (response.status, response.headers["x-sandbox-request"]) == (422, "one-1")


def test_default_is_default_by_any_choice(client: Client) -> None:
    """No choice, path and header."""
    choices: list[Mapping[str, Any]] = [{}, by_path(DEFAULT), by_header(DEFAULT)]
    assert [pay(client, "RG 1", **choice).status for choice in choices] == [201, 200, 200]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_cannot_name_a_namespace_is_refused(client: Client, name: str) -> None:
    """400, a problem document in the sandbox's own voice, and nothing is made."""
    responses = [] if name == "a\n" else [pay(client, "RG 1", headers={"X-Sandbox-Namespace": name})]
    if "/" not in name and name.isascii() and name.isprintable() and " " not in name and name != "%41":
        responses.append(pay(client, "RG 1", path=f"/ns/{name}"))
    for response in responses:
        assert (response.status, response.headers["content-type"]) == (400, "application/problem+json")
        assert response.json["title"] == "No such namespace"
        assert "is not a name of a namespace" in response.json["detail"]
    with pytest.raises(ValueError, match="is not a name of a namespace"):
        client.runtime.namespaces.get(name)


@pytest.mark.parametrize("choose", [by_path, by_header])
def test_an_empty_name_is_refused(client: Client, choose: Any) -> None:
    """A test whose variable is empty must not write into everybody's default."""
    before = dump(client.runtime, PROVIDER)
    assert pay(client, "RG 1", **choose("")).status == 400
    assert dump(client.runtime, PROVIDER) == before


def test_an_escaped_name_is_the_same_name(client: Client) -> None:
    assert pay(client, "RG 1", path="/ns/%61bc").headers["x-sandbox-request"] == "abc-1"


def test_requests_are_counted_in_each_namespace(client: Client) -> None:
    """So that ids do not depend on others; a refused call has one as well."""
    ids = [
        pay(client, "RG 1", **choice).headers["x-sandbox-request"]
        for choice in (by_path("a"), by_path("b"), by_path("a"), {}, by_path("b"))
    ]
    assert ids == ["a-1", "b-1", "a-2", "default-1", "b-2"]


def story(client: Client, name: str) -> list[tuple[int, bytes, dict[str, str]]]:
    """A few calls with every sort of answer, one of which names an id that was made (409); all but what counts them."""
    responses = [
        pay(client, "RG 1", **by_path(name)),
        pay(client, "RG 1", **by_path(name)),
        pay(client, "RG 1", amount=7, **by_path(name)),
        pay(client, "RG 2", amount=-1, **by_path(name)),
    ]
    return [
        (one.status, one.content, {name: text for name, text in one.headers.items() if name != "x-sandbox-request"})
        for one in responses
    ]


@pytest.mark.parametrize("name", ["story", DEFAULT])
def test_the_same_calls_after_a_reset_get_the_same_bytes(client: Client, name: str) -> None:
    """Whatever other namespaces do meanwhile; only the count of the calls goes on."""
    first = story(client, name)
    assert [status for status, _, _ in first] == [201, 200, 409, 422]
    pay(client, "RG 3", **by_path("another"))
    client.runtime.namespaces.get(name).reset()
    story(client, "yet-another")
    assert story(client, name) == first
    assert pay(client, "RG 4", **by_path(name)).headers["x-sandbox-request"] == f"{name}-9"


def test_ids_differ_between_namespaces(client: Client) -> None:
    """A test that mixes two up is found out."""
    assert story(client, "one")[2][1] != story(client, "two")[2][1]


def test_another_seed_makes_other_ids(base_runtime: Runtime) -> None:
    baselines = base_runtime.namespaces.baselines
    ids = [
        Namespaces(baselines, seed=seed, time=lambda: NOON).get("a").state(PROVIDER).uuid("payment")
        for seed in ("s", "t", "s")
    ]
    assert ids[0] == ids[2] != ids[1]


def test_a_reset_goes_back_to_the_fixtures_and_leaves_the_clock(runtime: Runtime) -> None:
    """Of one namespace; the clock belongs to the test, not to the records."""
    fixtures = dump(runtime, PROVIDER)
    for name in ("one", "two"):
        pay(Client(runtime), "RG 1", **by_path(name))
    namespace = runtime.namespaces.get("one")
    namespace.clock.advance(60)
    namespace.reset()
    assert dump(runtime, PROVIDER, "one") == fixtures
    assert dump(runtime, PROVIDER, "two") != fixtures
    assert (namespace.clock.now() - NOON).total_seconds() == 60


def test_each_namespace_has_a_clock_of_its_own(runtime: Runtime) -> None:
    runtime.namespaces.get("one").clock.advance(60)
    assert runtime.namespaces.get("two").clock.now() == NOON
    assert {runtime.namespaces.get("one").state(name).now() for name in runtime.services} == {
        runtime.namespaces.get("one").clock.now()
    }


def test_the_least_recently_used_namespace_goes_first(small: Namespaces, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the limit, with a line in the log."""
    one = small.get("one")
    two = small.get("two")
    assert small.get("one") is one
    assert caplog.messages == []
    small.get("three")
    assert small.get("one") is one
    assert caplog.messages == ["dropped namespace two: more than 3 namespaces are in use"]
    assert small.get("two") is not two


def test_a_dropped_namespace_starts_from_the_fixtures_again(base_runtime: Runtime) -> None:
    """It is made anew on its next use."""
    namespaces = Namespaces(base_runtime.namespaces.baselines, seed="s", limit=2, time=lambda: NOON)
    namespaces.get("one").state(PROVIDER).uuid("payment")
    namespaces.get("two")
    assert namespaces.get("one").state(PROVIDER).counters() == {}


def test_default_is_never_dropped(small: Namespaces) -> None:
    default = small.get(DEFAULT)
    for number in range(20):
        small.get(f"n{number}")
    assert small.get(DEFAULT) is default


@pytest.mark.parametrize("limit", [0, 1])
def test_the_smallest_limit_leaves_one_namespace_beside_default(base_runtime: Runtime, limit: int) -> None:
    namespaces = Namespaces(base_runtime.namespaces.baselines, seed="s", limit=limit, time=lambda: NOON)
    one = namespaces.get("one")
    assert namespaces.get("one") is one
    namespaces.get("two")
    assert namespaces.get("one") is not one


def test_a_name_that_cannot_be_drops_nobody(small: Namespaces) -> None:
    """A refused choice costs nothing."""
    one, two = small.get("one"), small.get("two")
    with pytest.raises(ValueError, match="is not a name"):
        small.get("no name")
    assert (small.get("one"), small.get("two")) == (one, two)


def test_a_namespace_can_become_what_another_was(runtime: Runtime) -> None:
    """Records and id counters; from then on each goes its own way, with ids of its own."""
    client = Client(runtime)
    pay(client, "RG 1", **by_path("one"))
    one, two = runtime.namespaces.get("one"), runtime.namespaces.get("two")
    pay(client, "RG 2", **by_path("two"))
    two.load(one.snapshot())
    assert dump(runtime, PROVIDER, "two") == dump(runtime, PROVIDER, "one")
    then = dump(runtime, PROVIDER, "one")
    assert pay(client, "RG 1", **by_path("two")).status == 200
    assert pay(client, "RG 2", **by_path("two")).status == 201
    assert dump(runtime, PROVIDER, "one") == then
    assert pay(client, "RG 2", **by_path("one")).status == 201
    assert dump(runtime, PROVIDER, "one") != dump(runtime, PROVIDER, "two")


def test_a_namespace_that_was_dropped_is_gone(runtime: Runtime) -> None:
    """With records, clock and count of calls; under the same name begins another one."""
    client = Client(runtime)
    first = story(client, "one")
    runtime.namespaces.get("one").clock.advance(60)
    runtime.namespaces.drop("one")
    assert [namespace.name for namespace in runtime.namespaces] == [DEFAULT]
    assert pay(client, "RG 0", amount=-1, **by_path("one")).headers["x-sandbox-request"] == "one-1"
    assert runtime.namespaces.get("one").clock.now() == NOON
    assert story(client, "one") == first


def test_default_that_was_dropped_is_there_again_at_once(runtime: Runtime) -> None:
    fixtures = dump(runtime, PROVIDER)
    pay(Client(runtime), "RG 1")
    runtime.namespaces.drop(DEFAULT)
    assert [namespace.name for namespace in runtime.namespaces] == [DEFAULT]
    assert dump(runtime, PROVIDER) == fixtures
    assert pay(Client(runtime), "RG 1").headers["x-sandbox-request"] == "default-1"


def test_what_calls_exercised_is_counted_over_all_namespaces(runtime: Runtime) -> None:
    """Those that were dropped, or had to go, included; a reset takes nothing back."""
    client = Client(runtime)
    assert runtime.namespaces.sum_counts() == {}
    for name in (DEFAULT, "one", "two"):
        story(client, name)
    counts = runtime.namespaces.sum_counts()
    single = runtime.namespaces.get("one").counts[PROVIDER]
    assert {name: count * 3 for name, count in single.items()} == counts[PROVIDER]
    assert single["createPayment 409"] == 1
    runtime.namespaces.get("one").reset()
    for name in ("one", DEFAULT):
        runtime.namespaces.drop(name)
    assert runtime.namespaces.sum_counts() == counts
    assert runtime.namespaces.get(DEFAULT).counts == {}
    for number in range(runtime.namespaces.limit):
        runtime.namespaces.get(f"n{number}")
    assert "two" not in [namespace.name for namespace in runtime.namespaces]
    assert runtime.namespaces.sum_counts() == counts


def test_a_name_that_is_made_up_is_free(small: Namespaces) -> None:
    small.get("ns-2")
    assert [small.generate_name(), small.generate_name()] == ["ns-1", "ns-3"]
