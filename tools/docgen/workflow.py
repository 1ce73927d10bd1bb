"""A page that tells how to do something, run as its reader would: all its shell blocks in one shell, in their order."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tools.docgen.curl import HERE

ROOT: Final = Path(__file__).parents[2]
OUTPUTS: Final = {"text", "json"}
_BLOCK: Final = re.compile(r"^```([a-z]+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK: Final = "=-=-= block"
_SERVE: Final = "paysandbox serve\n"


class Block(NamedTuple):
    """A code block; `file` is where its text comes from, if it says so."""

    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text())]


def excerpts(page: Path) -> Iterator[Block]:
    """The blocks that are parts of files."""
    return (block for block in blocks(page) if block.file)


class Steps(NamedTuple):
    """A shell block, and the output that the page shows below it."""

    command: str
    shown: str


def steps(page: Path) -> list[Steps]:
    """The shell blocks of a page."""
    found: list[Steps] = []
    for block in blocks(page):
        if block.language == "sh":
            found.append(Steps(block.text, ""))
        elif block.language in OUTPUTS and not block.file:
            assert found, f"{page.name} shows an output before any command"
            assert not found[-1].shown, f"{page.name} shows two outputs of {found[-1].command}"
            found[-1] = found[-1]._replace(shown=block.text)
    return found


def run(page: Path, folder: Path, url: str, home: Path = ROOT) -> None:
    """Run the shell blocks of a page in a folder, on the sandbox at `url`; what they show is what comes.

    `home` is the checkout whose program runs.
    """
    script = ["set -e"]
    todo = steps(page)
    for number, step in enumerate(todo):
        command = _served() if step.command == _SERVE else step.command.replace(HERE, url)
        script += [f"printf '\\n{_MARK} {number}\\n'", command]
    done = subprocess.run(  # noqa: S603 - our own pages
        ["sh", "-c", "\n".join(script)],  # noqa: S607 - the shell that is there
        cwd=folder,
        env={**_environment(folder, home), "PAYSANDBOX_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{page.name}: {done.stdout}\n{done.stderr}"
    said = re.split(rf"\n{_MARK} [0-9]+\n", done.stdout.replace("\r\n", "\n"))[1:]
    assert len(said) == len(todo)
    for step, output in zip(todo, said, strict=True):
        for line in step.shown.replace(HERE, url).splitlines():
            assert re.search(_wanted(line), output, re.MULTILINE), (
                f"{page.name}: {line!r} is not in\n{output}\n{done.stderr}"
            )


def _wanted(line: str) -> str:
    """A pattern for a line of output, where `…` stands for what is left out; answers in JSON end without a new line."""
    return r"(?:^|(?<=\}))" + ".*".join(re.escape(part) for part in line.split("…")) + r"(?:$|(?=\{|HTTP/))"


def _served() -> str:
    """`paysandbox serve`, seen to start, and stopped: the commands that follow talk to the test's own sandbox."""
    return (
        "PAYSANDBOX_PORT=0 PAYSANDBOX_READY_FILE=served.json paysandbox serve > served.txt &\n"
        "until [ -f served.json ]; do kill -0 $!; sleep 0.1; done; kill $!; wait $!\n"
    )


def _environment(folder: Path, home: Path) -> dict[str, str]:
    """`paysandbox` and `python` on the path, and no settings of the developer's own."""
    programs = folder / ".programs"
    programs.mkdir()
    program = 'from paysandbox.cli.main import main\n\nif __name__ == "__main__":\n    main()\n'
    (programs / "paysandbox").write_text(f"#!{sys.executable}\n{program}")
    (programs / "paysandbox").chmod(0o755)
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)
    known = {
        name: value for name, value in os.environ.items() if not name.startswith(("PAYSANDBOX_", "PYTEST_", "COV_"))
    }
    return known | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(home / "sandbox"),
        "NO_PROXY": "127.0.0.1",
    }
