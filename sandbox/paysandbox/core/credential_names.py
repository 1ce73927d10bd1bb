"""Names that credentials have: what is masked in logs and journals, and where clients send credentials by mistake."""

import re
from typing import Final

HEADERS: Final = (
    "authorization",
    *("api-key", "api_key", "apikey", "x-api-key", "x-api-token"),
    *("token", "x-token", "x-auth-token", "x-access-token"),
)
QUERY_PARAMETERS: Final = ("api_key", "api-key", "apikey", "apiKey", "API_KEY", "key", "token", "access_token")

# A part of a name in running text, as a regular expression to be matched without regard to case.
IN_TEXT: Final = r"passw(?:or)?d|passphrase|token|secret|(?:api|secret|private)[_-]?key|authorization|credentials?"

# `pwd`, `cookie` and `bearer` are credentials as the name of a header or property, but common words in text.
_NORMALIZED: Final = re.compile(
    r"passw(?:or)?d|(?:pwd|passphrase|token|secret|(?:api|secret|private)key|authorization|cookie|credentials?|bearer)$"
)


def normalize_name(name: str) -> str:
    """Return a name as lower-case letters and digits alone: `X-Api-Key` and `xApiKey` are the same."""
    return re.sub("[^a-z0-9]", "", name.lower())


def is_credential(normalized: str) -> bool:
    """Whether a header, parameter or property of this normalized name usually carries a credential."""
    return _NORMALIZED.search(normalized) is not None
