"""`paysandbox fixtures`: list, write and describe the default fixtures."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from paysandbox.app import create_runtime
from paysandbox.cli.main import main
from paysandbox.kit.files import find_data_folder
from tests.helpers.runtimes import dump


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["fixtures", *map(str, arguments)])


def test_what_is_written_starts_as_the_default_does(tmp_path: Path) -> None:
    """One provider, with its schema beside it."""
    folder = tmp_path / "mine"
    result = run("--write", folder, "--provider", "invoiless")
    assert result.exit_code == 0
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*")) == [
        "invoiless/default.yaml",
        "invoiless/fixtures.schema.json",
    ]
    text = (folder / "invoiless/default.yaml").read_text()
    first, _, rest = text.partition("\n")
    assert first == "# yaml-language-server: $schema=fixtures.schema.json"
    assert rest == (find_data_folder("fixtures") / "invoiless/default.yaml").read_text()
    assert dump(create_runtime(fixtures=folder), "invoiless") == dump(create_runtime(), "invoiless")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Not one of several files."""
    there = tmp_path / "crm_com" / "default.yaml"
    there.parent.mkdir()
    there.write_text("mine")
    result = run("--write", tmp_path)
    assert result.exit_code == 2
    assert f"{there} is there already; nothing was written" in result.output
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["default.yaml"]
    assert there.read_text() == "mine"


def test_the_schema_is_of_one_provider_or_of_all() -> None:
    assert json.loads(run("--schema", "--provider", "crm_com").output)["title"] == "Fixtures of crm_com"
    schema = json.loads(run("--schema").output)
    assert list(schema["properties"]) == list(create_runtime().services)


def test_without_options_files_and_tables_are_listed() -> None:
    lines = run("--provider", "invoiless").output.splitlines()
    assert lines[0] == f"invoiless: {find_data_folder('fixtures')}/invoiless/default.yaml"
    assert lines[1].split() == ["accounts", "2"]


def test_wrong_options_are_refused(tmp_path: Path) -> None:
    for arguments, error in (
        (("--provider", "nobody"), "unknown provider 'nobody'; the providers are crm_com"),
        (("--write", tmp_path, "--schema"), "give --schema alone to print it"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert error in result.output
