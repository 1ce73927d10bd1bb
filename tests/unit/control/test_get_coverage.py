"""GET …/coverage: what the calls of one namespace, or of all, have exercised of the contracts; in four forms."""

from decimal import ROUND_DOWN, Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import Client, fresh_runtime
from tests.helpers.valid_calls import first_calls
from tests.unit.control.asking import ROOT, check_problem, everything

TOTAL = "/_sandbox/coverage"
TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "junit": "application/xml",
    "html": "text/html; charset=utf-8",
}


def of(name: str) -> str:
    return f"{ROOT}/{name}/coverage"


def exercised(client: Client, path: str) -> dict[tuple[str, str], int]:
    """How often each unit was exercised, where it was at all; by provider and id."""
    units = client.get(path).json["units"]
    return {(unit["provider"], unit["id"]): unit["exercised"] for unit in units if unit["exercised"]}


def use(client: Client, name: str = DEFAULT, times: int = 1) -> None:
    """Call the first operation of each provider."""
    for _ in range(times):
        for call in first_calls(client.runtime):
            call.send(client, f"/ns/{name}")


@pytest.mark.parametrize("path", [TOTAL, of(DEFAULT)])
def test_before_any_call_nothing_is_exercised(client: Client, path: str) -> None:
    """Every unit of every contract is listed all the same."""
    report = client.get(path).json
    units = [(name, unit.id) for name, service in client.runtime.services.items() for unit in service.coverage.units]
    assert [(unit["provider"], unit["id"]) for unit in report["units"]] == units
    assert (report["percent"], report["exercised"], report["total"]) == (0, 0, len(units))
    assert [one["name"] for one in report["providers"]] == list(client.runtime.services)
    assert exercised(client, path) == {}


def test_calls_count_where_they_were_made(client: Client) -> None:
    """In their namespace, each time, and in the total; nowhere else."""
    use(client, "one", 2)
    use(client, "two")
    one, two = exercised(client, of("one")), exercised(client, of("two"))
    for call in first_calls(client.runtime):
        key = (call.service.provider.name, call.operation.id)
        assert (one[key], two[key], exercised(client, TOTAL)[key]) == (2, 1, 3)
    assert exercised(client, of(DEFAULT)) == {}


def test_the_shares_agree_with_the_units(client: Client) -> None:
    """A percentage with one digit, for each provider and for all."""
    use(client)
    report = client.get(TOTAL).json
    done = [unit for unit in report["units"] if unit["exercised"]]
    assert (report["exercised"], report["total"]) == (len(done), len(report["units"]))
    share = Decimal(len(done)) * 100 / len(report["units"])
    assert report["percent"] == share.quantize(Decimal("0.1"), ROUND_DOWN)  # all of it only if it is all
    for one in report["providers"]:
        assert one["exercised"] == len([unit for unit in done if unit["provider"] == one["name"]]) > 0


def test_refused_calls_exercise_their_statuses(client: Client) -> None:
    """A test of an error path is one of the contract's units; a path that no contract has is none."""
    client.post("/invisible-collector/payments", {}, headers={"authorization": "Bearer ic-test-token"})
    client.get("/invisible-collector/nothing")
    assert exercised(client, of(DEFAULT)) == {
        ("invisible_collector", "createPayment"): 1,
        ("invisible_collector", "createPayment 422"): 1,
    }


def test_the_total_remembers_namespaces_that_are_gone(client: Client) -> None:
    """Each test deletes its own, and the report comes in the end; resets take nothing back either."""
    use(client, "one")
    use(client)
    before = exercised(client, TOTAL)
    client.delete(f"{ROOT}/one")
    client.post("/_sandbox/reset")
    assert exercised(client, TOTAL) == before
    client.delete(f"{ROOT}/default")
    assert exercised(client, TOTAL) == before
    assert exercised(client, of(DEFAULT)) == {}
    check_problem(client.get(of("one")), 404, "there is no namespace 'one'")


def test_asking_is_no_call(client: Client) -> None:
    """The control plane is not covered, and covers nothing."""
    use(client)
    before = everything(client.runtime)
    for form in TYPES:
        client.get(TOTAL, query=f"format={form}")
        client.get(of(DEFAULT), query=f"format={form}")
    assert everything(client.runtime) == before


@pytest.mark.parametrize("path", [TOTAL, of(DEFAULT)])
@pytest.mark.parametrize(("form", "media_type"), TYPES.items())
def test_each_form_has_its_type(client: Client, path: str, form: str, media_type: str) -> None:
    use(client)
    response = client.get(path, query=f"format={form}")
    assert (response.status, response.headers["content-type"]) == (200, media_type)
    for service in client.runtime.services.values():
        name = service.provider.name if form in {"json", "junit"} else service.contract.title
        assert name in response.content.decode()


def test_json_is_the_form_that_nobody_asks_for(client: Client) -> None:
    """By default."""
    assert client.get(TOTAL).content == client.get(TOTAL, query="format=json").content


def test_the_forms_say_the_same(client: Client) -> None:
    """JUnit has a test for each unit and skips what was not exercised; the text has the percentage."""
    use(client)
    report = client.get(TOTAL).json
    suites = ET.fromstring(client.get(TOTAL, query="format=junit").content.decode())  # noqa: S314 - our own
    cases = list(suites.iter("testcase"))
    assert len(cases) == report["total"]
    assert len([case for case in cases if case.find("skipped") is None]) == report["exercised"]
    assert f"{report['percent']}" in client.get(TOTAL, query="format=text").content.decode()
    assert f"{report['percent']}" in client.get(TOTAL, query="format=html").content.decode()


@pytest.mark.parametrize("path", [TOTAL, of(DEFAULT)])
@pytest.mark.parametrize("query", ["format=xml", "format=", "format=JSON", "format=json&format=text"])
def test_another_form_is_refused(client: Client, path: str, query: str) -> None:
    check_problem(client.get(path, query=query), 400, "?format")


def test_a_sandbox_of_few_providers_reports_these(base_runtime: Runtime) -> None:
    whole = fresh_runtime(base_runtime)
    name: Any = next(iter(whole.services))
    few = Runtime(
        services={name: whole.services[name]},
        control=whole.control,
        namespaces=whole.namespaces,
        settings=whole.settings,
        version=whole.version,
        time=whole.time,
    )
    assert [one["name"] for one in Client(few).get(TOTAL).json["providers"]] == [name]
