"""A provider from outside the checkout, at every command and in the pytest plugin."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.cli.main import main
from tests.helpers.own_providers import write_toy
from tests.helpers.pytest_projects import PYTEST, run, written

TEST = """
import json
import urllib.request

import pytest

{mark}
def test_a_coin(paysandbox):
    headers = {{"piggy-key": paysandbox.credentials("piggybank")["api_key"], "Content-Type": "application/json"}}
    url = paysandbox.url("piggybank") + "/v1/coins"
    with urllib.request.urlopen(urllib.request.Request(url, b'{{"value": 1}}', headers)) as reply:
        assert json.load(reply) == {{"total": 2.11}}
    assert paysandbox.state("piggybank", "banks")["oink"]["coins"] == 4
"""


@pytest.fixture
def providers(tmp_path: Path) -> Path:
    """A folder with the toy in it."""
    return write_toy(tmp_path / "providers").parent


def call(*arguments: str, **environment: str) -> Result:
    """Call the command in this process."""
    return CliRunner(env=environment).invoke(main, list(arguments), prog_name="paysandbox")


def test_validate_and_operations_take_it(providers: Path) -> None:
    """By the option, or by its variable."""
    assert "piggybank: ok" in call("validate", "--providers", str(providers)).output
    assert "piggybank" in call("operations", PAYSANDBOX_PROVIDERS=str(providers)).output


def test_two_folders_are_both_read(providers: Path, tmp_path: Path) -> None:
    """The option given twice, or two folders in the variable, as in PATH."""
    assert call("new", "tollgate", "--providers", str(tmp_path / "second")).exit_code == 0
    folders = str(providers), str(tmp_path / "second")
    for result in (
        call("validate", "--providers", folders[0], "--providers", folders[1]),
        call("validate", PAYSANDBOX_PROVIDERS=os.pathsep.join(folders)),
    ):
        assert result.exit_code == 0, result.output
        assert result.output.endswith("piggybank, tollgate: ok\n")


def test_check_holds_it_against_its_contract(providers: Path) -> None:
    """Green, in the processes that do the work too."""
    result = call("check", "--providers", str(providers), "--provider", "piggybank")
    assert result.exit_code == 0, result.output
    assert "No findings: a sandbox of its own keeps its contracts (piggybank)." in result.stdout


def test_exec_gives_its_url_and_credential(providers: Path) -> None:
    """On the shared port and on its own."""
    options = ["--provider-ports", "--providers", "providers", "--ready-file", "ready.json"]
    shell = "cat ready.json; echo $PIGGYBANK_URL $PIGGYBANK_API_KEY"
    done = run(providers.parent, "-m", "paysandbox", "exec", *options, "--", "sh", "-c", shell)
    assert done.code == 0, done.output
    ready, variables = done.output.splitlines()[:2]
    assert variables == f"{json.loads(ready)['providers']['piggybank']['url']} oink"


@pytest.mark.parametrize("command", ["validate", "operations", "check", "exec"])
def test_a_broken_one_stops_the_start(providers: Path, command: str) -> None:
    """With its file and line, and exit code 2 (validate: 1)."""
    broken = providers / "piggybank" / "provider" / "errors.py"
    broken.write_text("import nowhere\n")
    result = call(command, "--providers", str(providers), *(["true"] if command == "exec" else []))
    assert result.exit_code == (1 if command == "validate" else 2), result.output
    assert result.output.startswith(f"{broken}:1: ModuleNotFoundError: No module named 'nowhere'\n")


def test_a_folder_that_is_not_read_is_named_at_the_start(tmp_path: Path, providers: Path) -> None:
    """On standard error, by each command that starts something."""
    mine = tmp_path / "mine"
    (mine / "piggybnak").mkdir(parents=True)
    schemas = Path(__file__).parents[2] / "schemas"
    for name in schemas.parent.joinpath("fixtures").iterdir():
        (mine / name.name).symlink_to(name)
    result = call("validate", "--providers", str(providers), "--fixtures", str(mine))
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        f"{mine / 'piggybnak'}: this folder is not read, because there is no provider 'piggybnak' "
        "(did you mean piggybank?)\n"
    )


@pytest.mark.parametrize("way", ["option", "marker", "environment"])
def test_the_pytest_plugin_takes_it(tmp_path: Path, providers: Path, way: str) -> None:
    """By its option, its variable, or the marker, whose folder is relative to the test's file."""
    mark = '@pytest.mark.paysandbox(providers="../providers")' if way == "marker" else ""
    project = written(tmp_path, {"tests/test_coin.py": TEST.format(mark=mark)})
    option = ["--paysandbox-providers", "providers"] if way == "option" else []
    environment = {"PAYSANDBOX_PROVIDERS": str(providers)} if way == "environment" else {}
    done = run(project, *PYTEST, "tests", *option, environment=environment)
    assert done.outcomes == {"passed": 1}, done.output


def test_the_pytest_plugin_refuses_a_folder_that_is_missing(tmp_path: Path) -> None:
    """Before any test runs."""
    done = run(written(tmp_path, {"test_coin.py": TEST.format(mark="")}), *PYTEST, "--paysandbox-providers", "nowhere")
    assert (done.code, "--paysandbox-providers: there is no folder nowhere" in done.output) == (4, True)
