"""Files read once: their value is kept under the hash of their text, and is never another one than the file's."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from paysandbox.contract import cache
from paysandbox.contract.cache import value_of
from paysandbox.core.problems import StartupError
from paysandbox.core.strict_yaml import read_yaml

NOON = 1_770_000_000  # some moment in seconds, long past
TEXT = 'a: 25.00\nb: [1e3, 0.070, 7, 99999999999999999999999, true, null, "Ílhavo", ""]\nc: {"200": {}, x: []}\n'


class Reader:
    """Reads YAML and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, text: str) -> Any:
        self.times += 1
        return read_yaml(text, "a.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where values are kept in this test."""
    kept = tmp_path / "kept"
    monkeypatch.setattr(cache, "user_folder", lambda: kept)
    return kept


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "default.yaml"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def reader() -> Reader:
    return Reader()


def write_texts(folder: Path, reader: Reader, count: int, key: str = "a") -> Path:
    """Read as many texts, each of them a mapping of `key` to its number; return the last one's path."""
    for number in range(count):
        path = folder / str(number) / "shop" / "default.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(f"{key}: {number}\n")
        value_of(path, reader, "1")
    return path


@pytest.mark.usefixtures("folder")
def test_a_text_is_read_once(file: Path, reader: Reader) -> None:
    """And the second value is the first, digit by digit."""
    values = [value_of(file, reader, "1") for _ in range(3)]
    assert reader.times == 1
    assert repr(values[0]) == repr(values[1]) == repr(values[2]) == repr(read_yaml(TEXT, ""))
    assert str(values[1]["a"]) == str(Decimal("25.00"))


@pytest.mark.usefixtures("folder")
def test_a_changed_text_is_read_anew(file: Path, reader: Reader) -> None:
    """Even where size and time are the same."""
    value_of(file, reader, "1")
    file.write_text(TEXT.replace("25.00", "26.00"), encoding="utf-8")
    assert value_of(file, reader, "1")["a"] == 26
    assert reader.times == 2


@pytest.mark.usefixtures("folder")
def test_a_new_way_of_reading_reads_anew(file: Path, reader: Reader) -> None:
    """A new sandbox may see more in the same text."""
    value_of(file, reader, "1")
    value_of(file, reader, "2")
    assert reader.times == 2


@pytest.mark.usefixtures("folder")
def test_files_of_one_name_in_different_places_are_kept_apart(file: Path, reader: Reader, tmp_path: Path) -> None:
    """Two checkouts do not push each other out."""
    other = tmp_path / "other" / "shop" / "default.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("a: 1\n")
    for _ in range(2):
        assert value_of(other, reader, "1") == {"a": 1}
        assert value_of(file, reader, "1")["a"] == 25
    assert reader.times == 2


@pytest.mark.usefixtures("folder")
def test_a_copy_elsewhere_is_not_read_again(file: Path, reader: Reader, tmp_path: Path) -> None:
    """Test runs and builds use a new path each time."""
    copy = tmp_path / "copy" / "shop" / "default.yaml"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(file.read_bytes())
    assert repr(value_of(file, reader, "1")) == repr(value_of(copy, reader, "1"))
    assert reader.times == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[: len(content) // 2],
        lambda _: b"null",
        lambda _: b"[]",
        lambda _: b"{}",
        lambda _: b'["another stamp", {"a": 1}]',
        lambda content: b"\xff" + content,
    ],
    ids=["emptied", "cut", "null", "list", "object", "foreign", "no text"],
)
def test_a_damaged_kept_value_is_read_anew_and_mended(folder: Path, file: Path, reader: Reader, damage: Any) -> None:
    value_of(file, reader, "1")
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert value_of(file, reader, "1") == read_yaml(TEXT, "")
    assert reader.times == 2
    assert kept.read_bytes() == whole


def test_what_is_refused_is_not_kept(folder: Path, file: Path, reader: Reader) -> None:
    """It is refused again the next time."""
    file.write_text("a: 1\na: 2\n")
    for _ in range(2):
        with pytest.raises(StartupError):
            value_of(file, reader, "1")
    assert not folder.exists() or list(folder.iterdir()) == []


