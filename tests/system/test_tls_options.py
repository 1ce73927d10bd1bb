"""The options of HTTPS: certificates of one's own, what is wrong with them, what `exec` and the plugin hand on."""

import json
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

import paysandbox.server.certificates
from paysandbox.cli.main import main
from paysandbox.server.certificates import Tls, open_certificates
from paysandbox.server.live import Server
from tests.helpers.pytest_projects import PYTEST, run, written
from tests.system.test_server import serving

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CALL = """
import os, ssl, urllib.request
url, key = os.environ["INVOICEXPRESS_URL"], os.environ["INVOICEXPRESS_API_KEY"]
assert url.startswith("https://"), url
print(urllib.request.urlopen(f"{url}/document/1/related_documents.json?api_key={key}").status)
assert ssl.create_default_context().cert_store_stats()["x509"] > 1, "the system's CAs are gone"
"""


def command(*arguments: str) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(main, list(arguments), prog_name="paysandbox")


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    return certificate, key


def test_given_files_are_served(given: tuple[Path, Path], tmp_path: Path) -> None:
    """With no CA file, because who issued the certificate is not in it."""
    certificate, key = given
    with serving(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key)) as (_, ready):
        assert ready["tls"]["ca_file"] is None
        port = int(ready["tls"]["url"].rpartition(":")[2])
        assert ssl.get_server_certificate(("127.0.0.1", port)).strip() == certificate.read_text().strip()


def test_key_and_certificate_may_be_in_one_file(given: tuple[Path, Path]) -> None:
    """As many tools write them."""
    certificate, key = given
    certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
    with open_certificates(certificate) as found, Server(tls=Tls(found)) as server:
        assert server.https_url().startswith("https://")


def test_a_root_in_the_chain_is_the_ca_file(tmp_path: Path) -> None:
    """Clients are then made to trust it, and the key is not copied."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    certificate = tmp_path / "all.pem"
    certificate.write_bytes(issued.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
    with open_certificates(certificate) as found:
        assert found.ca_file is not None
        assert found.ca_file.read_bytes() == authority.cert_pem.bytes()


def spoil_missing(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """No such file."""
    certificate.unlink()
    return key, f"--tls-cert {certificate} cannot be read: No such file or directory"


def spoil_missing_key(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """No such key file."""
    key.unlink()
    assert certificate.exists()
    return key, f"--tls-key {key} cannot be read: No such file or directory"


def spoil_der(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """DER in place of PEM."""
    certificate.write_bytes(ssl.PEM_cert_to_DER_cert(certificate.read_text()))
    return key, f"--tls-cert {certificate} is not a PEM certificate; it begins with -----BEGIN CERTIFICATE-----"


def spoil_key(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """Not a key."""
    key.write_bytes(certificate.read_bytes())
    return key, f"--tls-key {key} is not a PEM private key"


def spoil_no_key(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """The key is not named."""
    assert key.exists()
    return None, f"--tls-cert {certificate} has no private key; --tls-key names the file that has it"


def spoil_encrypted(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """A passphrase, which nobody could type."""
    read = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(read.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    assert certificate.exists()
    return key, f"--tls-key {key} is encrypted; the private key must have no passphrase"


def spoil_other_key(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """The key of another certificate."""
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(key)
    return key, (f"--tls-key {key} does not fit: its private key is not that of the first certificate in {certificate}")


def spoil_expired(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """Over."""
    issued = trustme.CA().issue_cert("localhost", not_after=LONG_AGO)
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    assert key.exists()
    return None, f"--tls-cert {certificate} expired on 2020-01-01T00:00:00Z"


def spoil_early(certificate: Path, key: Path) -> tuple[Path | None, str]:
    """Not begun."""
    issued = trustme.CA().issue_cert(
        "localhost", not_before=LONG_AGO.replace(year=2150), not_after=LONG_AGO.replace(year=2160)
    )
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    assert key.exists()
    return None, f"--tls-cert {certificate} is not valid before 2150-01-01T00:00:00Z"


SPOIL = [
    spoil_missing,
    spoil_missing_key,
    spoil_der,
    spoil_key,
    spoil_no_key,
    spoil_encrypted,
    spoil_other_key,
    spoil_expired,
    spoil_early,
]


@pytest.mark.parametrize("name", ["serve", "exec"])
@pytest.mark.parametrize("spoil", SPOIL)
def test_wrong_files_are_refused_in_one_sentence(
    given: tuple[Path, Path], name: str, spoil: Callable[[Path, Path], tuple[Path | None, str]]
) -> None:
    """Exit code 2, before anything runs."""
    certificate, key = given
    named, sentence = spoil(certificate, key)
    options = ["--tls-cert", str(certificate), *(["--tls-key", str(named)] if named else [])]
    done = command(name, "--port", "0", *options, *(["--", "false"] if name == "exec" else []))
    assert (done.exit_code, done.output) == (2, f"{sentence}\n")


def test_a_key_alone_is_refused(given: tuple[Path, Path]) -> None:
    """It cannot be told what it is for."""
    done = command("exec", "--tls-key", str(given[1]), "--", "true")
    assert (done.exit_code, done.output) == (2, "--tls-key needs --tls-cert, the certificate that the key is for\n")


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(paysandbox.server.certificates, "find_spec", lambda _: None)
    done = command("exec", "--tls", "--", "true")
    sentence = "--tls needs the package trustme, which is not installed: pip install 'paysandbox[tls]'\n"
    assert (done.exit_code, done.output) == (2, sentence)


def test_a_tls_port_in_use_is_refused() -> None:
    """With the option that finds a free one."""
    with Server() as server:
        port = server.url().rpartition(":")[2]
        done = command("exec", "--tls-port", port, "--", "true")
    assert done.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port} for TLS" in done.output


def run_child(tmp_path: Path, code: str, *options: str, **environment: str) -> str:
    """Run Python under `exec --tls`; what it printed."""
    ran = run(
        tmp_path,
        "-m",
        "paysandbox",
        "exec",
        "--tls",
        *options,
        "--",
        sys.executable,
        "-c",
        code,
        environment=environment,
    )
    assert ran.code == 0, ran.output
    return ran.output


def test_the_child_is_given_https_and_trust(tmp_path: Path) -> None:
    """A plain urllib call works, and the system's CAs are still trusted."""
    assert run_child(tmp_path, CALL).startswith("200\n")


