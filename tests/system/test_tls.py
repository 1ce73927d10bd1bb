"""HTTPS beside HTTP: the same sandbox behind TLS, plain HTTP on its port, and a stop that answers what was sent."""

import json
import re
import signal
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from paysandbox.client.http import SandboxError
from paysandbox.client.namespace import SandboxClient
from paysandbox.core.problems import StartupError
from paysandbox.kit.settings import Settings
from paysandbox.server.certificates import Certificates, Tls, TlsError, open_certificates
from paysandbox.server.live import Live, Server
from tests.system.test_server import PATIENCE, serving

KEY = "?api_key=ix-test-key"
DOCUMENT = f"/document/1/related_documents.json{KEY}"


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    """A CA made for these tests."""
    with open_certificates() as made:
        yield made


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    """A sandbox with both ports for itself and each provider."""
    with Server(provider_ports=True, tls=Tls(certificates)) as running:
        yield running


@pytest.fixture
def http(certificates: Certificates) -> Iterator[httpx.Client]:
    """A client that trusts the CA alone, and believes no proxy."""
    trust = ssl.create_default_context(cafile=certificates.ca_file)
    with httpx.Client(verify=trust, trust_env=False, timeout=PATIENCE) as client:
        yield client


def port_of(url: str) -> int:
    """The port of a root URL."""
    return int(url.rpartition(":")[2])


def connect(url: str, certificates: Certificates, name: str = "localhost") -> ssl.SSLSocket:
    """A TLS connection to the server at a URL, under a host name."""
    plain = socket.create_connection(("127.0.0.1", port_of(url)), PATIENCE)
    return ssl.create_default_context(cafile=certificates.ca_file).wrap_socket(plain, server_hostname=name)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


def test_both_schemes_reach_one_state(server: Server, http: httpx.Client) -> None:
    """A payment over HTTPS is seen over HTTP, at the shared ports and at the provider's own."""
    namespace = "/ns/tls-one-state"
    body = {"partial_payment": {"amount": 100}}
    path = f"{namespace}/documents/1/partial_payments.json{KEY}"
    assert http.post(f"{server.https_url('invoicexpress')}{path}", json=body).status_code == 200
    assert http.post(
        f"{server.https_url()}/ns/tls-one-state/invoicexpress/documents/1/partial_payments.json{KEY}", json=body
    )
    for url in (server.url, server.https_url):
        related = http.get(f"{url('invoicexpress')}{namespace}{DOCUMENT}").json()
        assert len(related["documents"]) == 2


def test_urls_that_the_sandbox_names_have_the_scheme_of_the_call(server: Server, http: httpx.Client) -> None:
    """With the ports of that scheme."""
    for url in (server.url, server.https_url):
        listed = http.get(f"{url()}/_sandbox/providers").json()["providers"]
        assert [provider["url"] for provider in listed] == [url(provider["name"]) for provider in listed]
        made = http.post(f"{url()}/_sandbox/namespaces", json={}).json()
        assert made["providers"]["invoiless"]["url"].startswith(f"{url('invoiless').partition(':')[0]}://")
        document = http.get(f"{url()}/_sandbox/openapi/invoiless.json").json()
        assert document["servers"][0]["url"].startswith(url("invoiless"))


