"""How CRM.COM refuses: the form of the body, and for each kind of refusal the status and the words in it."""

from collections.abc import Mapping
from typing import Final

FORM: Final = r'\{"status":\{"code":"WORDS","description":"[^"]+","message":"[^\n]+"\}\}'
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (200, "INVALID_REQUEST"),
    "invalid": (200, "INVALID_REQUEST"),
    "unauthenticated": (200, "INVALID_TOKEN"),
    "not found": (404, "NOT_FOUND"),
    "method": (405, "INVALID_REQUEST"),
}