def test_nothing_is_lost_where_nothing_can_be_written(tmp_path: Path, file: Path, reader: Reader, folder: Path) -> None:
    """Every start reads anew then. The folder's place is taken by a file."""
    folder.write_text("in the way")
    assert [value_of(file, reader, "1")["a"] for _ in range(2)] == [25, 25]
    assert reader.times == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "shop"]


def test_the_cache_folder_holds_a_bounded_number_of_values(folder: Path, tmp_path: Path, reader: Reader) -> None:
    """Each edit of a file is another value."""
    path = write_texts(tmp_path, reader, cache.MOST_FILES + 3)
    assert len(list(folder.iterdir())) == cache.MOST_FILES
    assert value_of(path, reader, "1") == {"a": cache.MOST_FILES + 2}
    assert reader.times == cache.MOST_FILES + 3


def test_a_value_in_use_stays(folder: Path, file: Path, tmp_path: Path, reader: Reader) -> None:
    """Of those in the folder the ones go that were used longest ago, not those that were written first."""
    value_of(file, reader, "1")
    write_texts(tmp_path, reader, cache.MOST_FILES - 1)
    for age, kept in enumerate(sorted(folder.iterdir(), key=lambda kept: kept.stat().st_mtime, reverse=True)):
        os.utime(kept, (NOON - age, NOON - age))
    value_of(file, reader, "1")
    write_texts(tmp_path / "more", reader, 3, "b")
    times = reader.times
    assert value_of(file, reader, "1") == read_yaml(TEXT, "")
    assert reader.times == times


def test_the_packages_own_files_are_read_from_the_wheel(
    folder: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their parsed values are there, so nothing is parsed and nothing is kept."""
    monkeypatch.setattr(cache, "PACKAGE_DATA", tmp_path / "data")
    packaged = tmp_path / "data" / "fixtures" / "shop" / "default.yaml"
    packaged.parent.mkdir(parents=True)
    packaged.write_text(TEXT, encoding="utf-8")
    parsed = tmp_path / "data" / cache.PARSED / cache.entry_name(packaged)
    parsed.parent.mkdir()
    parsed.write_bytes(cache.entry_of(packaged, lambda text: read_yaml(text, ""), "1"))
    assert value_of(packaged, reader, "1") == read_yaml(TEXT, "")
    assert (reader.times, folder.exists()) == (0, False)


def test_a_package_file_that_was_edited_is_read_anew(
    folder: Path, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel's value belongs to the wheel's text."""
    monkeypatch.setattr(cache, "PACKAGE_DATA", tmp_path / "data")
    packaged = tmp_path / "data" / "fixtures" / "shop" / "default.yaml"
    packaged.parent.mkdir(parents=True)
    packaged.write_text("a: 1\n", encoding="utf-8")
    parsed = tmp_path / "data" / cache.PARSED / cache.entry_name(packaged)
    parsed.parent.mkdir()
    parsed.write_bytes(cache.entry_of(packaged, lambda text: read_yaml(text, ""), "1"))
    packaged.write_text("a: 2\n", encoding="utf-8")
    assert value_of(packaged, reader, "1") == {"a": 2}
    assert len(list(folder.iterdir())) == 1


def test_what_is_kept_is_plain_json_and_nothing_beside_it(folder: Path, file: Path, reader: Reader) -> None:
    value_of(file, reader, "1")
    (kept,) = folder.iterdir()
    assert kept.suffix == ".json"
    assert json.loads(kept.read_bytes())[1]["b"][2] == 7


def test_a_file_that_is_no_utf_8_is_refused_with_its_name(folder: Path, file: Path, reader: Reader) -> None:
    file.write_bytes(b"a: \xff\n")
    with pytest.raises(StartupError, match=r"default\.yaml.*UTF-8"):
        value_of(file, reader, "1")
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_a_file_of_more_than_64_mib_is_not_read(file: Path, reader: Reader) -> None:
    """It is refused by its size alone."""
    with file.open("r+b") as sparse:
        sparse.truncate((64 << 20) + 1)
    with pytest.raises(StartupError, match=r"default\.yaml:1: the file has 67108865 bytes; the limit is 67108864"):
        value_of(file, reader, "1")
    assert reader.times == 0