def test_the_ready_content_names_both(server: Server, certificates: Certificates) -> None:
    """And the CA file, which only this user can read."""
    ready = server.ready()
    assert ready["tls"] == {"url": server.https_url(), "ca_file": str(certificates.ca_file)}
    for name, provider in ready["providers"].items():
        assert (provider["url"], provider["https_url"]) == (server.url(name), server.https_url(name))
    assert certificates.ca_file is not None
    assert stat.S_IMODE(certificates.ca_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(certificates.ca_file.parent.stat().st_mode) == 0o700
    assert [path.name for path in certificates.ca_file.parent.iterdir()] == ["ca.pem"]
    assert "PRIVATE" not in certificates.ca_file.read_text()


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "invoiless.localhost", "acme.app.invoicexpress.com", "api.invoiless.com"]
)
def test_the_certificate_is_for_this_machine_and_the_vendors(
    server: Server, certificates: Certificates, name: str
) -> None:
    """A client that hard-codes the vendor's host only needs it to resolve to this machine."""
    host = f"[{name}]" if ":" in name else name
    with connect(server.https_url(), certificates, name) as connection:
        connection.sendall(f"GET {DOCUMENT} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        reply = read_all(connection)
    assert reply.startswith(b"HTTP/1.1 ")
    if "invoicexpress" in name:
        assert reply.startswith(b"HTTP/1.1 200 OK")


def test_the_certificate_is_for_no_other_name(server: Server, certificates: Certificates) -> None:
    """The client refuses."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connect(server.https_url(), certificates, "example.com")


def test_http_1_1_is_agreed_on(server: Server, certificates: Certificates) -> None:
    """With a client that would rather speak HTTP/2."""
    trust = ssl.create_default_context(cafile=certificates.ca_file)
    trust.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", port_of(server.https_url())), PATIENCE)
    with trust.wrap_socket(plain, server_hostname="localhost") as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}


def test_plain_http_on_a_tls_port_gets_a_sentence(server: Server, http: httpx.Client) -> None:
    """With a long body too, which is read on so that the connection is not reset."""
    for port in (port_of(server.https_url()), port_of(server.https_url("invoiless"))):
        for content in (b"", b"x" * (1 << 20)):
            reply = http.post(f"http://127.0.0.1:{port}/x", content=content)
            assert (reply.status_code, reply.headers["content-type"]) == (400, "text/plain; charset=utf-8")
            sentence = f"This port speaks TLS: call it with https; plain HTTP is at {server.url()}."
            assert (reply.text, reply.headers["x-sandbox-explain"]) == (f"{sentence}\n", sentence)


def test_tls_on_a_plain_port_is_logged(server: Server, certificates: Certificates, caplog: Any) -> None:
    """The client only sees that it is no TLS."""
    with pytest.raises(ssl.SSLError):
        connect(server.url(), certificates)
    assert "a client speaks TLS to a plain HTTP port" in caplog.text


def test_a_client_without_the_ca_is_logged(server: Server, certificates: Certificates, caplog: Any) -> None:
    """With the file that it lacks."""
    plain = socket.create_connection(("127.0.0.1", port_of(server.https_url())), PATIENCE)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    deadline = time.monotonic() + PATIENCE
    while not caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (
        f"does not trust the certificate (TLSV1_ALERT_UNKNOWN_CA): give it the CA file {certificates.ca_file}"
        in caplog.text
    )


def test_the_limits_hold_behind_tls(server: Server, certificates: Certificates, http: httpx.Client) -> None:
    """Invalid HTTP, a long head and a long body are refused in words, and the connection is closed."""
    with connect(server.https_url(), certificates) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400 Bad Request")
    assert http.get(f"{server.https_url()}/_sandbox/health", headers={"x-long": "y" * 65536}).status_code == 431
    url = f"{server.https_url('invisible_collector')}/payments"
    headers = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}
    assert http.post(url, content=b" " * (2 << 20), headers=headers).status_code == 400


def test_faults_act_behind_tls(server: Server, certificates: Certificates, http: httpx.Client) -> None:
    """A dropped reply is a closed connection, a truncated one is short."""
    client = SandboxClient(server.https_url(), ca_file=certificates.ca_file)
    with client.namespace() as namespace:
        url = f"{namespace.url('invoicexpress')}{DOCUMENT}"
        assert url.startswith("https://")
        namespace.fault(then={"drop": "before"}, when={"times": 1})
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(url)
        namespace.fault(then={"truncate": 5}, when={"times": 1})
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(url)
        assert http.get(url).status_code == 200


def test_the_client_of_the_control_plane_says_what_to_trust(server: Server) -> None:
    """Instead of claiming that nothing answers."""
    with pytest.raises(SandboxError, match=r"is not trusted .* SSL_CERT_FILE must name the CA file"):
        SandboxClient(server.https_url()).health()


def test_silent_connections_are_closed_and_bounded(certificates: Certificates) -> None:
    """Those that send nothing, and those beyond twice the limit."""
    settings = Settings(request_seconds=1, connection_limit=2)
    with Server(tls=Tls(certificates), settings=settings) as server:
        address = ("127.0.0.1", port_of(server.https_url()))
        connections = [socket.create_connection(address, PATIENCE) for _ in range(5)]
        try:
            assert [connection.recv(1) for connection in reversed(connections)] == [b""] * 5
        finally:
            for connection in connections:
                connection.close()
        with connect(server.https_url(), certificates) as connection:
            connection.sendall(b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b'"status":"ok"' in read_all(connection)


def test_a_stop_answers_what_was_sent(certificates: Certificates) -> None:
    """A delayed reply still comes; idle, silent and half-open connections delay the stop by seconds only."""
    with Server(tls=Tls(certificates)) as server:
        url = server.https_url()
        with SandboxClient(url, ca_file=certificates.ca_file).namespace("stop") as namespace:
            namespace.fault(then={"delay_ms": 700})
            idle, waiting = connect(url, certificates), connect(url, certificates)
            silent = socket.create_connection(("127.0.0.1", port_of(url)), PATIENCE)
            half = socket.create_connection(("127.0.0.1", port_of(url)), PATIENCE)
            half.sendall(b"\x16\x03\x01")
            request = f"GET /ns/stop/invoicexpress{DOCUMENT} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            waiting.sendall(request.encode())
            time.sleep(0.2)  # it is being answered
            server._server.should_exit = True  # noqa: SLF001 - the stop itself is under test
            begun = time.monotonic()
            reply = read_all(waiting)
            for connection in (idle, waiting, silent, half):
                connection.close()
            namespace.delete = lambda: None  # type: ignore[method-assign] # the sandbox is gone
    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert time.monotonic() - begun < 8
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(url)), PATIENCE)


def test_a_start_that_fails_leaves_no_socket_open(certificates: Certificates, tmp_path: Path) -> None:
    """Neither the plain nor the TLS ports."""
    with pytest.raises(StartupError):
        Live(tls=Tls(certificates), provider_ports=True, fixtures=tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = rf"cannot listen on 127\.0\.0\.1:{port} for TLS: .*; --tls-port 0 takes a free port"
        with pytest.raises(TlsError, match=said):
            Live(tls=Tls(certificates, port))


def test_without_tls_there_is_no_https_url() -> None:
    """And the ready content does not name one."""
    with Server() as server:
        assert "tls" not in server.ready()
        with pytest.raises(ValueError, match="no TLS ports"):
            server.https_url()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_names_both_and_removes_its_files(tmp_path: Path, number: signal.Signals) -> None:
    """The banner and the ready file; while a client keeps a connection; the log stays empty."""
    with serving(tmp_path, "--tls", "--provider-ports") as (process, ready):
        ca_file = Path(ready["tls"]["ca_file"])
        trust = ssl.create_default_context(cafile=ca_file)
        with httpx.Client(verify=trust, trust_env=False, timeout=PATIENCE) as client:
            assert client.get(f"{ready['tls']['url']}/_sandbox/health").json()["status"] == "ok"
            for provider in ready["providers"].values():
                assert client.get(f"{provider['https_url']}/no/such/path").headers["x-sandbox-request"]
            process.send_signal(number)
            banner, log = process.communicate(timeout=PATIENCE)
    assert (process.returncode, log) == (0, "")
    assert f"HTTPS         {ready['tls']['url']}\n" in banner
    assert f"CA file       {ca_file}\n" in banner
    assert not ca_file.parent.exists()
    assert json.dumps(ready).count("https://127.0.0.1:") == 1 + len(ready["providers"])
    assert len(set(re.findall(r"https?://127\.0\.0\.1:[0-9]+", json.dumps(ready)))) == 2 + 2 * len(ready["providers"])
