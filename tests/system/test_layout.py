"""Adding a fifth provider is four new folders of one name, and no changed file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "toy"
FOLDERS = {
    "schemas": "schemas/piggybank",
    "fixtures": "fixtures/piggybank",
    "sandbox": "sandbox/paysandbox/providers/piggybank",
    "tests": "tests/providers/piggybank",
}
SKIPPED = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "node_modules", "build", "dist")


def run(where: Path, *command: str) -> str:
    """What a command in the copy prints; it must succeed."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{where / 'sandbox'}{os.pathsep}{where}",
        "PYTEST_ADDOPTS": "",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=where, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the toy in it, under version control as it was before."""
    where = tmp_path_factory.mktemp("layout") / "project"
    shutil.copytree(ROOT, where, ignore=SKIPPED)
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com"]
    run(where, "git", "init", "--quiet")
    run(where, "git", "add", "--all")
    run(where, "git", *who, "commit", "--quiet", "--message", "before")
    for part, folder in FOLDERS.items():
        shutil.copytree(TOY / part, where / folder)
    return where


def test_four_new_folders_and_no_changed_file(copy: Path) -> None:
    """That is what `git status` shows."""
    status = run(copy, "git", "status", "--porcelain")
    assert sorted(status.splitlines()) == sorted(f"?? {folder}/" for folder in FOLDERS.values())


def test_the_toy_is_served(copy: Path) -> None:
    """The table of operations has it, beside all others."""
    table = run(copy, sys.executable, "-m", "paysandbox", "operations")
    assert "piggybank            POST    /v1/coins" in table
    assert re.search(r"^[0-9]+ operations\.", table, re.MULTILINE)


def test_the_toy_is_contract_checked(copy: Path) -> None:
    """Its own tests and the contract suites run for it, as for any other."""
    suites = [
        "tests/providers/piggybank",
        "tests/conformance",
        "tests/conformance/wire_edges",
        "tests/test_rules.py",
        "tests/test_architecture.py",
    ]
    said = run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-k", "piggybank", *suites)
    assert " passed" in said
    assert " failed" not in said


def test_every_provider_has_the_same_rooms() -> None:
    for provider in (ROOT / "sandbox" / "paysandbox" / "providers").iterdir():
        if (provider / "__init__.py").exists():
            rooms = {"__init__", "operations", "records", "rules", "wire", "errors"}
            assert rooms <= {path.stem for path in provider.iterdir()}, provider.name
            for folder in ("schemas", "fixtures", "tests/providers"):
                assert (ROOT / folder / provider.name).is_dir()
