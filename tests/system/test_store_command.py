"""`paysandbox store`: list, check and delete what a store holds, in SQLite and in Redis."""

import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.redis_servers import running
from tests.helpers.runtimes import Client
from tests.helpers.served import PATIENCE

IC = {"authorization": "Bearer ic-test-token"}


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["store", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def fill(runtime: Runtime) -> None:
    client = Client(runtime)
    for path in ("", "/ns/mine", "/ns/mine"):
        assert client.get(f"{path}/invisible-collector/companies", headers=IC).status == 200


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A file with an entry of `default`, and two of `mine`."""
    folder = tmp_path / "store"
    folder.mkdir()
    address = f"sqlite:{folder / 'stub.db'}"
    with Server(settings=Settings(store=address)) as server:
        fill(server.runtime)
    return address


def damage(store: str, version: int) -> None:
    """Change the last byte of an entry of `mine`."""
    with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
        ((number, content),) = connection.execute(
            """SELECT number, content FROM namespaces JOIN entries ON namespace = id
            WHERE name = 'mine' AND entries.version = ?""",
            (version,),
        ).fetchall()
        connection.execute(
            "UPDATE entries SET content = ? WHERE number = ?", (content[:-1] + bytes([content[-1] ^ 1]), number)
        )
    connection.close()


def test_namespaces_are_listed_for_people_and_programs(store: str) -> None:
    found = json.loads(run("info", store, "--json"))
    assert (found["store"], found["engine"]) == (store, "sqlite")
    assert [(held["name"], held["version"], held["entries"]) for held in found["namespaces"]] == [
        ("default", 1, 1),
        ("mine", 2, 2),
    ]
    for held in found["namespaces"]:
        assert held["bytes"] > 100
        assert abs((datetime.now(UTC) - datetime.fromisoformat(held["last_entry_at"])).total_seconds()) < 600
    head, headings, *rows = run("info", store).splitlines()
    assert head.startswith(f"{store}: 2 namespaces, 3 entries, ")
    assert headings.split() == ["NAMESPACE", "VERSION", "ENTRIES", "BYTES", "LAST", "ENTRY"]
    assert [row.split()[:3] for row in rows] == [["default", "1", "1"], ["mine", "2", "2"]]


def test_a_sound_store_is_read_to_its_end(store: str) -> None:
    assert run("check", store) == "2 namespaces, 3 entries: all can be read\n"


class OnlyReadable:
    """A folder with a copy of a store, on a file system that cannot be written to; and how a program is run there."""

    def __init__(self, store: str, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(Path(store.removeprefix("sqlite:")).parent, folder)
        self.address = f"sqlite:{folder / 'stub.db'}"

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code of `paysandbox store`, and what it has printed."""
        script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && echo mounted && exec "$@"'
        program = [sys.executable, "-m", "paysandbox", "store", *arguments]
        command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(self.folder), *program]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
        mounted, _, output = done.stdout.partition("mounted\n")
        if mounted or not done.stdout:
            pytest.skip(f"this machine makes no file system read-only: {done.stderr.strip()}")
        return done.returncode, output + done.stderr


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare, which mounts a folder read-only")
def test_a_store_that_can_only_be_read_is_listed_and_checked(store: str, tmp_path: Path) -> None:
    copy = OnlyReadable(store, tmp_path / "backup")
    code, output = copy.run("info", copy.address)
    assert (code, output.splitlines()[0].partition(", 3 entries")[0]) == (0, f"{copy.address}: 2 namespaces")
    assert copy.run("check", copy.address) == (0, "2 namespaces, 3 entries: all can be read\n")
    code, output = copy.run("forget", copy.address, "mine")
    assert code == 2
    assert "the file, or its folder, cannot be written to; the store must be writable" in output
    assert run("check", store) == "2 namespaces, 3 entries: all can be read\n"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare, which mounts a folder read-only")
