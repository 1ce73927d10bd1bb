"""How the control plane refuses: a problem document (RFC 9457), whose detail says why."""

from collections.abc import Mapping
from typing import Final

MEDIA_TYPE: Final = "application/problem+json"
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_VIOLATION: Final = rf'\{{"pointer":{_TEXT},"keyword":{_TEXT},"message":{_TEXT}\}}'
FORM: Final = (
    r'\{"type":"about:blank","title":"WORDS","status":STATUS,"detail":"(?:[^"\\]|\\.)+"'
    rf'(?:,"violations":\[{_VIOLATION}(?:,{_VIOLATION})*\])?\}}'
)
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "Malformed JSON"),
    "undeclared": (415, "Unsupported media type"),
    "too long": (413, "Body too large"),
    "invalid": (400, "Bad request"),
    "unauthenticated": (401, "Control token missing or wrong"),
    "not found": (404, "Not found"),
    "method": (405, "Method not allowed"),
}
