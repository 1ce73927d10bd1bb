"""Refusals of InvoiceXpress: a status for each kind of problem, and an empty body."""

from collections.abc import Mapping
from typing import Final

FORM: Final = ""
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (422, ""),
    "invalid": (422, ""),
    "unauthenticated": (401, ""),
    "not found": (404, ""),
    "method": (405, ""),
}
