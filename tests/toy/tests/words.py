"""How Piggybank refuses: it squeals why."""

from collections.abc import Mapping
from typing import Final

FORM: Final = r'\{"oink":"WORDS"\}'
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, r'(?:[^"\\]|\\.)+'),
    "invalid": (400, r'(?:[^"\\]|\\.)+'),
    "unauthenticated": (401, r'(?:[^"\\]|\\.)+'),
    "not found": (404, r'(?:[^"\\]|\\.)+'),
    "method": (405, r'(?:[^"\\]|\\.)+'),
}
