"""Starts over Redis: TLS, and stores that cannot be used: one sentence, exit code 2, and nothing changed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from paysandbox.store.log.codec import FORMAT
from tests.helpers.redis_servers import RedisServer, find_free_port, running
from tests.helpers.served import TOKEN
from tests.system.redis.conftest import Serve


def start(store: str, *options: str) -> tuple[int, str]:
    """Start over a store that cannot be used; return the exit code and what was printed."""
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--store", store, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own command
    return done.returncode, done.stdout + done.stderr


def test_an_engine_that_cannot_be_reached_stops_the_start() -> None:
    port = find_free_port()
    says = f"redis://127.0.0.1:{port}/0 cannot be reached: nothing listens there\n"
    assert start(f"redis://me:secret@127.0.0.1:{port}") == (2, says)
    says = "redis://no-such-host.invalid:6379/0 cannot be reached: there is no such host\n"
    assert start("redis://me:secret@no-such-host.invalid") == (2, says)


def test_an_engine_that_wants_a_password_stops_the_start(tmp_path: Path) -> None:
    with running(tmp_path, "--requirepass", "secret") as server:
        assert start(server.url) == (2, f"{server.url}: it wants a password: redis://USER:PASSWORD@HOST\n")
        says = f"{server.url}: it refuses the user or the password\n"
        assert start(server.url.replace("//", "//me:secret@")) == (2, says)


def test_keys_of_another_program_stop_the_start(server: RedisServer) -> None:
    server.ask("XADD", "paysandbox:{default}", "*", "theirs", "1")
    code, says = start(server.url)
    assert (code, says.count("\n")) == (2, 1)
    assert "paysandbox:{default} belongs to another program" in says
    with Server(settings=Settings(store=f"{server.url}?prefix=ours")) as other, httpx.Client(trust_env=False) as http:
        reply = http.get(f"{other.url('invisible_collector')}/companies", headers=TOKEN)
        assert reply.headers["x-sandbox-request"] == "default-1"
    assert server.ask("XLEN", "paysandbox:{default}") == 1


def test_a_log_of_a_newer_format_or_of_other_fixtures_stops_the_start(server: RedisServer, serve: Serve) -> None:
    assert serve(server.url).pay("R 1").status_code == 201
    code, says = start(server.url, "--seed", "another")
    assert code == 2
    assert says.startswith("version 1 of the namespace default was written over other fixtures")
    server.ask("XADD", "paysandbox:{default}", "2-0", "token", "12345678", "entry", b"\x63" + bytes(60))
    code, says = start(server.url)
    assert code == 2
    known = f"this Paysandbox reads {FORMAT - 1} and {FORMAT}; use a newer one"
    assert says == f"version 2 of the namespace default has the format 99, and {known}\n"


def test_what_is_no_redis_is_named(receiver_port: int) -> None:
    code, says = start(f"redis://127.0.0.1:{receiver_port}?connect_ms=1000")
    assert code == 2
    assert says.startswith(f"redis://127.0.0.1:{receiver_port}/0")
    assert "check the port" in says


@pytest.fixture
def receiver_port() -> Iterator[int]:
    """The port of an HTTP server."""
    with Server() as server:
        yield int(server.url().rpartition(":")[2])


def test_a_server_behind_tls_is_checked(tmp_path: Path, serve: Serve) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    port = find_free_port()
    files = ["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "ca.pem"]
    with running(tmp_path, "--tls-port", str(port), *files, "--tls-auth-clients", "no") as server:
        url = f"rediss://127.0.0.1:{port}/0"
        worker = serve(f"{url}?ssl_ca_certs={tmp_path}/ca.pem")
        assert worker.ready["store"] == url
        assert worker.pay("R 1").status_code == 201
        says = (
            f"{url} cannot be reached: its certificate is not trusted (self-signed certificate in certificate chain); "
        )
        for query in (f"?ssl_ca_certs={tmp_path}/other.pem", ""):
            code, printed = start(url + query)
            assert (code, printed) == (2, f"{says}?ssl_ca_certs=FILE names those to trust\n")
        code, printed = start(f"rediss://localhost:{port}?ssl_ca_certs={tmp_path}/ca.pem")
        assert code == 2
        assert "its certificate is not trusted (Hostname mismatch" in printed
        code, printed = start(f"rediss://127.0.0.1:{server.port}?connect_ms=1000")
        assert code == 2
        assert "there is no TLS" in printed or "no answer for 1000 milliseconds; check the port" in printed
        assert "without it the scheme is redis:// or redis+cluster://" in printed
        code, printed = start(f"redis://127.0.0.1:{port}?connect_ms=1000")
        assert code == 2
        assert "check the port, and whether it wants TLS (rediss://)" in printed


def test_a_missing_package_is_named(server: RedisServer) -> None:
    code = (
        "import importlib.util as u, sys; find = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'hiredis' else find(name, *rest); "
        f"from paysandbox.__main__ import main; sys.argv = ['paysandbox', 'serve', '--store', {server.url!r}]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own command
    assert (done.returncode, done.stderr) == (
        2,
        "a store in Redis needs the package hiredis: pip install 'paysandbox[redis]'\n",
    )