def test_the_childs_variables(tmp_path: Path) -> None:
    """The control plane's URL stays plain; what the variables named before is kept in their files."""
    mine = trustme.CA().cert_pem.bytes().decode()
    (tmp_path / "mine.pem").write_text(mine)
    code = (
        "import os, json; print(json.dumps(dict(os.environ))); "
        "print(json.dumps({n: open(os.environ[n]).read() for n in "
        "('SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'PAYSANDBOX_CA_FILE')}))"
    )
    given = dict.fromkeys(["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"], str(tmp_path / "mine.pem"))
    output = run_child(tmp_path, code, **given, NODE_EXTRA_CA_CERTS="")
    variables, files = map(json.loads, output.splitlines()[:2])
    assert variables["PAYSANDBOX_URL"].startswith("http://")
    assert variables["PAYSANDBOX_HTTPS_URL"].startswith("https://")
    for name in ("CRM_COM_URL", "INVISIBLE_COLLECTOR_URL", "INVOICEXPRESS_URL", "INVOILESS_URL"):
        assert variables[name].startswith(variables["PAYSANDBOX_HTTPS_URL"])
    own = files["PAYSANDBOX_CA_FILE"]
    assert own.count("BEGIN CERTIFICATE") == 1
    assert files["NODE_EXTRA_CA_CERTS"] == own
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert mine in files[name]
        assert own in files[name]
    assert not Path(variables["PAYSANDBOX_CA_FILE"]).parent.exists()


PROJECT = {
    "test_https.py": """
import httpx, os, requests

def test_both_clients_trust_it(paysandbox):
    url, credentials = paysandbox.url("invoicexpress"), paysandbox.credentials("invoicexpress")
    assert url.startswith("https://127.0.0.1:")
    for client in (httpx, requests):
        assert client.get(f"{url}/document/1/related_documents.json", params=credentials).status_code == 200
    assert paysandbox.environment["INVOICEXPRESS_URL"] == url
    assert len(paysandbox.requests()) == 2
"""
}


@pytest.mark.parametrize(
    ("options", "ini", "environment"),
    [
        (["--paysandbox-tls"], "", {}),
        ([], "paysandbox_tls = true\n", {}),
        ([], "", {"PAYSANDBOX_TLS": "1"}),
        (["-n", "2", "--paysandbox-tls"], "", {}),
    ],
)
def test_the_plugin_serves_https(tmp_path: Path, options: list[str], ini: str, environment: dict[str, str]) -> None:
    """By option, configuration file or environment, and in each worker."""
    written(tmp_path, {**PROJECT, "pytest.ini": f"[pytest]\n{ini}"})
    ran = run(tmp_path, *PYTEST, *options, environment=environment)
    assert ran.outcomes == {"passed": 1}, ran.output


@pytest.mark.parametrize(("ini", "environment"), [("", {}), ("paysandbox_tls = true\n", {"PAYSANDBOX_TLS": "0"})])
def test_the_plugin_serves_http_otherwise(tmp_path: Path, ini: str, environment: dict[str, str]) -> None:
    """The environment goes before the configuration file."""
    test = "def test_http(paysandbox):\n    assert paysandbox.url('invoiless').startswith('http://')\n"
    written(tmp_path, {"test_http.py": test, "pytest.ini": f"[pytest]\n{ini}"})
    assert run(tmp_path, *PYTEST, environment=environment).outcomes == {"passed": 1}
