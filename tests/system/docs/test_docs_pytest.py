"""docs/pytest.md is run as it stands: its files are written, its commands run and their output compared, in order."""

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

from paysandbox.client.namespace import Clock, Fault, NamespaceClient
from paysandbox.server.live import Server
from tests.helpers.pytest_projects import PYTEST, ROOT, Ran, run, written

PAGE: Final = (ROOT / "docs/pytest.md").read_text()
BLOCK: Final = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN_URL: Final = "http://127.0.0.1:4080"
# What the page runs, with the tests of its files so far.
RUNS: Final = {
    "pytest": [{"failed": 1}, {"passed": 1}],
    "pytest -n 2": [{"passed": 10}],
    f"pytest --paysandbox-url {SHOWN_URL}": [{"passed": 10}],
    "paysandbox exec --coverage coverage.html --fail-under 1 -- pytest -n 2": [{"passed": 10}],
    "pytest test_shared.py": [{"passed": 3}],
    "pytest test_in_memory.py": [{"passed": 1}],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The reader's project: no files yet, but books of one's own."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "our_books")
    path = tmp_path / "our_books/invoicexpress/default.yaml"
    path.write_text(path.read_text().replace("name: John,", "name: Our first client,"))
    return written(tmp_path, {})


def command(line: str, server: Server) -> list[str]:
    """A command of the page as Python runs it, with the server in the place of the one that is shown."""
    words = shlex.split(line.replace(SHOWN_URL, server.url()))
    if "pytest" in words[1:]:
        at = words.index("pytest")
        words[at : at + 1] = [sys.executable, *PYTEST]
    if words[0] == "pytest":
        return [*PYTEST, *words[1:]]
    assert words[0] == "paysandbox", line
    return ["-m", "paysandbox", *words[1:]]


def check_shown(text: str, ran: Ran) -> None:
    """Each line that the page shows was printed, in this order; one with an ellipsis only begins so."""
    printed = iter(ran.output.splitlines())
    for line in text.splitlines():
        beginning = line.removesuffix("…").rstrip() if line.endswith("…") else None
        assert any(one.startswith(beginning) if beginning else one == line for one in printed), (line, ran.output)


def test_every_block_does_what_the_page_says(project: Path) -> None:
    """Files, commands and what they print; no block is left out."""
    runs = {line: list(outcomes) for line, outcomes in RUNS.items()}
    ran = None
    with Server() as server:
        for language, text in BLOCK.findall(PAGE):
            if language == "python":
                name = text.partition("\n")[0].removeprefix("# ")
                (project / name).write_text(text)
            elif language == "sh":
                (line,) = text.splitlines()
                ran = run(project, *command(line, server))
                assert ran.outcomes == runs[line].pop(0), (line, ran.output)
            else:
                assert language == "text"
                assert ran is not None
                check_shown(text, ran)
        assert server.runtime.namespaces.sum_counts()["invoicexpress"]
    assert [left for left in runs.values() if left] == []
    assert "Coverage of the contracts" in (project / "coverage.html").read_text()


def test_every_member_that_the_page_names_is_there() -> None:
    """And none of the handle's is left out of its table."""
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `."))
    named = set(re.findall(r"`(?:\.clock)?\.([a-z_]+)", table)) - {"clock"}
    there = {name for kind in (NamespaceClient, Clock, Fault) for name in dir(kind) if not name.startswith("_")}
    assert named <= there | {"namespace"}
    assert {name for name in dir(NamespaceClient) if not name.startswith("_")} - {"delete"} <= named


@pytest.mark.parametrize("option", re.findall(r"`(--paysandbox-[a-z-]+)`", PAGE))
def test_every_option_that_the_page_names_is_there(option: str) -> None:
    assert f'"{option}"' in (ROOT / "sandbox/paysandbox/pytest_plugin.py").read_text()
