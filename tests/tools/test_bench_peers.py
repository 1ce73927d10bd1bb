"""Peers are measured where they can be installed, and named where they cannot; a load takes answers as theirs are."""

import argparse
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench import peers
from tools.bench.__main__ import _choose
from tools.bench.calls import HEALTH
from tools.bench.load import loaded, some

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
CLOSING = b"HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(params=[CHUNKED, CLOSING], ids=["chunked", "closing"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that answers every request alike, in pieces, and closes the connection if it says so."""
    answer: bytes = request.param
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=[listener, answer], daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            while connection.recv(65536):
                for byte in answer:
                    connection.sendall(bytes([byte]))
                if answer is CLOSING:
                    break


def test_a_load_takes_answers_of_other_servers(port: int) -> None:
    """Without a length, and with a new connection for each."""
    assert loaded(port, some(iter([HEALTH] * 99), 5)).answered == 5


def test_a_package_that_cannot_be_installed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the last line of the installer, or because there is none."""
    with pytest.raises(peers.CannotInstall, match=r"^it cannot be had$"):
        peers._run(["sh", "-c", "echo first >&2; echo 'it cannot be had' >&2; exit 1"])  # noqa: SLF001 - no network here
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(peers.CannotInstall, match=r"no Node\.js"):
        peers.PEERS[0].install("any", tmp_path)


def test_peers_are_measured_only_when_asked_for() -> None:
    """They are installed for that."""
    assert "peers" not in _choose(argparse.Namespace(only=None, peers=False))
    assert _choose(argparse.Namespace(only=["start"], peers=True)) == ["start", "peers"]
    assert _choose(argparse.Namespace(only=["peers"], peers=True)) == ["peers"]


def test_every_peer_has_a_payment_to_send_and_to_read() -> None:
    for peer in peers.PEERS:
        assert next(peer.pay()).startswith(b"POST ")
        assert b" HTTP/1.1\r\n" in peer.read
