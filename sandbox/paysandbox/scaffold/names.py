"""Names: those of an OpenAPI document in the forms that code, contracts and fixtures have."""

import builtins
import keyword
import re
from collections.abc import Collection
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")


def split_words(text: str) -> list[str]:
    """Return the words of a name in lower case: `paymentID`, `payment-id` and `Payment Id` have the same two."""
    return [word.lower() for word in _WORDS.findall(text)]


def make_snake(text: str, fallback: str = "value") -> str:
    """Return a name as a Python identifier in snake case; one that is taken by Python gets an underscore."""
    name = "_".join(split_words(text)) or fallback
    name = f"{fallback}_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def make_pascal(text: str) -> str:
    """Return a name in the form of a class."""
    return "".join(word.capitalize() for word in split_words(text)) or "Thing"


def make_camel(text: str) -> str:
    """Return a name in the form of an operationId."""
    pascal = make_pascal(text)
    name = pascal[0].lower() + pascal[1:]
    return name if name[0].isalpha() else f"call{pascal}"


def make_singular(plural: str) -> str:
    """Return the singular of an English word in snake case, as far as its end tells it."""
    for end, instead in (("ies", "y"), ("sses", "ss"), ("ses", "se"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if plural.endswith(end):
            return plural.removesuffix(end) + instead
    return plural[:-1] if plural.endswith("s") and not plural.endswith(("ss", "us")) else plural


def is_taken(name: str) -> bool:
    """Whether a name is Python's own, so that a function of it would hide something."""
    return keyword.iskeyword(name) or hasattr(builtins, name)


def make_unique(name: str, taken: Collection[str], separator: str = "") -> str:
    """Return the name, with a number behind it if it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{separator}{number}"
    return found
