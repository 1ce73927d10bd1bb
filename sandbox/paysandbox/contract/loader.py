"""Loads contracts from files, or from their parsed values where the cache has them."""

import hashlib
from pathlib import Path
from typing import Any, Final

from paysandbox.contract.cache import KnownValue, entry_of, find_known, value_of
from paysandbox.contract.dialect import DIALECT
from paysandbox.contract.document import Contract

READER: Final = "contract 5"


def read_contract(path: Path, shown: str) -> Contract:
    """The contract in a file; `shown` is the path that errors show.

    Raises:
        StartupError: with every error, as `file:line: path: what is wrong`.
    """
    return Contract(value_of(path, lambda text: _read(text, shown), _version()))


def find_contract(path: Path) -> KnownValue | None:
    """Find the document of a contract file that was checked before; None if the file must be read."""
    return find_known(path, _version())


def parse_contract(path: Path) -> bytes:
    """What the wheel carries for a contract file, checked as at a start; see `cache.entry_of`."""
    return entry_of(path, lambda text: _read(text, str(path)), _version())


def _version() -> str:
    return f"{READER} {hashlib.sha256(DIALECT.read_bytes()).hexdigest()}"


def _read(text: str, shown: str) -> Any:
    from paysandbox.contract.parser import read_document  # noqa: PLC0415 - most starts need no YAML and no jsonschema

    return read_document(text, shown)
