"""The pages that tell how to do something do what they say: every command is run, every excerpt is of a file."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from paysandbox.cli.main import main
from paysandbox.server.live import Server
from tools.docgen import workflow
from tools.docgen.markdown import make_anchor

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NAMES = [
    "local-stub",
    "fixtures",
    "ci",
    "other-languages",
    "check-a-server",
    "control-plane",
    "add-a-provider",
    "https",
    "store",
    "operations",
    "agents",
    "evidence",
]
TOY = "add-a-provider"
NEEDS_NODE = {"other-languages"}
PAGES = [pytest.param(DOCS / f"{name}.md", id=name) for name in NAMES]
CHECKOUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "node_modules", "build", "dist")
LANGUAGES = {"sh", *workflow.OUTPUTS}


@pytest.fixture
def server() -> Iterator[Server]:
    """A sandbox for the calls of a page."""
    with Server() as running:
        yield running


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages call with curl, and there is none")
@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_page_do_what_it_says(name: str, tmp_path: Path, server: Server) -> None:
    """All of them in order, in a copy of the checkout, because they write."""
    if name in NEEDS_NODE and shutil.which("node") is None:
        pytest.skip("this page runs Node's tests, and there is no Node")
    checkout = tmp_path / "checkout"
    if name == TOY:
        # Only this page changes the program, and so it gets one of its own.
        shutil.copytree(ROOT, checkout, ignore=CHECKOUT)
    else:
        for folder in ("examples", "fixtures"):
            shutil.copytree(ROOT / folder, checkout / folder, ignore=CHECKOUT)
    workflow.run(DOCS / f"{name}.md", checkout, server.url(), home=checkout if name == TOY else ROOT)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_of_a_file_is_in_it(page: Path) -> None:
    """Word for word; a block is that, or is run."""
    for block in workflow.blocks(page):
        assert block.file or block.language in LANGUAGES, block
    for block in workflow.excerpts(page):
        assert block.text in (ROOT / block.file).read_text(), f"{page.name}: {block.file} has no\n{block.text}"


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_is_there(page: Path) -> None:
    """Files, other pages, commands and options."""
    text = page.read_text()
    folders = "sandbox|tests|schemas|fixtures|examples|docs"
    named = re.findall(rf"`((?:{folders})/[A-Za-z_/.-]*[A-Za-z_/])`", text) + [
        f"docs/{found}" for found in re.findall(r"\]\(([a-z_-]+\.md)\)", text)
    ]
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert set(re.findall(r"`paysandbox ([a-z]+)", text)) <= set(main.commands)
    known = {flag for command in main.commands.values() for one in command.params for flag in one.opts}
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= known
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= set(targets)


def test_every_page_is_tested() -> None:
    """One that is neither made from a contract nor listed here would be believed untested."""
    made = {path.name for path in (ROOT / "schemas").iterdir() if path.is_dir()}
    elsewhere = {"pytest", "matrix", "tables", "clients", "flows", "webhooks", "README"}  # each has a test of its own
    assert {path.stem for path in DOCS.glob("*.md")} - made - elsewhere == set(NAMES)


def test_an_anchor_is_what_browsers_are_sent_to() -> None:
    """Lower case, blanks as dashes, punctuation gone."""
    assert make_anchor("Schema NewPartialPayment") == "schema-newpartialpayment"
    assert make_anchor("What of this is run, here?") == "what-of-this-is-run-here"
