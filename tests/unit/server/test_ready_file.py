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


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """Only a file can be of an earlier run. The sandbox does not wait for the reader."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with ReadyFile(path) as ready_file:
        ready_file.write(READY)
        assert json.loads(path.read_text()) == READY
    assert path.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def test_a_pipe_without_a_reader_does_not_hold_the_sandbox(tmp_path: Path) -> None:
    """It can stop, too."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with ReadyFile(path) as ready_file:
        ready_file.write(READY)
    assert path.is_fifo()
    assert json.loads(path.read_text()) == READY  # ends the thread that waits


def test_a_device_stays(tmp_path: Path) -> None:
    """Run as root, the sandbox once replaced /dev/full by a file, and removed that at its stop."""
    main, side = os.openpty()
    link = tmp_path / "stdout"
    link.symlink_to(os.ttyname(side))
    with ReadyFile(link) as ready_file:
        ready_file.write(READY)
        assert json.loads(os.read(main, 1000)) == READY
    assert link.is_symlink()
    assert link.is_char_device()
    os.close(side)
    os.close(main)


def test_a_link_stays(tmp_path: Path) -> None:
    """The file that it leads to is the ready file."""
    path, link = tmp_path / "ready.json", tmp_path / "link.json"
    link.symlink_to(path)
    with ReadyFile(link) as ready_file:
        ready_file.write(READY)
        assert link.is_symlink()
        assert json.loads(path.read_text()) == READY
    assert link.is_symlink()
    assert not path.exists()
