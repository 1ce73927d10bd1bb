"""How Invisible Collector refuses: the form of the body, and for each kind of refusal its status and words."""

from collections.abc import Mapping
from typing import Final

KINDS: Final = (
    "(?:payment|debt|credit note|debit note|company|customer|attributes|group) JSON object|contacts JSON array"
    "|search for (?:debts|customers)|set of query parameters"
)
FORM: Final = r'\{"code":STATUS,"message":"WORDS"\}'
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "Invalid JSON"),
    "invalid": (422, rf"The request is syntactically correct but not a valid ({KINDS})"),
    "unauthenticated": (401, "Invalid credentials were supplied"),
    "not found": (404, '[^"]+'),
    "method": (405, "Method Not Allowed"),
}
