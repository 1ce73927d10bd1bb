"""An older commit is compared with as its own servers serve it, or refused with a sentence."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tools.bench.baseline import UnknownRevision, check_out
from tools.bench.plan import Plan
from tools.bench.processes import PACKAGE, ROOT, SANDBOX, environment, running

_AUTHOR: Final = ("-c", "user.name=a", "-c", "user.email=a@b.example")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: one from before the package had its name, and one that has it, with a mark in it."""
    _git(tmp_path, "init", "--quiet")
    for folder, subject in (("sandbox", "before"), ("sandbox/paysandbox", "after")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__main__.py").write_text(subject)
        for beside in ("schemas", "fixtures"):
            (tmp_path / beside).mkdir(exist_ok=True)
            (tmp_path / beside / "one.yaml").write_text(subject)
        _git(tmp_path, "add", ".")
        _git(tmp_path, *_AUTHOR, "commit", "--quiet", "--message", subject)
    (tmp_path / "sandbox/paysandbox/__main__.py").write_text("not committed")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True)  # noqa: S603, S607 - our own command


def test_a_commit_is_checked_out_for_the_run(repository: Path) -> None:
    """Its own files, not those of the working tree, and only as long as they are needed."""
    with check_out("HEAD", repository) as before:
        assert before.subject == "after"
        assert len(before.commit) == 12
        assert (before.package / "paysandbox/__main__.py").read_text() == "after"
        assert (before.package.parent / "fixtures/one.yaml").read_text() == "after"
    assert not before.package.exists()


@pytest.mark.parametrize(
    ("revision", "reason"),
    [("HEAD~1", "cannot be compared with"), ("nowhere", "has no commit 'nowhere'"), ("--all", "has no commit '--all'")],
)
def test_what_cannot_be_compared_with_is_refused(repository: Path, revision: str, reason: str) -> None:
    """With a sentence: no such commit, or one whose package had another name."""
    with pytest.raises(UnknownRevision, match=reason), check_out(revision, repository):
        pass


def test_a_folder_without_history_has_no_commits(tmp_path: Path) -> None:
    """As in an unpacked archive of the project."""
    with pytest.raises(UnknownRevision, match="has no commit 'HEAD'"), check_out("HEAD", tmp_path):
        pass


def test_both_are_measured(tmp_path: Path) -> None:
    """The older one only where there is one; it keeps its parsed files to itself."""
    assert Plan().packages() == {"sandbox": PACKAGE}
    assert list(Plan(before=tmp_path).packages()) == ["sandbox", "before"]
    assert environment()["PYTHONPATH"] == str(PACKAGE)
    assert environment(tmp_path)["PYTHONPATH"] == str(tmp_path)
    assert environment(tmp_path)["XDG_CACHE_HOME"] != environment()["XDG_CACHE_HOME"]


@pytest.mark.slow
def test_an_older_commit_is_served_by_its_own_code(tmp_path: Path) -> None:
    """A server imports the package of the folder that it is given."""
    for name in ("sandbox", "schemas", "fixtures"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "sandbox/paysandbox/_version.py").write_text('"""Version."""\n\n__version__ = "0.0.older"\n')
    with running(SANDBOX, tmp_path / "sandbox") as server:
        assert server.read("/_sandbox/health")["version"] == "0.0.older"
