"""`paysandbox record`: calls go to the vendor and back as they are, and are judged, masked and recorded."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest

from paysandbox.client.http import ControlClient
from paysandbox.evidence.drift import run_drift
from paysandbox.kit.runtime import Runtime
from paysandbox.recorder.vendor import find_vendor_error
from paysandbox.server.certificates import Tls, open_certificates
from paysandbox.server.live import Server
from tests.system.record.recording import Recording, recording

KEY: Final = "ix-test-key"
ROOT: Final = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def vendor() -> Iterator[Server]:
    with Server(provider_names=["invoicexpress", "invoiless"]) as running:
        yield running


def call(url: str, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.request(method, f"{url}{path}", json=body, **options)


def pay(url: str) -> None:
    """A client, an invoice, its payment, and refusals of the contract and of the state, at InvoiceXpress."""

    def ask(method: str, path: str, body: Any = None) -> httpx.Response:
        return call(url, method, f"{path}?api_key={KEY}", body)

    ask("POST", "/clients.json", {"client": {"name": "Ann", "code": "A-77"}})
    ask("GET", "/taxes.json")
    draft = {
        "date": "01/11/2026",
        "due_date": "02/11/2026",
        "client": {"name": "Ann", "code": "A-77"},
        "items": [{"name": "Book", "unit_price": "10.5", "quantity": "2"}],
    }
    number = ask("POST", "/invoices.json", {"invoice": draft}).json()["invoice"]["id"]
    ask("PUT", f"/invoices/{number}/change-state.json", {"invoice": {"state": "finalized"}})
    for amount in (5.5, "abc", 50000):
        ask("POST", f"/documents/{number}/partial_payments.json", {"partial_payment": {"amount": amount}})


def make_namespace(vendor: Server, name: str, variants: dict[str, str]) -> str:
    ControlClient(vendor.url()).call("POST", "/namespaces", {"name": name, "variants": {"invoicexpress": variants}})
    return f"{vendor.url()}/ns/{name}/invoicexpress"


def test_drift_names_the_variants_of_the_recorded_sandbox_and_no_others(
    vendor: Server, base_runtime: Runtime, tmp_path: Path
) -> None:
    chosen = {"success_status": "201", "error_bodies": "json", "tax_value_type": "number"}
    url = make_namespace(vendor, "others", chosen)
    with recording("invoicexpress", url, tmp_path / "out.har") as run:
        pay(run.url)
    drift = run_drift([run.path], base_runtime, "invoicexpress")
    assert drift.exchanges == {"invoicexpress": 7}
    assert {*drift.variants} == {f"invoicexpress: {name}={choice}" for name, choice in chosen.items()}
    told = "\n".join(run.lines)
    for name, choice in chosen.items():
        assert f"so it is with the variant {name}={choice}" in told


def test_the_client_gets_what_the_vendor_has_answered(vendor: Server, tmp_path: Path) -> None:
    """Status, headers and body, of successes and of refusals; the file and the console have them too."""
    with recording("invoiless", vendor.url("invoiless"), tmp_path / "out.har") as run:
        headers = {"api-key": "invoiless-test-key"}
        for method, path, body in (("GET", "/v1/invoices", None), ("POST", "/v1/invoices", {"items": []})):
            direct = call(vendor.url("invoiless"), method, path, body, headers=headers)
            passed = call(run.url, method, path, body, headers=headers)
            assert (passed.status_code, passed.content) == (direct.status_code, direct.content)
            assert passed.headers["content-type"] == direct.headers["content-type"]
            assert len(passed.headers.get_list("date")) == 1
        first, second = run.read(2)
        assert first["response"]["status"] == 200
        assert first["_paysandbox"] == {"provider": "invoiless", "operation": "listInvoices", "refused": False}
        assert second["_paysandbox"]["refused"] is True
        assert [violation["pointer"] for violation in second["_paysandbox"]["violations"]] == ["", "/items"]
        journal = ControlClient(run.url).call("GET", "/namespaces/default/requests")["requests"]
        assert [(entry["operation"], entry["status"]) for entry in journal] == [
            ("listInvoices", 200),
            ("createInvoice", 400),
        ]
        assert httpx.get(f"{run.url}/_sandbox/", trust_env=False).status_code == 200
    assert "invoiless-test-key" not in run.path.read_text() + "\n".join(run.lines) + json.dumps(journal, default=str)


class Oddities(BaseHTTPRequestHandler):
    """A vendor whose replies are not as expected."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply, whose head and body are two writes, waits 40 ms

    def do_GET(self) -> None:
        match self.path.split("?")[0]:
            case "/html":
                self.reply(200, b"<h1>Maintenance</h1>", ("content-type", "text/html"))
            case "/busy":
                self.reply(429, b"", ("retry-after", "7"))
            case "/compressed":
                self.reply(
                    200, gzip.compress(b'{"a": 1}'), ("content-type", "application/json"), ("content-encoding", "gzip")
                )
            case "/elsewhere":
                self.reply(302, b"", ("location", "http://elsewhere.invalid/"))
            case "/echo":
                token = self.headers["api-key"]
                self.reply(200, json.dumps({"note": f"hello {token}", "seen": dict(self.headers)}).encode())
            case "/cut":
                self.send_response(200)
                self.send_header("content-length", "1000")
                self.end_headers()
                self.wfile.write(b"only this")
                self.close_connection = True
            case "/silent":
                time.sleep(3)
                self.close_connection = True
            case _:
                self.close_connection = True

    def reply(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("content-length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def oddities() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Oddities) as server:
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Recording]:
    with oddities() as url, recording("invoiless", url, tmp_path / "odd.har", seconds=1) as run:
        yield run


def test_html_429_and_redirects_go_through(odd: Recording) -> None:
    assert call(odd.url, "GET", "/html").text == "<h1>Maintenance</h1>"
    busy = call(odd.url, "GET", "/busy")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")
    assert call(odd.url, "GET", "/elsewhere").headers["location"] == "http://elsewhere.invalid/"
    assert [entry["response"]["status"] for entry in odd.read(3)] == [200, 429, 302]
    assert "no operation of the contract" in odd.lines[0]


def test_a_compressed_reply_is_passed_on_as_it_is_and_recorded_decoded(odd: Recording) -> None:
    passed = call(odd.url, "GET", "/compressed", headers={"accept-encoding": "br, gzip"})
    assert (passed.json(), passed.headers["content-encoding"]) == ({"a": 1}, "gzip")
    assert odd.read(1)[0]["response"]["content"]["text"] == '{"a": 1}'


def test_the_vendor_gets_the_headers_of_the_message_and_not_of_the_connection(odd: Recording) -> None:
    headers = {
        "api-key": "secret-key-1",
        "connection": "x-mine, close",
        "x-mine": "1",
        "x-own": "2",
        "accept-encoding": "br",
    }
    seen = {
        name.lower(): value for name, value in call(odd.url, "GET", "/echo", headers=headers).json()["seen"].items()
    }
    assert seen["x-own"] == "2"
    assert seen["host"] == odd.recorder._url.removeprefix("http://")  # noqa: SLF001 - the vendor's
    assert "x-mine" not in seen
    assert seen["accept-encoding"] == "identity"


def test_a_credential_is_masked_where_the_vendor_tells_it_again(odd: Recording) -> None:
    """Of 500, in headers, queries and replies, none is in the file, in the lines or in the console."""
    secrets = [f"sk-{number:04d}-abcdefgh" for number in range(500)]
    with httpx.Client(trust_env=False) as client:
        for secret in secrets:
            reply = client.get(f"{odd.url}/echo?api_key=q{secret}", headers={"api-key": secret})
            assert secret in reply.text  # the client loses nothing
    assert len(odd.read(len(secrets))) == len(secrets)
    journal = json.dumps(ControlClient(odd.url).call("GET", "/namespaces/default/requests", limit=1000), default=str)
    told = odd.path.read_text() + "\n".join(odd.lines) + journal
    assert [secret for secret in secrets if secret in told] == []


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/gone", 502, "has broken the connection off"),
        ("/silent", 504, "has sent nothing for 1 seconds; it is not known whether"),
    ],
)
def test_a_vendor_without_a_reply_is_said_and_recorded(odd: Recording, path: str, status: int, reason: str) -> None:
    passed = call(odd.url, "GET", path)
    assert passed.status_code == status
    assert reason in passed.json()["detail"]
    (entry,) = odd.read(1)
    assert entry["response"]["status"] == 0
    assert reason in entry["_paysandbox"]["explanation"]
    assert odd.recorder.counts["lost"] == 1


