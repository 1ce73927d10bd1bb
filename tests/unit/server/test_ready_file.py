"""The ready file: there, and whole, as long as its sandbox runs."""

import json
import os
from pathlib import Path

from paysandbox.server.ready_file import ReadyFile

READY = {"url": "http://127.0.0.1:1", "pid": 1, "providers": {}}


def test_it_is_whole_or_not_there(tmp_path: Path) -> None:
    """That of an earlier run goes before the start, its own at the stop, and no part stays beside it."""
    path = tmp_path / "ready.json"
    path.write_text("old")
    with ReadyFile(path) as ready_file:
        assert not path.exists()
        ready_file.write(READY)
        assert json.loads(path.read_text()) == READY
        assert [one.name for one in tmp_path.iterdir()] == ["ready.json"]
    assert list(tmp_path.iterdir()) == []


def test_that_of_another_sandbox_stays(tmp_path: Path) -> None:
    """It was started with the same file since."""
    path = tmp_path / "ready.json"
    with ReadyFile(path) as ready_file:
        ready_file.write(READY)
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_it_may_be_gone_or_never_written(tmp_path: Path) -> None:
    """Whoever waited for it may have removed it."""
    path = tmp_path / "ready.json"
    with ReadyFile(path):
        pass
    with ReadyFile(path) as ready_file:
        ready_file.write(READY)
        path.unlink()
    with ReadyFile(None) as ready_file:
        ready_file.write(READY)
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_not_removed(tmp_path: Path) -> None:
    """Only a file can be of an earlier run."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with ReadyFile(path):
        assert path.is_fifo()
