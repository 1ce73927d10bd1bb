"""docs/webhooks.md is run as it stands: its files are written, its commands run and their output compared, in order."""

import re
from pathlib import Path
from typing import Final

from paysandbox.app import create_runtime
from tests.helpers.pytest_projects import PYTEST, ROOT, run, written
from tests.system.docs.test_docs_pytest import BLOCK, check_shown

PAGE: Final = (ROOT / "docs/webhooks.md").read_text()
RECEIVER: Final = r"^class Receiver.*?server\.shutdown\(\)\n"


def test_every_block_does_what_the_page_says(tmp_path: Path) -> None:
    """Files, commands and what they print; no block is left out."""
    project = written(tmp_path, {})
    ran = None
    for language, text in BLOCK.findall(PAGE):
        if language == "python":
            (project / text.partition("\n")[0].removeprefix("# ")).write_text(text)
        elif language == "yaml":
            file = project / text.partition("\n")[0].removeprefix("# ")
            file.parent.mkdir(parents=True)
            file.write_text(text)
            webhooks = create_runtime(fixtures=file.parents[1]).namespaces.get("default").webhooks
            assert webhooks is not None
            assert [endpoint.url.rpartition("/")[2] for endpoint in webhooks.endpoints] == ["hooks", "paid"]
        elif language == "sh":
            program, *arguments = text.split()
            assert program == "pytest"
            ran = run(project, *PYTEST, *arguments)
            assert ran.outcomes == {"passed": 2}, ran.output
        else:
            assert (language, ran is not None) == ("text", True)
            assert ran is not None
            check_shown(text, ran)


def test_the_receiver_has_fifteen_lines() -> None:
    """Blank ones not counted."""
    (receiver,) = re.findall(RECEIVER, PAGE, re.MULTILINE | re.DOTALL)
    assert len([line for line in receiver.splitlines() if line]) == 15
