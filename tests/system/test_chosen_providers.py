"""`--provider`: some of the providers only, at every command and in the pytest plugin."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.check import runner
from paysandbox.check.results import Run
from paysandbox.check.task import Task
from paysandbox.cli.main import main
from paysandbox.kit.provider import find_providers
from tests.helpers.pytest_projects import PYTEST, run, written

PROVIDERS = [provider.name for provider in find_providers()]
ASK = """
import os, urllib.request
request = urllib.request.Request(
    os.environ["INVOILESS_URL"] + "/v1/payments/659814049b3e7d00418c3145",
    headers={"api-key": os.environ["INVOILESS_API_KEY"]},
)
urllib.request.urlopen(request)
assert "CRM_COM_URL" not in os.environ
"""
TEST = """
import pytest

{mark}
def test_there_is_one(paysandbox):
    assert paysandbox.sandbox.health()["providers"] == {expected}
    assert [each["name"] for each in paysandbox.coverage()["providers"]] == {expected}
"""


def call(*arguments: str, **environment: str) -> Result:
    """Call the command in this process."""
    return CliRunner(env=environment).invoke(main, list(arguments), prog_name="paysandbox")


def test_validate_reads_the_files_of_the_chosen_ones_only(tmp_path: Path) -> None:
    """A mistake in the files of another vendor does not stop it, and the folder of another is no mistake."""
    for name in ("crm_com", "invoiless"):
        (tmp_path / name).mkdir()
    (tmp_path / "crm_com" / "default.yaml").write_text("broken")
    for source in Path("fixtures/invoiless").glob("*.yaml"):
        (tmp_path / "invoiless" / source.name).write_text(source.read_text())
    done = call("validate", "--fixtures", str(tmp_path), "--provider", "invoiless")
    assert (done.exit_code, done.output) == (0, "contracts and fixtures of invoiless: ok\n")
    assert call("validate", "--fixtures", str(tmp_path)).exit_code == 1


def test_operations_lists_the_chosen_ones_in_the_order_of_all() -> None:
    """By options, or by the variable, whose names are separated by spaces."""
    options = call("operations", "--provider", "invoiless", "--provider", "crm_com")
    assert options.output == call("operations", PAYSANDBOX_PROVIDER="invoiless crm_com").output
    listed = {line.split()[0] for line in options.output.splitlines()[2:] if "/" in line}
    assert listed == {"crm_com", "invoiless"}
    assert options.output.index("crm_com ") < options.output.index("invoiless ")


@pytest.mark.parametrize("command", ["serve", "exec", "validate", "operations", "check"])
def test_a_name_that_no_provider_has_is_refused(command: str) -> None:
    """With exit code 2 everywhere, and the name that was probably meant."""
    done = call(command, "--provider", "crm-com", *(["true"] if command == "exec" else []))
    assert done.exit_code == 2
    assert (
        f"unknown provider 'crm-com' (did you mean crm_com?); the providers are {', '.join(PROVIDERS)}" in done.output
    )


def test_exec_counts_the_coverage_of_the_chosen_ones(tmp_path: Path) -> None:
    """Its environment has no others either."""
    file = tmp_path / "coverage.json"
    done = call("exec", "--provider", "invoiless", "--coverage", str(file), "--", sys.executable, "-c", ASK)
    assert done.exit_code == 0, done.output
    report = json.loads(file.read_text())
    assert [each["name"] for each in report["providers"]] == ["invoiless"]
    assert {unit["provider"] for unit in report["units"]} == {"invoiless"}


@pytest.mark.parametrize(
    ("chosen", "checked"),
    [
        (["invoiless"], ["invoiless"]),
        (["invoiless", "crm_com"], ["crm_com", "invoiless"]),
        (["control", "invoiless"], ["invoiless", "control"]),
        ([], [*PROVIDERS, "control"]),
    ],
)
def test_check_checks_the_chosen_ones(monkeypatch: pytest.MonkeyPatch, chosen: list[str], checked: list[str]) -> None:
    """The control plane is one of them, and is checked with all providers, because its contract is about them."""
    planned: list[Task] = []

    def record(_: object, tasks: list[Task], __: object) -> list[Run]:
        planned.extend(tasks)
        return [Run(task.name, {}) for task in tasks]

    monkeypatch.setattr(runner, "run_in_parallel", record)
    options = [word for name in chosen for word in ("--provider", name)]
    assert call("check", *options).exit_code == 0
    assert list(dict.fromkeys(task.name for task in planned)) == checked
    narrowed = [] if "control" in checked else chosen
    assert all(list(task.application["provider_names"]) == narrowed for task in planned)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["option", "marker", "list", "environment"])
def test_the_pytest_plugin_takes_it(tmp_path: Path, way: str) -> None:
    """By its option, its variable, or the marker."""
    given = {"marker": '"invoiless"', "list": '["invoiless"]'}.get(way)
    mark = f"@pytest.mark.paysandbox(provider={given})" if given else ""
    option = ["--paysandbox-provider", "invoiless"] if way == "option" else []
    environment = {"PAYSANDBOX_PROVIDER": "invoiless"} if way == "environment" else {}
    test = TEST.format(mark=mark, expected=["invoiless"])
    done = run(written(tmp_path, {"test_one.py": test}), *PYTEST, *option, environment=environment)
    assert done.outcomes == {"passed": 1}, done.output


@pytest.mark.slow
def test_the_marker_refuses_what_is_no_name(tmp_path: Path) -> None:
    """Before any test runs."""
    test = TEST.format(mark="@pytest.mark.paysandbox(provider=[1])", expected=[])
    done = run(written(tmp_path, {"test_one.py": test}), *PYTEST)
    assert (done.code, "provider=[1] is not a name or a list of names" in done.output) == (4, True)
