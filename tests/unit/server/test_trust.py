"""The variables that make clients trust a CA beside those that they trust already."""

from pathlib import Path

import pytest

from paysandbox.server.trust import trust_variables

OWN = "-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n"
MINE = "-----BEGIN CERTIFICATE-----\nmine\n-----END CERTIFICATE-----\n"
REPLACING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """The CA file of a sandbox."""
    path = tmp_path / "ca.pem"
    path.write_text(OWN)
    return path


def test_variables_that_replace_keep_the_systems_cas(ca_file: Path) -> None:
    """Node's adds, so it gets the CA alone."""
    found = trust_variables(ca_file, {})
    assert found.keys() == {"PAYSANDBOX_CA_FILE", *REPLACING, "NODE_EXTRA_CA_CERTS"}
    files = {name: Path(path) for name, path in found.items()}
    for name in REPLACING:
        assert files[name].read_text().endswith(OWN)
        assert files[name].read_text().count("BEGIN CERTIFICATE") > 1
        assert files[name].stat().st_mode & 0o777 == 0o600
    assert files["PAYSANDBOX_CA_FILE"] == ca_file
    assert files["NODE_EXTRA_CA_CERTS"].read_text() == OWN


@pytest.mark.parametrize(
    ("read", "instead"), [("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ("CURL_CA_BUNDLE", "SSL_CERT_FILE")]
)
def test_what_a_client_reads_instead_stays(ca_file: Path, tmp_path: Path, read: str, instead: str) -> None:
    """Requests reads curl's variable where its own is not set, and curl OpenSSL's."""
    (tmp_path / "mine.pem").write_text(MINE)
    found = trust_variables(ca_file, {instead: str(tmp_path / "mine.pem")})
    assert Path(found[read]).read_text() == f"{MINE}\n{OWN}"


@pytest.mark.parametrize("name", [*REPLACING, "NODE_EXTRA_CA_CERTS"])
@pytest.mark.parametrize("folder", [False, True])
def test_what_was_trusted_stays(ca_file: Path, tmp_path: Path, name: str, *, folder: bool) -> None:
    """From a file, or from a folder of files."""
    given = tmp_path / "given"
    given.mkdir()
    (given / "mine.pem").write_text(MINE)
    (given / "README").write_text("not a certificate")
    found = trust_variables(ca_file, {name: str(given if folder else given / "mine.pem")})
    bundle = Path(found[name]).read_text()
    assert MINE in bundle
    assert OWN in bundle
    assert "not a certificate" not in bundle


def test_a_file_that_is_not_there_changes_nothing(ca_file: Path, tmp_path: Path) -> None:
    """A client would have failed on it."""
    found = trust_variables(ca_file, {"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    assert Path(found["SSL_CERT_FILE"]).read_text() == OWN
