"""Hints about near misses, driven by each provider's data: credentials, addresses, wrappers, names and values.

A hint is one sentence that says what to send instead. It never repeats a credential, and shortens what was sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.credential_names import HEADERS, QUERY_PARAMETERS
from paysandbox.core.messages import Attempt

_LONGEST: Final = 100
_BEARER: Final = re.compile(r"\s*bearer\s", re.IGNORECASE)

Spellings = Mapping[str, str]


class Placement(Struct, frozen=True):
    """Where a value is read from, and the other places where clients put it.

    Attributes:
        what: the value, in words: "key".
        right: where it is read from, in words: "in the query as `api_key`".
        headers: names of headers, in lower case, that clients use; by default those of keys and tokens.
        queries: names of query parameters that clients use; by default those of keys and tokens.
        body: a property of the body that clients use; empty if there is none.
    """

    what: str
    right: str
    headers: tuple[str, ...] = HEADERS
    queries: tuple[str, ...] = QUERY_PARAMETERS
    body: str = ""

    def check(self, attempt: Attempt) -> Iterator[str]:
        """Yield a hint if the value is in a wrong place; the caller knows that the right place lacks it."""
        given = {name for name, value in attempt.query if value}
        wrong = [f"in the header `{name}`" for name in self.headers if attempt.headers.get(name)]
        wrong += [f"in the query as `{name}`" for name in self.queries if name in given]
        if self.body and isinstance(attempt.body, dict) and attempt.body.get(self.body):
            wrong.append("in the body")
        if wrong:
            yield f"Send the {self.what} {self.right}, not {wrong[0]}."


class TextForm(Struct, frozen=True):
    """A form in which clients write a text property, and the form that the API takes.

    `wrong` matches the whole of a wrong value; `correct` puts the right form into words, from the match.
    """

    properties: tuple[str, ...]
    wrong: re.Pattern[str]
    correct: Callable[[re.Match[str]], str]


class Properties(Struct, frozen=True):
    """The properties of a JSON object that clients misspell.

    Attributes:
        names: spellings of the properties' names.
        values: for properties with an enum, the spellings of its values.
        texts: forms of text properties.
        owner: what has these properties, where it is not the body itself: " of an item".
    """

    names: Spellings
    values: Mapping[str, Spellings] = {}
    texts: tuple[TextForm, ...] = ()
    owner: str = ""

    def find_names(self, body: Mapping[str, Any]) -> list[str]:
        """Return the names in `body` that are, or nearly are, one of these properties."""
        return [name for name in body if name in self.names.values() or find_spelling(name, self.names)]

    def check(self, body: Mapping[str, Any]) -> Iterator[str]:
        """Yield a hint for each misspelt name, each misspelt enum value and each text in a wrong form."""
        for name in body:
            if right := find_spelling(name, self.names):
                yield f"Unknown property `{shorten(name)}`{self.owner}: send `{right}`."
        for name, spellings in self.values.items():
            if right := find_spelling(body.get(name), spellings):
                yield f"Send `{name}` as `{right}`, not {shorten(body[name])!r}."
        for form in self.texts:
            for name in form.properties:
                value = body.get(name)
                if isinstance(value, str) and (match := form.wrong.fullmatch(value)):
                    yield f"Send `{name}` as {form.correct(match)}, not {shorten(value)!r}."

    def check_wrapper(self, body: Mapping[str, Any], wrappers: tuple[str, ...]) -> Iterator[str]:
        """Yield hints about the object around these properties; `wrappers` is empty if the API wants none."""
        wrapper = next((name for name in wrappers if name in body), None)
        outside = self.find_names(body)
        if wrapper is not None:
            for name in outside:
                yield f"Move `{shorten(name)}` into `{wrapper}`."
            if isinstance(body[wrapper], dict) and wrapper in body[wrapper]:
                yield f"Wrap the body in `{wrapper}` once, not twice."
            if isinstance(body[wrapper], list):
                yield f"Send `{wrapper}` as one object, not a list; make one call for each."
        elif outside:
            if wrappers:
                yield f"Wrap the body in `{wrappers[0]}`."
        elif other := next((name for name, value in body.items() if isinstance(value, dict)), None):
            right = f"Wrap the body in `{wrappers[0]}`" if wrappers else "Send the properties at the top of the body"
            yield f"{right}, not in `{shorten(other)}`."


def make_spellings(right: Iterable[str], synonyms: Spellings | None = None) -> Spellings:
    """Return the right spelling by each simplified one; `synonyms` are other words for the same, in any spelling."""
    synonyms = synonyms or {}
    return {_simplify(word): word for word in right} | {_simplify(wrong): word for wrong, word in synonyms.items()}


def find_spelling(text: Any, spellings: Spellings) -> str | None:
    """Return what a text is meant to be; None if it is right, or near nothing."""
    if not isinstance(text, str) or text in spellings.values():
        return None
    return spellings.get(_simplify(text))


def check_address(attempt: Attempt, method: str, path: str, reason: str = "") -> Iterator[str]:
    """Yield a hint if the contract lacks the call's method and path, and they differ from those that are meant."""
    if attempt.operation is None and (attempt.method, attempt.path) != (method, path):
        sent = f"{shorten(attempt.method)} {shorten(attempt.path)}"
        yield f"Send {method} {shorten(path)}, not {sent}{reason and f', because {reason}'}."


def check_scheme(value: str, what: str) -> Iterator[str]:
    """Yield a hint if a credential that is sent alone begins with `Bearer`."""
    if _BEARER.match(value):
        yield f"Send {what} without `Bearer` in front."


def shorten(text: str) -> str:
    """Return a text of at most 100 characters, for a hint that repeats what was sent."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _simplify(text: str) -> str:
    """Drop what spellings differ in: case, spaces, dashes and underscores."""
    return re.sub(r"[-_\s]", "", text).lower()
