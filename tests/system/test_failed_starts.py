"""A start that fails, whatever the reason: the ready file of an earlier run does not outlive it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from paysandbox.cli.announcing import find_ready_file
from paysandbox.cli.main import main
from paysandbox.server.live import Server

OLD = '{"url": "http://127.0.0.1:1"}'


@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize(
    "options",
    [
        ("--fixtures", "missing"),
        ("--providers", "missing"),
        ("--schemas", "missing"),
        ("--port", "many"),
        ("--port", "70000"),
        ("--body-limit", "1"),
        ("--provider", "stripe"),
        ("--fixtures", "/"),
        ("--tls-key", "key.pem"),
    ],
)
def test_the_old_ready_file_is_removed(tmp_path: Path, command: str, options: tuple[str, ...]) -> None:
    """A script that waits for the file would call the URL in it."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    rest = ["--", "true"] if command == "exec" else []
    for order in ([*options, "--ready-file", str(file)], ["--ready-file", str(file), *options]):
        file.write_text(OLD)
        done = CliRunner().invoke(main, [command, *order, *rest])
        assert (done.exit_code, file.exists()) == (2, False), done.output


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", ["--prot", "1"]),
        ("serve", ["--port"]),
        ("exec", []),
        ("exec", ["--coverage", "report.pdf", "true"]),
        ("exec", ["--fail-under", "many", "true"]),
    ],
)
def test_it_is_removed_where_nothing_could_be_parsed(tmp_path: Path, command: str, options: list[str]) -> None:
    """Also if only the environment names it."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    assert CliRunner().invoke(main, [command, f"--ready-file={file}", *options]).exit_code == 2
    assert not file.exists()
    file.write_text(OLD)
    environment = {"PAYSANDBOX_READY_FILE": str(file)}
    assert CliRunner().invoke(main, [command, *options], env=environment).exit_code == 2
    assert not file.exists()


@pytest.mark.parametrize("arguments", [["serve", "--help"], ["serve", "--ready-file", "no/such.json"]])
def test_what_is_no_start_removes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    """Nor does a file that could not be written."""
    file = tmp_path / "ready.json"
    file.write_text(OLD)
    CliRunner().invoke(main, arguments, env={"PAYSANDBOX_READY_FILE": str(file)})
    assert file.exists()


def test_an_option_of_the_commands_own_is_not_it() -> None:
    """Behind `--` are the arguments of the user's command; the last option counts, as click reads it."""
    assert find_ready_file(["--", "run", "--ready-file", "theirs"], {}) is None
    assert find_ready_file(["--ready-file", "a", "--ready-file=b", "--", "--ready-file", "c"], {}) == Path("b")
    assert find_ready_file(["--ready-file"], {"PAYSANDBOX_READY_FILE": "c"}) is None
    assert find_ready_file([], {"PAYSANDBOX_READY_FILE": "c"}) == Path("c")


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """All sockets that are bound in the test."""
    found: list[socket.socket] = []

    def bind_and_note(host: str, port: int) -> socket.socket:
        found.append(socket.create_server((host, port)))
        return found[-1]

    monkeypatch.setattr("paysandbox.server.sockets._bind", bind_and_note)
    return found


def raise_error(*_: object, **__: object) -> None:
    raise RuntimeError("not today")


@pytest.mark.parametrize(
    "failing",
    ["cli.serve.echo_notices", "cli.serve._list_watched", "cli.serve._make_log_config", "server.live.Live.server"],
)
def test_what_fails_before_the_sandbox_serves_closes_its_sockets(
    bound: list[socket.socket], monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(f"paysandbox.{failing}", raise_error)
    arguments = ["serve", "--port", "0", "--provider-ports", "free", "--tls", "--tls-port", "0", "--reload"]
    done = CliRunner().invoke(main, arguments)
    assert str(done.exception) == "not today"
    assert len(bound) == 10  # the shared port and four of providers, and the same with TLS
    assert {one.fileno() for one in bound} == {-1}


@pytest.mark.parametrize("fails_in", ["Live.server", "Live.run"])
def test_a_sandbox_of_a_program_that_does_not_start_closes_its_sockets(
    bound: list[socket.socket], monkeypatch: pytest.MonkeyPatch, fails_in: str
) -> None:
    stop: Callable[..., None] = raise_error if fails_in == "Live.server" else lambda *_: None
    monkeypatch.setattr(f"paysandbox.server.live.{fails_in}", stop)
    with pytest.raises(RuntimeError), Server():
        pass
    assert [one.fileno() for one in bound] == [-1]
