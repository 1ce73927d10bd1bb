"""Refusals of Invoiless: the form of the body, and for each kind of problem its status and message."""

from collections.abc import Mapping
from typing import Final

FORM: Final = r'\{"message":"WORDS"\}'
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "The request was unacceptable, often due to missing a required parameter."),
    "invalid": (400, "The request was unacceptable, often due to missing a required parameter."),
    "unauthenticated": (403, "The API key doesn't have permissions to perform the request."),
    "not found": (404, "The requested resource doesn't exist."),
    "method": (405, "The resource does not take this method."),
}
