"""The disk of a store in SQLite is full: calls are refused and change nothing, and go on once there is space."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.helpers.served import PATIENCE, Served, serve

SIZE: Final = 4 << 20  # bytes
BALLAST: Final = SIZE - (SIZE >> 3)  # the rest is enough for some dozen calls, because the file grows by whole pages
MOST: Final = 2000  # payments of a disk that never becomes full
FULL: Final = "the disk is full"


class Disk(NamedTuple):
    """A small file system at `folder`, seen only by programs that the command `enter` starts."""

    folder: Path
    inside: Path
    enter: tuple[str, ...]


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Mount a file system in memory, in a mount namespace of its own; skip the test where the machine forbids that."""
    for program in ("unshare", "nsenter"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}, which mounts a small disk")
    folder.mkdir()
    script = f'mount -t tmpfs -o size={SIZE} tmpfs "$0" && echo mounted && exec sleep {10 * PATIENCE}'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as keeper:  # noqa: S603 - our own command
        try:
            assert keeper.stdout is not None
            assert keeper.stderr is not None
            if keeper.stdout.readline() != "mounted\n":
                pytest.skip(f"this machine mounts no small disk: {keeper.stderr.read().strip()}")
            enter = ("nsenter", "--target", str(keeper.pid), "--user", "--mount", "--preserve-credentials")
            yield Disk(folder, Path(f"/proc/{keeper.pid}/root{folder}"), enter)
        finally:
            keeper.kill()


def fill(both: tuple[Served, Served]) -> list[str]:
    """Pay at both processes in turns until the disk is full; return the numbers of the payments that were made."""
    made: list[str] = []
    while len(made) < MOST:
        reply = both[len(made) % 2].pay(f"R {len(made)}", "0.01")
        if reply.status_code == 503:
            return made
        assert reply.status_code == 201, reply.text
        made.append(f"R {len(made)}")
    raise AssertionError("the disk did not become full")


def check_refused(served: Served) -> None:
    """Check that calls of providers and of the control plane are refused in the sandbox's own voice."""
    for reply in (
        served.pay("refused", "0.01"),
        served.pay_part(),
        served.http.post("/_sandbox/namespaces/default/reset"),
        served.http.put("/_sandbox/namespaces/default/clock", json={"now": "2030-01-01T00:00:00Z"}),
        served.http.post("/_sandbox/namespaces", json={"name": "another"}),
    ):
        assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json"), reply.text
        assert FULL in reply.json()["detail"]
    store = served.get("health")["store"]
    assert (store["answers"], store["writes"]) == (True, False)


def list_requests(served: Served) -> list[str]:
    return [entry["id"] for entry in served.get("namespaces/default/requests")["requests"]]


def test_a_full_disk_refuses_calls_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        ballast, store = disk.inside / "ballast", f"sqlite:{disk.folder / 'stub.db'}"
        ballast.write_bytes(bytes(BALLAST))
        first_file, second_file = tmp_path / "first.json", tmp_path / "second.json"
        with (
            serve(store, first_file, started_by=disk.enter) as first,
            serve(store, second_file, started_by=disk.enter) as second,
        ):
            made = fill((first, second))
            assert len(made) > 2
            for served in (first, second):
                check_refused(served)
            wanted = [f"default-{number + 1}" for number in range(len(made))]
            with serve(store, tmp_path / "third.json", started_by=disk.enter) as third:
                assert list_requests(third) == wanted
                check_refused(third)
            ballast.unlink()
            for served in (first, second):
                assert served.get("health")["store"] == {"engine": "sqlite", "answers": True, "writes": True}
                assert list_requests(served) == wanted
            assert [namespace["name"] for namespace in first.get("namespaces")["namespaces"]] == ["default"]
            assert {second.pay(number, "0.01").status_code for number in made} == {200}
            assert first.pay("refused", "0.01").status_code == 201
            assert second.pay_part().status_code == 200
            wanted = list_requests(second)
            assert wanted == [f"default-{number + 1}" for number in range(2 * len(made) + 2)]
        with serve(store, first_file, started_by=disk.enter) as again:
            assert list_requests(again) == wanted
            assert {again.pay(number, "0.01").status_code for number in (*made, "refused")} == {200}
            assert again.pay_part().status_code == 422  # it would pay more than is owed


@pytest.mark.parametrize("free", [0, 16 << 10, 40 << 10], ids=["file", "index", "log"])
def test_a_start_on_a_full_disk_says_so_and_a_later_one_goes_on(tmp_path: Path, free: int) -> None:
    """Whichever of its files SQLite cannot make or fill: the store's own, or one beside it."""
    with small_disk(tmp_path / "disk") as disk:
        ballast, store = disk.inside / "ballast", f"sqlite:{disk.folder / 'stub.db'}"
        ballast.write_bytes(bytes(SIZE - free))
        command = [*disk.enter, sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--store", store]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
        assert (done.returncode, done.stderr) == (2, f"{store}: {FULL}\n")
        ballast.unlink()
        with serve(store, tmp_path / "later.json", started_by=disk.enter) as later:
            assert later.pay("R 1", "0.01").status_code == 201
