"""Environment variables that make HTTP clients of any language trust a sandbox's CA beside those that they trust."""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from paysandbox.core.files import write_private

_EXTRA: Final = "NODE_EXTRA_CA_CERTS"
# Each replaces what a client trusts: OpenSSL (Python, Ruby, PHP, Go on Linux), requests, and curl, with the variables
# that this client reads, the first that is set.
_REPLACING: Final = {
    "SSL_CERT_FILE": ("SSL_CERT_FILE",),
    "REQUESTS_CA_BUNDLE": ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    "CURL_CA_BUNDLE": ("CURL_CA_BUNDLE", "SSL_CERT_FILE"),
}
# Where systems keep their CAs, for a Python whose OpenSSL does not know it.
_SYSTEM_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def trust_variables(ca_file: Path | None, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for a sandbox whose CA is in `ca_file`; files with further CAs are written beside it. None: no CA.

    What a variable named before, or else the system's CAs, is in its new file too, so that a client keeps its trust.
    """
    if ca_file is None:
        return {}
    own = ca_file.read_bytes()
    given = {name: next(filter(None, map(environment.get, names)), None) for name, names in _REPLACING.items()}
    found = {"PAYSANDBOX_CA_FILE": str(ca_file)}
    for name, path in {**given, _EXTRA: environment.get(_EXTRA)}.items():
        known = _read_given(Path(path)) if path else () if name == _EXTRA else _read_system()
        bundle = ca_file.with_name(f"{name.lower()}.pem")
        write_private(bundle, b"\n".join([*known, own]))
        found[name] = str(bundle)
    return found


def _read_given(given: Path) -> Iterator[bytes]:
    """Read a PEM file, or those of a folder; what cannot be read is passed over, as its client would fail anyway."""
    for path in sorted(given.iterdir()) if given.is_dir() else [given]:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if b"-----BEGIN " in content:
            yield content


def _read_system() -> Iterator[bytes]:
    paths = ssl.get_default_verify_paths()
    for path in filter(None, (paths.cafile, *_SYSTEM_BUNDLES)):
        if Path(path).is_file():
            yield Path(path).read_bytes()
            return
    # Systems without such a file, Windows for example.
    for certificate in ssl.create_default_context().get_ca_certs(binary_form=True):
        yield ssl.DER_cert_to_PEM_cert(certificate).encode()
