"""Contract files, read once: what was read and found good is kept, and most starts find it there."""

import hashlib
from pathlib import Path
from typing import Any, Final

from paysandbox.contract.cache import value_of
from paysandbox.contract.document import Contract

DIALECT: Final = Path(__file__).with_name("dialect.yaml")
READER: Final = "contract 4"


def read_contract(path: Path, shown: str) -> Contract:
    """The contract in a file; `shown` is the name that errors call it by.

    Raises:
        Unusable: with every error, as `file:line: path: what is wrong`.
    """
    version = f"{READER} {hashlib.sha256(DIALECT.read_bytes()).hexdigest()}"
    return Contract(value_of(path, lambda text: _read(text, shown), version))


def _read(text: str, shown: str) -> Any:
    from paysandbox.contract.parser import read_document  # noqa: PLC0415 - most starts need no YAML and no jsonschema

    return read_document(text, shown)
