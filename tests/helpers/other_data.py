"""Fixtures of servers with their own data: the packaged ones with other ids, numbers and names of the same forms."""

import re
from pathlib import Path
from typing import Final

from paysandbox.app import create_runtime
from paysandbox.check.records import Fields
from paysandbox.check.subject import Subject
from paysandbox.kit.files import find_data_folder
from paysandbox.kit.runtime import Runtime

_LETTERS: Final = str.maketrans("abcdefABCDEF", "bcdefaBCDEFA")
_HEXADECIMAL: Final = re.compile(r"\b(?:[0-9a-f]{24}|[0-9A-F]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
_PREFIXES: Final = {
    "FT ": "FX ",
    "RG ": "RX ",
    "transfer-": "bank-",
    "INV-20": "ACME-20",
    "I000": "J000",
    "W000": "V000",
}
_SHORTEST: Final = 5  # digits; shorter ids may be amounts


def create_other_runtime(provider: str, folder: Path) -> Runtime:
    """A runtime of one provider, none of whose documents has an id or a number of the packaged fixtures."""
    known = create_runtime(provider_names=[provider])
    keys = Fields(Subject(provider, known)).values
    numbers = {
        key for field in keys if "." not in field for key in keys[field] if key.isdigit() and len(key) >= _SHORTEST
    }
    text = (Path(find_data_folder("fixtures")) / provider / "default.yaml").read_text()
    kept = set(known.services[provider].credentials.values())
    text = _HEXADECIMAL.sub(lambda found: found[0] if found[0] in kept else found[0].translate(_LETTERS), text)
    text = re.sub(r"\b\d{5,}\b", lambda found: str(int(found[0]) + 4000000) if found[0] in numbers else found[0], text)
    for old, new in _PREFIXES.items():
        text = text.replace(old, new)
    file = folder / provider / "default.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return create_runtime(provider_names=[provider], fixtures=folder)
