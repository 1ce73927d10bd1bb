"""Ids, numbers and timestamps come from the seed, the namespace, a counter and its clock, and from nothing else."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespaces
from tests.helpers.runtimes import NOON, Client, Response, fresh_runtime
from tests.helpers.valid_calls import ValidCall, first_calls, operations, valid_call

PROVIDERS = [provider.name for provider in find_providers()]
OTHERS = ("a", "b", "default")


def sandbox(base: Runtime, *, seed: str = "paysandbox", now: datetime = NOON) -> Client:
    """A sandbox of its own, with this seed; it is `now` there."""
    made = fresh_runtime(base)
    made.namespaces = Namespaces(base.namespaces.baselines, seed=seed, time=lambda: now)
    return Client(made)


def told(response: Response) -> tuple[int, bytes, dict[str, str]]:
    return response.status, response.content, dict(response.headers)


def all_calls(runtime: Runtime) -> list[ValidCall]:
    """A valid call of each operation of each provider."""
    return [valid_call(runtime, name, operation) for name, operation in operations(runtime)]


def story(client: Client, namespace: str) -> list[tuple[int, bytes, dict[str, str]]]:
    """Every operation twice: carried out at first, and then whatever comes of it."""
    return [told(call.send(client, f"/ns/{namespace}")) for _ in range(2) for call in all_calls(client.runtime)]


def creation(runtime: Runtime, provider: str) -> ValidCall:
    """A valid call of the provider that creates something."""
    return next(call for call in first_calls(runtime) if call.service.provider.name == provider)


def test_two_sandboxes_answer_the_same_calls_with_the_same_bytes(base_runtime: Runtime) -> None:
    """Headers included; on any machine, in any order of namespaces."""
    one, other = sandbox(base_runtime), sandbox(base_runtime)
    for name in ("x", "y", "z"):
        story(other, name)
    assert story(one, "mine") == story(other, "mine")
    assert story(one, "y") != story(other, "mine")


@given(st.lists(st.tuples(st.sampled_from(OTHERS), st.integers(0, 10), st.booleans()), max_size=8))
def test_what_others_do_in_between_makes_no_difference(
    base_runtime: Runtime, steps: list[tuple[str, int, bool]]
) -> None:
    """Their calls, their resets, their clocks: the seeds' four payments get the same bytes."""
    quiet, busy = sandbox(base_runtime), sandbox(base_runtime)
    calls = all_calls(base_runtime)
    between = iter(steps)
    for call in first_calls(base_runtime):
        for other, number, resets in [step for step in (next(between, None), next(between, None)) if step]:
            calls[number].send(busy, f"/ns/{other}")
            if resets:
                busy.runtime.namespaces.get(other).reset()
                busy.runtime.namespaces.get(other).clock.advance(number)
        assert told(call.send(quiet, "/ns/mine")) == told(call.send(busy, "/ns/mine"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_after_a_reset_the_same_calls_get_the_same_ids(base_runtime: Runtime, provider: str) -> None:
    """Also after refused calls, which use no id up."""
    client = sandbox(base_runtime)
    call = creation(base_runtime, provider)
    first = call.send(client, "/ns/mine")
    client.runtime.namespaces.get("mine").reset()
    client.call(call.operation.method, f"/ns/mine{call.path}", content=b"{", headers=call.headers)
    again = call.send(client, "/ns/mine")
    assert call.carried_out(first, base_runtime)
    assert (again.status, again.content) == (first.status, first.content)


def ids(client: Client, namespace: str) -> list[str]:
    """An id of some kind from each provider's state."""
    return [client.runtime.namespaces.get(namespace).state(name).uuid("kind") for name in client.runtime.services]


def test_another_seed_or_another_namespace_makes_other_ids(base_runtime: Runtime) -> None:
    """And so does another provider, another kind, or the next of them; the same makes the same."""
    found = [ids(sandbox(base_runtime, seed=seed), name) for seed in ("s", "t") for name in ("one", "two")]
    single = [one for each in found for one in each]
    assert len(set(single)) == len(single)
    assert ids(sandbox(base_runtime, seed="s"), "one") == found[0]
    state = sandbox(base_runtime).runtime.namespaces.get("one").state("invoiless")
    assert len({state.uuid("payment"), state.uuid("payment"), state.uuid("message")}) == 3


@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_what_is_dated_differs_at_another_time(base_runtime: Runtime, provider: str) -> None:
    """Ids do not come from the clock: two calls in one moment have two, and a call has the same at any time."""
    now, later = sandbox(base_runtime), sandbox(base_runtime, now=NOON + timedelta(days=400, seconds=7))
    call = creation(base_runtime, provider)
    one, other = call.send(now, "/ns/mine"), call.send(later, "/ns/mine")
    assert one.status == other.status
    assert call.carried_out(one, base_runtime)
    assert call.carried_out(other, base_runtime)
    counters = [client.runtime.namespaces.get("mine").state(provider).counters() for client in (now, later)]
    assert counters[0] == counters[1]
    assert differing(one.json, other.json) <= dated(one.json)


def dated(value: object, path: str = "") -> set[str]:
    """Where a text begins with a date, in either order."""
    if isinstance(value, dict):
        return {found for name, member in value.items() for found in dated(member, f"{path}/{name}")}
    if isinstance(value, list):
        return {found for index, item in enumerate(value) for found in dated(item, f"{path}/{index}")}
    text = str(value)
    return {path} if text[:10].count("-") == 2 or text[:10].count("/") == 2 else set()


def differing(one: object, other: object, path: str = "") -> set[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            found
            for name in one.keys() | other.keys()
            for found in differing(one.get(name), other.get(name), f"{path}/{name}")
        }
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return {found for index, (a, b) in pairs for found in differing(a, b, f"{path}/{index}")}
    return set() if one == other else {path}