def test_a_reply_that_is_cut_is_cut_for_the_client_too(odd: Recording) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        call(odd.url, "GET", "/cut")
    (entry,) = odd.read(1)
    assert entry["response"]["status"] == 200
    assert entry["response"]["bodySize"] == -1
    assert "has broken the connection off" in entry["_paysandbox"]["explanation"]


def test_a_vendor_that_is_not_there_is_said(tmp_path: Path) -> None:
    with oddities() as url:
        pass
    with recording("invoiless", url, tmp_path / "out.har") as run:
        passed = call(run.url, "POST", "/v1/invoices", {})
        assert passed.status_code == 502
        assert passed.json()["detail"].endswith("nothing was sent")


def test_the_certificate_of_the_vendor_is_verified(tmp_path: Path) -> None:
    """One of an unknown CA is refused before anything is sent; with --ca it fits."""
    with (
        open_certificates(None, None) as certificates,
        Server(tls=Tls(certificates), provider_names=["invoiless"]) as vendor,
    ):
        url = vendor.https_url("invoiless")
        with recording("invoiless", url, tmp_path / "unknown.har") as run:
            passed = call(run.url, "GET", "/v1/invoices")
            assert passed.status_code == 502
            assert "the certificate of" in passed.json()["detail"]
            assert "does not fit" in passed.json()["detail"]
        assert not vendor.runtime.namespaces.get("default").requests
        with recording("invoiless", url, tmp_path / "known.har", ca_file=certificates.ca_file) as run:
            assert call(run.url, "GET", "/v1/invoices", headers={"api-key": "invoiless-test-key"}).status_code == 200


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.vendor.example", "only this machine may have http"),
        ("ftp://x", "name the vendor's URL"),
        ("https://", "name the vendor's URL"),
        ("https://user:secret@vendor.example", "has credentials before its host"),
        ("https://vendor.example/?a=1", "has a query"),
        ("https://vendor.example:99999", "not a URL"),
        ("https://vendor.example/a b", "must be percent-encoded"),
    ],
)
def test_a_url_that_cannot_be_the_vendors_is_refused(url: str, reason: str) -> None:
    assert reason in str(find_vendor_error(url))