@pytest.mark.parametrize("has_index", [True, False])
def test_recent_calls_beside_a_store_that_can_only_be_read_are_not_left_out(
    store: str, tmp_path: Path, *, has_index: bool
) -> None:
    """They are in the file -wal, which can be read with its index -shm alone, and SQLite would go on without them."""
    with Server(settings=Settings(store=store)) as server:
        fill(server.runtime)
        copy = OnlyReadable(store, tmp_path / "backup")
    if not has_index:
        (copy.folder / "stub.db-shm").unlink()
    code, output = copy.run("check", copy.address)
    if has_index:
        assert (code, output) == (0, "2 namespaces, 6 entries: all can be read\n")
    else:
        assert code == 2
        assert "recent calls are in stub.db-wal beside it, which cannot be read in this folder; copy both" in output


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare, which mounts a folder read-only")
def test_an_empty_file_that_can_only_be_read_is_no_store(store: str, tmp_path: Path) -> None:
    copy = OnlyReadable(store, tmp_path / "backup")
    (copy.folder / "empty.db").touch()
    code, output = copy.run("info", f"sqlite:{copy.folder / 'empty.db'}")
    assert code == 2
    assert "empty.db is empty: no sandbox has kept anything in it" in output


@pytest.mark.parametrize("version", [1, 2])
def test_a_damaged_entry_is_named_with_namespace_and_version(store: str, version: int) -> None:
    damage(store, version)
    line, total = run("check", store, code=1).splitlines()
    assert line.startswith(f"version {version} of the namespace mine is damaged")
    assert total == "2 namespaces, 3 entries: 1 is damaged"


def test_a_missing_entry_is_named(store: str) -> None:
    with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
        connection.execute(
            "DELETE FROM entries WHERE version = 1 AND namespace = (SELECT id FROM namespaces WHERE name = 'mine')"
        )
    connection.close()
    assert "the log of the namespace mine lacks the entries before version 2" in run("check", store, code=1)


def test_a_store_of_other_fixtures_is_checked_with_those(store: str) -> None:
    *lines, total = run("check", store, "--seed", "another", code=1).splitlines()
    assert [line.partition(", by")[0] for line in lines] == [
        f"version {version} of the namespace {name} was written over other fixtures"
        for version, name in ((1, "default"), (1, "mine"), (2, "mine"))
    ]
    assert total == "2 namespaces, 3 entries: 2 are of other fixtures, another release or another seed"


def test_a_damaged_namespace_is_told_from_one_of_other_fixtures(store: str) -> None:
    damage(store, 2)
    total = run("check", store, "--seed", "another", code=1).splitlines()[-1]
    assert total == "2 namespaces, 3 entries: 1 is damaged, 1 is of other fixtures, another release or another seed"


def test_what_another_program_has_in_the_file_is_named(store: str) -> None:
    with sqlite3.connect(store.removeprefix("sqlite:")) as connection:
        for number in range(4):
            connection.execute(f"CREATE TABLE theirs{number} (id INTEGER PRIMARY KEY AUTOINCREMENT)")
        connection.execute("CREATE VIEW seen AS SELECT * FROM theirs0")
    connection.close()
    *lines, total = run("check", store, code=1).splitlines()
    hint = "belongs to another program; give the store a file of its own"
    assert lines == [*(f"{store}: the table theirs{number} {hint}" for number in range(3)), "2 more of another program"]
    assert total == "2 namespaces, 3 entries: 5 belong to another program"


