"""Scenarios on servers that keep what earlier scenarios made, and what is reported if a suite itself breaks."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result

from paysandbox.check.profiles import PROFILES
from paysandbox.check.suites import Suites
from paysandbox.cli.main import main
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Response
from tests.system.check.servers import recording, vendor

LINKED: Final = {  # operations of each provider between which scenarios go
    "crm_com": ("payInvoice", "showInvoice"),
    "invisible_collector": ("createPayment", "getPayment"),
    "invoicexpress": ("createInvoice", "getInvoice"),
    "invoiless": ("createPayment", "getPayment", "deletePayment"),
}


# Scenarios are what is looked at; no test fails on a time.
FULL: Final = msgspec.structs.replace(
    PROFILES["full"], cases=5, invalid=0, samples=True, independent=False, seconds=900
)
MANY: Final = 30  # scenarios, in which Invisible Collector and Invoiless show what goes wrong with fewer seldom


def check(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["check", *arguments], prog_name="paysandbox")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("provider", "scenarios"),
    [
        ("crm_com", 5),
        ("invisible_collector", MANY),
        ("invoicexpress", 5),
        ("invoiless", MANY),
        pytest.param("crm_com", MANY, marks=pytest.mark.sweep),
        pytest.param("invoicexpress", MANY, marks=pytest.mark.sweep),
    ],
)
def test_scenarios_end_where_a_server_answers_the_same_call_otherwise(
    provider: str, scenarios: int, base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a scenario may do next depends on replies, and those on what earlier scenarios made."""
    monkeypatch.setitem(PROFILES, "full", msgspec.structs.replace(FULL, scenarios=scenarios))
    chosen = [word for name in LINKED[provider] for word in ("--operation", name)]
    with recording(vendor(base_runtime, provider)) as server:
        result = check(server.url, "--provider", provider, "--depth", "full", *chosen)
    assert result.exit_code == 0, result.output
    assert "steps along links" in result.stderr
    assert ", 0 steps along links" not in result.stderr


@pytest.mark.parametrize("is_wrong", [False, True])
def test_a_suite_that_breaks_is_told_in_one_sentence_beside_the_findings_of_the_others(
    monkeypatch: pytest.MonkeyPatch, base_runtime: Runtime, tmp_path: Path, *, is_wrong: bool
) -> None:
    """Exit code 2 without findings, and 1 with some; never a traceback."""

    def break_off(_: Suites) -> None:
        raise KeyError("planted")

    answer = vendor(base_runtime, "invoiless")

    def misname(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        reply = answer(method, path, content, headers)
        return Response(202, reply.headers, reply.content) if reply.status == 200 else reply

    monkeypatch.setattr(Suites, "_check_credentials", break_off)
    arguments = ("--provider", "invoiless", "--operation", "getCustomer", "--report", str(tmp_path))
    with recording(misname if is_wrong else answer) as server:
        result = check(server.url, *arguments)
    assert result.exit_code == (1 if is_wrong else 2), result.output
    said = (
        "the suite of credentials broke off, which is a fault of this program, not of the server: KeyError: 'planted'"
    )
    assert result.stdout.count(said) == 1
    assert "(test_scenarios_elsewhere.py" not in result.stdout
    assert "Traceback" not in result.output
    assert ("status_code_conformance" in result.stdout) == is_wrong
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    errors = [case.find("error") for case in suite if case.get("name") == "finished"]
    assert [said in str(error.get("message")) for error in errors if error is not None] == [True]


def test_an_api_whose_check_breaks_before_its_suites_keeps_no_other_from_its_report(
    monkeypatch: pytest.MonkeyPatch, base_runtime: Runtime
) -> None:
    def break_off(*_: object, **__: object) -> None:
        raise LookupError("planted")

    monkeypatch.setattr("paysandbox.check.runner.Suites", break_off)
    with recording(vendor(base_runtime, "invoiless")) as server:
        result = check(server.url, "--provider", "invoiless")
    assert result.exit_code == 2, result.output
    assert "not finished: the check of invoiless broke off" in result.stdout
    assert result.stdout.endswith("No findings, but 1 of 1 could not be checked to the end.\n")