@pytest.mark.parametrize(
    "url", ["https://api.vendor.example/base", "http://127.0.0.1:4080/invoiless", "http://localhost:1"]
)
def test_a_url_of_a_vendor_is_taken(url: str) -> None:
    assert find_vendor_error(url) is None


@pytest.mark.slow
def test_the_command_records_until_it_is_stopped(vendor: Server, tmp_path: Path) -> None:
    ready, output = tmp_path / "ready.json", tmp_path / "out.har"
    command = [sys.executable, "-m", "paysandbox", "record", "--provider", "invoiless", "--port", "0"]
    command += ["--to", vendor.url("invoiless"), "--output", str(output), "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:  # noqa: S603 - our own command
        while not ready.exists():
            assert process.poll() is None
            time.sleep(0.05)
        url = json.loads(ready.read_text())["providers"]["invoiless"]["url"]
        assert call(url, "GET", "/v1/invoices", headers={"api-key": "invoiless-test-key"}).status_code == 200
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"Recorded in {output}:\n     1 calls\n" in said
    assert said.endswith(f"Next: paysandbox drift --provider invoiless {output}\n")
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert again.returncode == 2
    assert "is there already; name another --output" in again.stderr
    assert len(json.loads(output.read_bytes())["log"]["entries"]) == 1
