"""Where a command cannot write, it says so before it does anything: exit 2, no traceback."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main

WRITING = {
    "drift --report": ("drift", "{file}", "--report", "{place}"),
    "evidence --apply": ("evidence", "{file}", "--apply", "{place}"),
    "check --report": ("check", "--provider", "invoiless", "--report", "{place}"),
    "record --output": ("record", "--provider", "invoiless", "--to", "http://127.0.0.1:9", "--output", "{place}/x.har"),
    "export --output": ("export", "--output", "{place}/x.yaml"),
    "fixtures --write": ("fixtures", "--write", "{place}"),
    "new --providers": ("new", "tollgate", "--providers", "{place}"),
}


@pytest.mark.parametrize("place", ["/proc/no-such", "{file}/below"])
@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING)
def test_a_place_that_cannot_be_written_is_refused(arguments: tuple[str, ...], place: str, tmp_path: Path) -> None:
    """A file system that refuses whatever the permissions say, and a file where a folder is needed."""
    file = tmp_path / "file"
    file.write_text("no recording")
    place = place.format(file=file)
    result = CliRunner().invoke(main, [each.format(file=file, place=place) for each in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "annot write" in result.stderr
    assert place in result.stderr
    assert "no recording" not in result.stderr


def test_a_folder_is_made(tmp_path: Path) -> None:
    """With those above it, before a file is read."""
    CliRunner().invoke(main, ["drift", "/dev/null", "--report", str(tmp_path / "a" / "b")])
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_in_a_folder_that_takes_none_is_refused() -> None:
    """The folder exists, and its permissions allow it."""
    result = CliRunner().invoke(main, ["export", "--output", "/proc/x.yaml"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write /proc/x.yaml: the folder /proc is not writable" in result.stderr
