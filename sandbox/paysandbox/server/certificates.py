"""Certificates for HTTPS: made for one run by a CA of its own, or read from files."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from paysandbox.core.clock import system_time
from paysandbox.core.files import write_private

_VALID: Final = timedelta(days=365)  # some clients refuse certificates that are valid for more than 825 days
_SLACK: Final = timedelta(days=1)  # for clients whose clock is slow
_CHAIN: Final = b"-----BEGIN CERTIFICATE-----"


class TlsError(Exception):
    """HTTPS cannot be served; the message says why and what to do."""


class Certificates(NamedTuple):
    """What HTTPS is served with.

    `create_context` takes the host names of the certificate. `ca_file` is what a client must trust, as a PEM file; None
    if the client knows who issued a given certificate. It lies in a folder that is removed with the certificates.
    """

    create_context: Callable[[Iterable[str]], ssl.SSLContext]
    ca_file: Path | None


class Tls(NamedTuple):
    """Serve HTTPS beside HTTP, with these certificates at this port; 0 takes a free one."""

    certificates: Certificates
    port: int = 0


@contextmanager
def open_certificates(certificate: Path | None = None, key: Path | None = None) -> Iterator[Certificates]:
    """Context manager: certificates from PEM files, or from a new CA; `key` is by default in the certificate's file.

    The private key of the new CA stays in memory.

    Raises:
        TlsError: a package or a file is missing, or a file cannot be used.
    """
    if find_spec("trustme") is None:
        raise TlsError("--tls needs the package trustme, which is not installed: pip install 'paysandbox[tls]'")
    with TemporaryDirectory(prefix="paysandbox-tls-") as folder:
        ca_file = Path(folder) / "ca.pem"
        yield _make(ca_file) if certificate is None else _read(certificate, key, ca_file)


def _make(ca_file: Path) -> Certificates:
    import trustme  # noqa: PLC0415 - only comes with the extra

    authority = trustme.CA(organization_name="Paysandbox", organization_unit_name="one run of a sandbox")
    write_private(ca_file, authority.cert_pem.bytes())

    def create_context(hosts: Iterable[str]) -> ssl.SSLContext:
        now = system_time()
        issued = authority.issue_cert(
            *hosts, organization_name="Paysandbox", not_before=now - _SLACK, not_after=now + _VALID
        )
        # OpenSSL reads a key from a file only. This is the key of the certificate, and is removed at once.
        with issued.private_key_and_cert_chain_pem.tempfile(dir=str(ca_file.parent)) as path:
            return _create_context(Path(path), None)

    return Certificates(create_context, ca_file)


def _read(certificate: Path, key: Path | None, ca_file: Path) -> Certificates:
    """Certificates from files; one that signed itself is its own CA."""
    from cryptography import x509  # noqa: PLC0415 - only comes with the extra

    content = _read_file("--tls-cert", certificate)
    try:
        chain = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise TlsError(f"--tls-cert {certificate} is not a PEM certificate; it begins with {_CHAIN.decode()}") from None
    now = system_time()
    if chain[0].not_valid_after_utc < now:
        raise TlsError(f"--tls-cert {certificate} expired on {chain[0].not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}")
    if chain[0].not_valid_before_utc > now:
        raise TlsError(
            f"--tls-cert {certificate} is not valid before {chain[0].not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
        )
    _check_key(chain[0].public_key(), certificate, key)
    try:
        context = _create_context(certificate, key)
    except ssl.SSLError as error:
        raise TlsError(f"--tls-cert {certificate} cannot be used: {error.reason or error}") from None
    if chain[-1].issuer != chain[-1].subject:
        return Certificates(lambda _: context, None)
    write_private(ca_file, content[content.rindex(_CHAIN) :])
    return Certificates(lambda _: context, ca_file)


def _check_key(public_key: object, certificate: Path, key: Path | None) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only comes with the extra
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as above

    where = f"--tls-cert {certificate}" if key is None else f"--tls-key {key}"
    content = _read_file("--tls-key", key or certificate)
    try:
        private_key = load_pem_private_key(content, None)
    except TypeError:
        raise TlsError(f"{where} is encrypted; the private key must have no passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        missing = (
            "has no private key; --tls-key names the file that has it" if key is None else "is not a PEM private key"
        )
        raise TlsError(f"{where} {missing}") from None
    if private_key.public_key() != public_key:
        raise TlsError(f"{where} does not fit: its private key is not that of the first certificate in {certificate}")


def _read_file(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsError(f"{option} {path} cannot be read: {error.strerror}") from None


def _create_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context
