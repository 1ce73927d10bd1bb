"""Faults over the control plane: ordered, listed with how often they fired, called off."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import first_calls
from tests.unit.control.asking import ROOT, check_problem, everything

FAULTS = f"{ROOT}/default/faults"
DOWN = {"status": 503}


def statuses(client: Client, count: int = 1) -> list[int]:
    """What the first operation of each provider answers, again and again."""
    return [call.send(client).status for _ in range(count) for call in first_calls(client.runtime)]


@pytest.mark.parametrize(
    "asked",
    [
        {"then": {"status": 503}},
        {"then": {"status": 400}},
        {"then": {"delay_ms": 250}},
        {"then": {"drop": "before"}},
        {"then": {"drop": "after"}},
        {"then": {"truncate": 10}},
        {"provider": "invoiless", "then": DOWN},
        {"operation": "createPayment", "then": DOWN},
        {"provider": "invoiless", "operation": "createPayment", "then": DOWN},
        {"when": {"after": 2, "times": 3, "probability": 0.25, "seed": 7}, "then": DOWN},
        {"when": {"probability": 1}, "then": DOWN},
        {"when": {"probability": Decimal("0.3333333333333333333333")}, "then": DOWN},
    ],
    ids=str,
)
def test_a_fault_is_answered_and_listed_as_it_was_ordered(client: Client, asked: dict[str, Any]) -> None:
    """With an id, and how often it has fired."""
    made = client.post(FAULTS, asked)
    assert (made.status, made.json) == (201, {"id": "fault-1", **asked, "fired": 0})
    assert client.get(FAULTS).json == {"faults": [made.json]}


@pytest.mark.parametrize("name", ["status", "delay_ms", "drop", "truncate", "webhook", "webhook_delay"])
def test_an_effect_without_then_is_told_where_it_belongs(client: Client, name: str) -> None:
    """Both mistakes stand in the sentence, each with its place."""
    refused = client.post(FAULTS, {name: 1})
    says = f"the body: unknown property {name!r} (put it under 'then'); the body: missing property 'then'"
    assert (refused.status, refused.json["detail"]) == (400, says)


@pytest.mark.parametrize("then", [{"delay_ms": 0}, {"truncate": 0}], ids=str)
def test_nothing_is_a_fault_too(client: Client, then: dict[str, Any]) -> None:
    """No delay, no bytes: it is shown as ordered."""
    assert client.post(FAULTS, {"then": then}).json["then"] == then


def test_it_strikes_from_the_next_call_on_and_is_counted(runtime: Runtime, client: Client) -> None:
    """`after` lets the first calls pass, `times` ends it; it stays in the list."""
    client.post(FAULTS, {"provider": "invoiless", "when": {"after": 1, "times": 2}, "then": DOWN})
    calls = [call for call in first_calls(runtime) if call.service.provider.name == "invoiless"]
    assert [calls[0].send(client).status for _ in range(4)] == [201, 503, 503, 201]
    (fault,) = client.get(FAULTS).json["faults"]
    assert fault["fired"] == 2


def test_the_same_seed_strikes_the_same_calls_again(client: Client) -> None:
    """A test that fails can be run again."""
    found = []
    for _ in range(2):
        client.delete(FAULTS)
        client.post(FAULTS, {"when": {"probability": 0.5, "seed": 11}, "then": DOWN})
        found.append([status == 503 for status in statuses(client, 10)])
    assert found[0] == found[1]
    assert {True, False} == set(found[0])


def test_they_are_listed_in_the_order_of_their_making(client: Client) -> None:
    """The first that strikes is the only one."""
    for status in (503, 500):
        client.post(FAULTS, {"when": {"times": 1}, "then": {"status": status}})
    assert [fault["id"] for fault in client.get(FAULTS).json["faults"]] == ["fault-1", "fault-2"]
    assert statuses(client)[:3] == [503, 500, 200 if "invoicexpress" in client.runtime.services else 201]


def test_one_is_called_off(client: Client) -> None:
    """The others stay; its id is never used again."""
    for status in (503, 500):
        client.post(FAULTS, {"then": {"status": status}})
    response = client.delete(f"{FAULTS}/fault-1")
    assert (response.status, response.content) == (204, b"")
    assert set(statuses(client)) == {500}
    assert client.post(FAULTS, {"then": DOWN}).json["id"] == "fault-3"


def test_all_are_called_off(client: Client) -> None:
    for _ in range(2):
        client.post(FAULTS, {"then": DOWN})
    for _ in range(2):
        assert client.delete(FAULTS).status == 204
        assert client.get(FAULTS).json == {"faults": []}
    assert 503 not in statuses(client)


def test_each_namespace_has_its_own(client: Client) -> None:
    client.post(ROOT, {"name": "mine"})
    client.post(f"{ROOT}/mine/faults", {"then": DOWN})
    assert client.get(FAULTS).json == {"faults": []}
    assert 503 not in statuses(client)
    client.delete(FAULTS)
    assert len(client.get(f"{ROOT}/mine/faults").json["faults"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"provider": "nobody", "then": DOWN}, 422, ["there is no provider 'nobody'", "there are crm_com, "]),
        (
            {"provider": "invoiless", "operation": "payInvoice", "then": DOWN},
            422,
            ["invoiless has no operation 'payInvoice'", "there are createPayment, listPayments"],
        ),
        ({"operation": "fly", "then": DOWN}, 422, ["no provider has an operation 'fly'", "there are payInvoice, "]),
        ({"provider": "control", "then": DOWN}, 422, ["there is no provider 'control'"]),
        ({"operation": "health", "then": DOWN}, 422, ["no provider has an operation 'health'"]),
        ({"when": {"probability": 1.01}, "then": DOWN}, 400, ["/when/probability"]),
        ({"when": {"probability": -0.1}, "then": DOWN}, 400, ["/when/probability"]),
        ({"when": {"probability": "0.5"}, "then": DOWN}, 400, ["/when/probability"]),
        ({"when": {"after": -1}, "then": DOWN}, 400, ["/when/after"]),
        ({"when": {"after": 1.5}, "then": DOWN}, 400, ["/when/after"]),
        ({"when": {"times": 0}, "then": DOWN}, 400, ["/when/times"]),
        ({"when": {"seed": -1}, "then": DOWN}, 400, ["/when/seed"]),
        ({"when": {"since": 1}, "then": DOWN}, 400, ["since"]),
        ({"when": None, "then": DOWN}, 400, ["/when"]),
        ({"then": {}}, 400, ["/then"]),
        ({"then": {"status": 503, "delay_ms": 1}}, 400, ["/then"]),
        ({"then": {"status": 200}}, 400, ["/then/status"]),
        ({"then": {"status": 600}}, 400, ["/then/status"]),
        ({"then": {"delay_ms": 600001}}, 400, ["/then/delay_ms"]),
        ({"then": {"drop": "during"}}, 400, ["/then/drop"]),
        ({"then": {"truncate": -1}}, 400, ["/then/truncate"]),
        ({"then": {"explode": True}}, 400, ["explode"]),
        ({"then": 503}, 400, ["/then"]),
        ({}, 400, ["then"]),
        ([], 400, ["object"]),
    ],
    ids=str,
)
def test_what_cannot_be_ordered_is_refused(client: Client, body: Any, status: int, says: list[str]) -> None:
    """A problem document says what is wrong and what there is; no fault is made, and no id is used up."""
    before = everything(client.runtime)
    check_problem(client.post(FAULTS, body), status, *says)
    assert everything(client.runtime) == before
    assert client.post(FAULTS, {"then": DOWN}).json["id"] == "fault-1"


def test_an_unknown_fault_is_not_found(client: Client) -> None:
    """Those that there are, are named; nothing is called off."""
    check_problem(client.delete(f"{FAULTS}/fault-1"), 404, "there is no fault 'fault-1' here; there are none")
    for _ in range(2):
        client.post(FAULTS, {"then": DOWN})
    check_problem(client.delete(f"{FAULTS}/fault-3"), 404, "there are fault-1, fault-2")
    for name in ("fault-0", "fault-01", "1", "fault-1%00"):
        check_problem(client.delete(f"{FAULTS}/{name}"), 404, "is not a valid id")
    assert len(client.get(FAULTS).json["faults"]) == 2
