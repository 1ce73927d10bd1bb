"""An older commit to compare with: its files in a temporary folder, as its servers import them."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tools.bench.processes import ROOT

_SERVED: Final = ("sandbox", "schemas", "fixtures")  # what a server needs of a checkout
_PACKAGE: Final = "sandbox/paysandbox/__main__.py"


class UnknownRevision(Exception):
    """A revision cannot be compared with; the message says why."""


class Baseline(NamedTuple):
    """A commit: the folder that its sandbox is imported from, its hash and its subject."""

    package: Path
    commit: str
    subject: str


@contextmanager
def check_out(revision: str, root: Path = ROOT) -> Iterator[Baseline]:
    """The files of a revision, in a folder that is removed after the block.

    Raises:
        UnknownRevision: there is no such revision here, or its package is not where servers are started from.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UnknownRevision(f"--against: {root} has no commit {revision!r}")
    name = commit.decode().strip()
    if _git(root, "cat-file", "-e", f"{name}:{_PACKAGE}") is None:
        raise UnknownRevision(
            f"--against: {name[:12]} has no {_PACKAGE}; a commit before the package was called paysandbox has other "
            "commands, so that it cannot be compared with"
        )
    archive = _git(root, "archive", name, *_SERVED)
    subject = _git(root, "show", "--no-patch", "--format=%s", name)
    if archive is None or subject is None:
        raise UnknownRevision(f"--against: git cannot read the files of {name[:12]}")
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Baseline(Path(folder) / "sandbox", name[:12], subject.decode().strip())


def _git(root: Path, *arguments: str) -> bytes | None:
    """What a git command prints; None if it failed."""
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=False)  # noqa: S603, S607 - our own command
    return done.stdout if done.returncode == 0 else None
