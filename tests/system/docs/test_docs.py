"""What the documents say is so: commands, options, files and names exist, and the README's calls are made."""

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from paysandbox.cli.main import main
from paysandbox.client.http import ControlClient
from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server
from paysandbox.store.faults import Effect
from tests.helpers.pytest_projects import PYTEST, run

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "docs/README.md"]


def blocks(language: str) -> list[str]:
    """The README's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


EFFECTS: Final = ("then", *Effect.__struct_fields__)
FAULTS: Final = [given for given in re.findall(r"`({.+?})`", README) if any(f'"{name}"' in given for name in EFFECTS)]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox to try the README's calls on."""
    with Server() as running:
        yield running


def test_the_readme_says_how_the_command_is_reached_before_it_uses_it() -> None:
    """`make serve` makes an environment that no shell has on its path."""
    said = README.index("`. .venv/bin/activate`")
    assert said < min(README.index(used) for used in ("`paysandbox ", "\npaysandbox "))
    assert README.index("make serve ARGS=") < README.index("## Sixty seconds")


def test_no_call_of_the_plugin_is_in_two_rows() -> None:
    """Each with another half of what is to be said."""
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/pytest.md").read_text(), re.MULTILINE)
    assert [name for name, count in Counter(re.findall(r"\.[a-z_]+\(", " ".join(rows))).items() if count > 1] == []


def test_every_fault_of_the_readme_can_be_posted(server: Server) -> None:
    """As it is written."""
    control = ControlClient(server.url())
    assert len(FAULTS) > len(Effect.__struct_fields__)
    for given in FAULTS:
        assert control.call("POST", "/namespaces/default/faults", json.loads(given))["id"]
    control.call("DELETE", "/namespaces/default/faults")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_is_there(document: str) -> None:
    """A path in backticks, or the Markdown would lead nowhere."""
    named = re.findall(
        r"`((?:sandbox|tests|tools|schemas|fixtures|docs|examples)/[A-Za-z_/.]*)`", (ROOT / document).read_text()
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_is_there(document: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = set(re.findall(r"make ([a-z-]+)`|^make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE))
    assert {one or other for one, other in named} <= set(targets)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_that_is_named_exists(document: str) -> None:
    """In the words of the command line itself."""
    text = (ROOT / document).read_text()
    assert set(re.findall(r"(?<!- )paysandbox ([a-z]+)", text)) <= set(main.commands)
    known = {flag for command in main.commands.values() for one in command.params for flag in one.opts}
    known |= set(re.findall(r'"(--paysandbox-[a-z-]+)"', (ROOT / "sandbox/paysandbox/pytest_plugin.py").read_text()))
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= known


def test_the_options_of_serve_are_all_listed() -> None:
    """The README leaves none out."""
    (row,) = re.findall(r"^\| `paysandbox serve` \|.*$", README, re.MULTILINE)
    serve = main.commands["serve"]
    assert isinstance(serve, click.Command)
    assert set(re.findall(r"`(--[a-z-]+)`", row)) == {flag for option in serve.params for flag in option.opts}


def test_the_table_of_operations_is_complete(base_runtime: Runtime) -> None:
    """The README counts every API's operations by tag."""
    for service in base_runtime.services.values():
        contract = service.contract
        row = next(line for line in README.splitlines() if f"(docs/{service.provider.name}.md) |" in line)
        tags = Counter(tag for one in contract.operations for tag in read_tags(contract, one))
        assert row.split(" | ")[1:] == [
            str(len(contract.operations)),
            ", ".join(f"{tag.replace('_', ' ').lower()} {count}" for tag, count in tags.items()) + " |",
        ]


def read_tags(contract: Contract, operation: Operation) -> list[str]:
    tags: list[str] = contract.document["paths"][operation.template][operation.method.lower()]["tags"]
    return tags


def test_the_calls_of_the_readme_answer_as_it_says(server: Server) -> None:
    """Each call block is run with the real curl, in order; the block below it says what comes."""
    calls = [block for block in blocks("sh") if block.startswith("curl")]
    answers = [block for block in blocks("text") if block.startswith("HTTP/1.1")]
    assert len(calls) == len(answers) + 1
    for call, answer in zip(calls, [*answers, ""], strict=True):
        said = curl(call.replace("http://127.0.0.1:4080", server.url()))
        for line in filter(None, answer.splitlines()):
            assert line.removesuffix(" …") in said


def curl(command: str) -> str:
    done = subprocess.run(  # noqa: S603 - the README's own command
        shlex.split(command.replace("\\\n", " ")), capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\r\n", "\n")


def test_the_banner_is_the_one_shown(server: Server) -> None:
    """Providers and credentials as `serve` prints them."""
    (shown,) = [block for block in blocks("text") if block.startswith("Paysandbox")]
    for name, service in server.runtime.services.items():
        assert f"{name:19}  http://127.0.0.1:4080/{service.provider.prefix}" in shown
        assert [f"{what} {value}" in shown for what, value in service.credentials.items()]
    assert max(map(len, shown.splitlines())) <= 80


def test_the_python_example_passes(tmp_path: Path) -> None:
    """It is a test, and is run as one, with the plugin."""
    (example,) = blocks("python")
    (tmp_path / "test_example.py").write_text(example)
    done = run(tmp_path, *PYTEST, "test_example.py")
    assert done.outcomes == {"passed": 1}, done.output


def test_the_demonstration_prints_what_the_readme_shows() -> None:
    """Line by line, on a sandbox of its own."""
    (shown,) = [block for block in blocks("text") if block.startswith("A namespace of our own")]
    with Server() as server:
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, ROOT / "examples/python/lost_reply.py", server.url()],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    said = done.stdout.splitlines()
    assert len(said) == len(shown.splitlines())
    for line, really in zip(shown.splitlines(), said, strict=True):
        assert really.startswith(line.removesuffix(" …"))


def test_the_layers_are_those_of_the_test() -> None:
    """ARCHITECTURE.md and tests/test_architecture.py name the same layers, in the same order."""
    from tests.test_architecture import LAYERS, TOP  # noqa: PLC0415 - only this test reads it

    rows = re.findall(r"^\| `([a-z_/.]+)`", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    named = [row.removesuffix("/").removesuffix(".py") for row in rows]
    modules = {"", *TOP - {"app"}}
    assert [name for name in named if name in {*LAYERS} - modules] == [name for name in LAYERS if name not in modules]


def test_the_changelog_has_what_comes_next() -> None:
    """The newest section is the one to write into."""
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_index_for_agents_lists_every_page() -> None:
    """Each link leads to a file."""
    linked = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): .", (ROOT / "llms.txt").read_text(), re.MULTILINE)
    assert [path for path in linked if not (ROOT / path).is_file()] == []
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - set(linked) == {"docs/README.md"}