def test_keys_of_another_program_are_named(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        engine.ask("SET", "other:{default}", "not ours")
        assert run("check", engine.url) == "0 namespaces, 0 entries: all can be read\n"
        engine.ask("HSET", "paysandbox:settings", "theirs", "1")
        engine.ask("SET", "paysandbox:{mine}", "theirs")
        engine.ask("XADD", "paysandbox:{yours}", "*", "theirs", "1")
        *lines, total = run("check", engine.url, code=1).splitlines()
        hint = "belongs to another program; give the store a database or ?prefix= of its own"
        assert lines == [f"{engine.url}: paysandbox:{key} {hint}" for key in ("{yours}", "settings", "{mine}")]
        assert total == "1 namespace, 0 entries: 3 belong to another program"


def test_deleted_namespaces_are_new_even_for_a_sandbox_that_runs(store: str) -> None:
    with Server(settings=Settings(store=store)) as server:
        client = Client(server.runtime)

        def call() -> str:
            reply = client.get("/ns/mine/invisible-collector/companies", headers=IC)
            return reply.headers["x-sandbox-request"]

        assert call() == "mine-3"
        assert run("forget", store, "mine") == "deleted 1 namespace\n"
        assert client.get("/_sandbox/namespaces/mine").status == 404
        assert call() == "mine-1"
        assert run("forget", store, "--all") == "deleted 2 namespaces\n"
        assert run("info", store) == f"{store}: 0 namespaces, 0 entries, 0 bytes\n"
        assert run("check", store) == "0 namespaces, 0 entries: all can be read\n"
        assert call() == "mine-1"


def test_a_store_in_redis_is_looked_after_as_well(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        with Server(settings=Settings(store=engine.url)) as server:
            for path in ("", "/ns/mine", "/ns/mine"):
                url = f"{server.url()}{path}/invisible-collector/companies"
                assert httpx.get(url, headers=IC, trust_env=False).status_code == 200
        found = json.loads(run("info", engine.url, "--json"))
        assert [(held["name"], held["version"], held["entries"]) for held in found["namespaces"]] == [
            ("default", 1, 1),
            ("mine", 2, 2),
        ]
        assert run("check", engine.url) == "2 namespaces, 3 entries: all can be read\n"
        assert run("forget", engine.url, "mine") == "deleted 1 namespace\n"
        assert "1 namespace, 1 entry" in run("info", engine.url)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["info", "memory"], "memory is no store to look after"),
        (["info", "sqlite:missing.db"], "sqlite:missing.db: there is no such file"),
        (["check", "sqlite:missing.db"], "sqlite:missing.db: there is no such file"),
        (["forget", "sqlite:missing.db", "--all"], "sqlite:missing.db: there is no such file"),
        (["info", f"sqlite:{'x' * 300}.db"], ".db: the path cannot be used: File name too long"),
        (["check", f"sqlite:{'x' * 300}/stub.db"], "/stub.db: the path cannot be used: File name too long"),
        (["info", f"rediss://host?ssl_ca_certs={'x' * 300}"], "ssl_ca_certs= cannot be used: File name too long"),
        (["info", "redis://host?prefix=a&prefix=b"], "prefix= is given twice; give it once"),
        (["info", "redis://host/1?db=2"], "the database is given twice, in the path and as db=; give it once"),
        (
            ["info", "stub.db"],
            "there is no store 'stub.db'; there are memory, sqlite:PATH and redis://HOST; a file is ",
        ),
        (["info", "sqlite:."], "sqlite:. is a folder; name a file in it, such as sqlite:stub.db"),
        (
            ["info", "sqlite:/dev/null"],
            "sqlite:/dev/null is a device, pipe or socket, which keeps nothing; name a file",
        ),
        (["info", "mongodb://me:secret@db"], "there is no store 'mongodb'"),
        (["info"], "Missing argument 'STORE'"),
        (["forget", "sqlite:missing.db"], "give either the names of namespaces, or --all"),
        (["forget", "sqlite:missing.db", "mine", "--all"], "give either the names of namespaces, or --all"),
        (["check", "sqlite:missing.db", "--provider", "none"], "unknown provider 'none'"),
    ],
)
def test_what_cannot_be_done_is_said_and_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    output = run(*arguments, code=2)
    assert says in output
    assert "secret" not in output
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_namespace_deletes_nothing(store: str) -> None:
    assert "there is no namespace 'yours'" in run("forget", store, "mine", "yours", code=2)
    assert "2 namespaces" in run("check", store)


@pytest.mark.parametrize("name", ["info", "check", "forget"])
def test_the_option_of_serve_is_told_the_form_of_the_argument(name: str) -> None:
    """It was taken for a misspelt `--json`. The address is not repeated, because it may carry a password."""
    run = CliRunner().invoke(main, ["store", name, "--store", "redis://:hush@localhost"])
    assert run.exit_code == 2
    assert f"give the store without --store: paysandbox store {name} STORE" in run.output
    assert "hush" not in run.output
