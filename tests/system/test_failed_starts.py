"""A start that fails, whatever the reason: the ready file of an earlier run does not outlive it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from paysandbox.cli.announcing import find_ready_file
from paysandbox.cli.main import main

OLD = '{"url": "http://127.0.0.1:1"}'


@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize(
    "options",
    [
        ("--fixtures", "missing"),
        ("--providers", "missing"),
        ("--schemas", "missing"),
        ("--port", "many"),
        ("--port", "70000"),
        ("--body-limit", "1"),
        ("--provider", "stripe"),
        ("--fixtures", "/"),
        ("--tls-key", "key.pem"),
    ],
)
def test_the_old_ready_file_is_removed(tmp_path: Path, command: str, options: tuple[str, ...]) -> None:
    """A script that waits for the file would call the URL in it."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    rest = ["--", "true"] if command == "exec" else []
    for order in ([*options, "--ready-file", str(file)], ["--ready-file", str(file), *options]):
        file.write_text(OLD)
        done = CliRunner().invoke(main, [command, *order, *rest])
        assert (done.exit_code, file.exists()) == (2, False), done.output


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", ["--prot", "1"]),
        ("serve", ["--port"]),
        ("exec", []),
        ("exec", ["--coverage", "report.pdf", "true"]),
        ("exec", ["--fail-under", "many", "true"]),
    ],
)
def test_it_is_removed_where_nothing_could_be_parsed(tmp_path: Path, command: str, options: list[str]) -> None:
    """Also if only the environment names it."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    assert CliRunner().invoke(main, [command, f"--ready-file={file}", *options]).exit_code == 2
    assert not file.exists()
    file.write_text(OLD)
    environment = {"PAYSANDBOX_READY_FILE": str(file)}
    assert CliRunner().invoke(main, [command, *options], env=environment).exit_code == 2
    assert not file.exists()


@pytest.mark.parametrize("arguments", [["serve", "--help"], ["serve", "--ready-file", "no/such.json"]])
def test_what_is_no_start_removes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    """Nor does a file that could not be written."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    CliRunner().invoke(main, arguments, env={"PAYSANDBOX_READY_FILE": str(file)})
    assert file.exists()


def test_an_option_of_the_commands_own_is_not_it() -> None:
    """Behind `--` are the arguments of the user's command; the last option counts, as click reads it."""
    assert find_ready_file(["--", "run", "--ready-file", "theirs"], {}) is None
    assert find_ready_file(["--ready-file", "a", "--ready-file=b", "--", "--ready-file", "c"], {}) == Path("b")
    assert find_ready_file(["--ready-file"], {"PAYSANDBOX_READY_FILE": "c"}) is None
    assert find_ready_file([], {"PAYSANDBOX_READY_FILE": "c"}) == Path("c")
