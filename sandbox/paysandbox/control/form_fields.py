"""The fields of a multipart form (RFC 7578) in a body that is shown as text."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

# Lines are bounded, so that a search in a text of any form comes to an end.
_FIELD: Final = re.compile(
    r"""(?P<head>^[ \t]*content-disposition:[^\r\n]{0,1000}?"""
    r"""\bname\s{0,5}=\s{0,5}"?(?P<name>[^"\r\n;]{1,200})[^\r\n]{0,1000}\r?\n"""
    r"""(?:[^\r\n]{1,1000}\r?\n){0,10}\r?\n)(?P<value>.*?)(?=\r?\n--|\Z)""",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_SIGN: Final = re.compile("form-data", re.IGNORECASE)


class Field(NamedTuple):
    """A field with its value as sent."""

    name: str
    value: str


def find_fields(text: str) -> Iterator[Field]:
    """Yield the fields; none if the text is no such form."""
    if _SIGN.search(text):
        yield from (Field(found["name"].strip(), found["value"]) for found in _FIELD.finditer(text))


def replace_values(text: str, replace: Callable[[Field], str]) -> str:
    """Return the text with other values in its fields."""
    if not _SIGN.search(text):
        return text
    return _FIELD.sub(lambda found: found["head"] + replace(Field(found["name"].strip(), found["value"])), text)
