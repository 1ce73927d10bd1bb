"""Files named twice are read once, and files of one name are told apart."""

from pathlib import Path

from paysandbox.recordings.files import RecordingFile, choose_files


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_recording_named_again_is_left_out_and_said(tmp_path: Path) -> None:
    first, other = write(tmp_path / "a.har", "one"), write(tmp_path / "b.har", "two")
    copy, link = write(tmp_path / "copy.har", "one"), tmp_path / "link.har"
    link.symlink_to(first)
    notices: list[str] = []
    chosen = choose_files([first, first, copy, other, link], notices)
    assert [file.path for file in chosen] == [first, other]
    assert notices == [f"{one} is the same recording as {first}, and is counted once" for one in (first, copy, link)]


def test_files_of_one_name_have_their_paths_as_names(tmp_path: Path) -> None:
    first, second = write(tmp_path / "x" / "seen.har", "one"), write(tmp_path / "y" / "seen.har", "two")
    third = write(tmp_path / "third.har", "three")
    assert [file.name for file in choose_files([first, second, third], [])] == [str(first), str(second), "third.har"]


def test_a_missing_file_is_left_to_the_reader(tmp_path: Path) -> None:
    missing = tmp_path / "none.har"
    piped = RecordingFile(missing, "standard input", "standard input")
    assert choose_files([missing, piped], []) == [RecordingFile(missing, str(missing), "none.har"), piped]
