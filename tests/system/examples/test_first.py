"""The README's failing test fails as it is shown there, and passes once the date is mended."""

import re
import shutil
from pathlib import Path

from tests.helpers.pytest_projects import PYTEST, ROOT, run

README = (ROOT / "README.md").read_text()
NAME = "test_first_payment.py"


def test_it_fails_and_says_why(tmp_path: Path) -> None:
    """In the README's words, line by line and in order; an ellipsis stands for what is left out."""
    (shown,) = re.findall(r"^```text\n(>.*?)^```", README, re.MULTILINE | re.DOTALL)
    shutil.copy(ROOT / "examples/first" / NAME, tmp_path)
    ran = run(tmp_path, *PYTEST, NAME)
    assert ran.outcomes == {"failed": 1}, ran.output
    printed = iter(ran.output.splitlines())
    for line in shown.splitlines():
        begins = line.removesuffix("…").rstrip()
        assert any(one.startswith(begins) for one in printed), (line, ran.output)


def test_its_advice_mends_it(tmp_path: Path) -> None:
    """The date is replaced by the one that the report says to send."""
    text = (ROOT / "examples/first" / NAME).read_text()
    (tmp_path / NAME).write_text(text.replace("2017-10-26", "26/10/2017"))
    ran = run(tmp_path, *PYTEST, NAME)
    assert ran.outcomes == {"passed": 1}, ran.output


def test_the_commands_are_those_of_the_tree() -> None:
    """A folder with a test, and a target that makes the environment."""
    assert ".venv/bin/pytest examples/first" in README
    assert (ROOT / "examples/first" / NAME).is_file()
    assert re.search(r"^install: \$\(READY\)", (ROOT / "Makefile").read_text(), re.MULTILINE)
