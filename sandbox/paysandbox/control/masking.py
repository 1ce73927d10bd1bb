"""Credentials covered up wherever they stand in a call: header, query, body, and every echo of them.

A `Masks` knows a provider's places for credentials, a `Cover` the credentials of one call. What stands behind a
credential to choose a namespace (`***~checkout-7`) is no secret and stays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from paysandbox.contract.credentials import decode_basic
from paysandbox.control.assignments import Assignments
from paysandbox.control.credential_echoes import Echoes
from paysandbox.control.form_fields import Field, find_fields, replace_values
from paysandbox.core.credential_names import is_credential, normalize_name
from paysandbox.core.exact_json import read_json
from paysandbox.core.messages import Request
from paysandbox.core.problems import Malformed
from paysandbox.kit.namespace_suffix import split_suffix
from paysandbox.kit.provider import Service

MASK: Final = Echoes.MASK

_KIND: Final = re.compile(r"(?:bearer|basic|digest|token)\s+(?=\S)", re.IGNORECASE)
_ANYWHERE: Final = 8  # what is shorter is no word to be looked for by itself
_MOST: Final = 50  # echoes of more credentials than these are not looked for: a body may be full of them
_WORDS: Final = re.compile(r"[\s,;=]+")
_NAMES: Final = 1000


class Content(NamedTuple):
    """A body: the JSON value if it `is_json`, else the text, or None where there is none."""

    value: Any
    is_json: bool


class Credential(NamedTuple):
    """What a call carries where a credential stands; `place` names it, `the header api-key`."""

    place: str
    value: str


def read_content(content: bytes | None) -> Content:
    """A body as it can be shown, whatever Content-Type it was sent with."""
    if not content:
        return Content(None, is_json=False)
    try:
        return Content(read_json(content), is_json=True)
    except Malformed:
        return Content(content.decode("utf-8", "replace"), is_json=False)


class Masks:
    """Where credentials stand in calls to one provider: by its contract, and where they usually do."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names: dict[str, bool] = {}  # a large body has few names, each some thousand times

    @cached_property
    def _properties(self) -> frozenset[str]:
        """The names, in small letters and digits alone, that the contract gives to `format: password`."""
        credential = self._service.provider.body_credential
        return frozenset(
            normalize_name(name)
            for name in (*self._service.contract.password_names, *([credential] if credential else []))
        )

    @cached_property
    def _suffixed(self) -> frozenset[str]:
        """The names of credentials that may choose a namespace."""
        schemes = (scheme.name for scheme in self._service.contract.schemes)
        return frozenset(normalize_name(name) for name in (*schemes, *self._service.provider.namespace_credentials))

    @cached_property
    def _schemes(self) -> frozenset[str]:
        return frozenset(normalize_name(scheme.name) for scheme in self._service.contract.schemes)

    @cached_property
    def _assignments(self) -> Assignments:
        return Assignments(name for name in sorted(self._properties) if not is_credential(name))

    def is_parameter(self, name: str) -> bool:
        """Whether a header or query parameter of this name carries a credential."""
        return normalize_name(name) in {"key", *self._schemes} or self.is_property(name)

    def is_property(self, name: str) -> bool:
        """Whether a member of this name, of an object in a body, carries a credential."""
        known = self._names.get(name)
        if known is None:
            plain = normalize_name(name)
            known = plain in self._properties or is_credential(plain)
            if len(self._names) < _NAMES:
                self._names[name] = known
        return known

    def strip_suffix(self, name: str, value: str) -> str:
        """A credential without what chooses a namespace."""
        return split_suffix(value)[0] if normalize_name(name) in self._suffixed else value

    def mask_value(self, name: str, value: str) -> str:
        """What is shown of a credential: the word before it, and what chooses a namespace."""
        if not value:
            return value
        kind = _KIND.match(value) if normalize_name(name).endswith("authorization") else None
        mark = split_suffix(value)[1] if normalize_name(name) in self._suffixed else ""
        return f"{kind[0] if kind else ''}{MASK}{mark}"

    def mask_text(self, text: str, *, one_line: bool = False) -> str:
        """A text that is no JSON, credentials beside their names masked; in one line only those behind a `=`."""
        if not one_line:
            text = replace_values(text, self._mask_field)
        return self._assignments.replace(text, self.mask_value, one_line=one_line)

    def _mask_field(self, field: Field) -> str:
        return self.mask_value(field.name, field.value) if self.is_property(field.name) else field.value

    def find_credentials(self, request: Request, content: Content) -> Iterator[Credential]:
        """The credentials that a request carries, without what chooses a namespace."""
        for raw_name, raw in request.headers:
            header = raw_name.decode("latin-1").lower()
            if self.is_parameter(header):
                value = raw.decode("latin-1").strip()
                bare = _KIND.sub("", value, count=1)
                yield Credential(f"the header {header}", self.strip_suffix(header, bare))
                if value[:6].lower() == "basic " and (decoded := decode_basic(bare.strip())):
                    yield Credential(f"the header {header}", self.strip_suffix(header, decoded))
        for name, value in parse_qsl(request.query, keep_blank_values=True):
            if self.is_parameter(name):
                yield Credential(f"the query parameter {name}", self.strip_suffix(name, value.strip()))
        yield from self.find_body_credentials(content)

    def find_body_credentials(self, content: Content) -> Iterator[Credential]:
        if content.is_json:
            yield from self._find_in_value(content.value)
        elif content.value is not None:
            for field in find_fields(content.value):
                if self.is_property(field.name):
                    yield Credential(f"the form field {field.name}", self.strip_suffix(field.name, field.value.strip()))
            for found in self._assignments.find(content.value):
                value = self.strip_suffix(found["name"], found["value"].strip())
                yield from (Credential(f"the property {found['name']}", one) for one in {value, unquote_plus(value)})

    def _find_in_value(self, value: Any) -> Iterator[Credential]:
        if isinstance(value, list):
            for item in value:
                yield from self._find_in_value(item)
        elif isinstance(value, dict):
            for name, item in value.items():
                if not self.is_property(name):
                    yield from self._find_in_value(item)
                else:
                    yield from (
                        Credential(f"the property {name}", self.strip_suffix(name, one)) for one in _list_leaves(item)
                    )


class Cover:
    """Covers up the credentials of one call in all that is shown of it, and those of other calls that are `known`."""

    def __init__(
        self, masks: Masks, request: Request, sent: Content, answered: Content, known: Iterable[str] = ()
    ) -> None:
        self.credentials: Sequence[Credential] = tuple(masks.find_credentials(request, sent))
        self._masks = masks
        self.values = tuple(
            dict.fromkeys(one.value for one in (*self.credentials, *masks.find_body_credentials(answered)))
        )
        # A header may hold several words (`Digest …`, cookies); each can be told by itself, as can a password of Basic.
        parts = [part for value in self.values for part in (value, value.partition(":")[2])]
        words = dict.fromkeys(word for part in parts for word in _WORDS.split(part) if len(word) >= _ANYWHERE)
        sought = [*islice(self.values, _MOST), *islice(words, _MOST), *known]
        self._echoes = Echoes(sought)

    def cover_text(self, text: str) -> str:
        """Prose about the call."""
        return self._echoes.cover(text)

    def cover_url(self, path: str, query: str) -> str:
        """The address as sent, percent-encoded."""
        plain = unquote(path)
        covered = self.cover_text(plain)
        shown = path if covered == plain else quote(covered, safe="/:@!$&'()+,;=*~")
        return f"{shown}?{'&'.join(map(self._cover_pair, query.split('&')))}" if query else shown

    def cover_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Headers by name, in lower case; what came several times is joined by a comma."""
        found: dict[str, str] = {}
        for raw_name, raw in headers:
            name = raw_name.decode("latin-1").lower()
            shown = self.cover_header(name, raw.decode("latin-1"))
            found[name] = f"{found[name]}, {shown}" if name in found else shown
        return found

    def cover_header(self, name: str, value: str) -> str:
        """The value of one header."""
        return (
            self._masks.mask_value(name, value.strip()) if self._masks.is_parameter(name) else self._cover_line(value)
        )

    def cover_body(self, content: Content) -> Any:
        """The JSON value, or the text."""
        if content.is_json:
            return self.cover_value(content.value)
        return None if content.value is None else self.cover_text(self._masks.mask_text(content.value))

    def _cover_line(self, text: str, echoes: Echoes | None = None) -> str:
        return (echoes or self._echoes).cover(self._masks.mask_text(text, one_line=True))

    def cover_value(self, value: Any) -> Any:
        """A JSON value."""
        # Looking for every echo in every text would take seconds where a body has many of both.
        return self._cover_value(value, self._echoes.select("\n".join(self._list_texts(value))))

    def _cover_value(self, value: Any, echoes: Echoes) -> Any:
        if isinstance(value, str):
            return self._cover_line(value, echoes)
        if isinstance(value, list):
            return [self._cover_value(item, echoes) for item in value]
        if isinstance(value, dict):
            return {
                echoes.cover(name): self._cover_property(name, item)
                if self._masks.is_property(name)
                else self._cover_value(item, echoes)
                for name, item in value.items()
            }
        return value

    def _list_texts(self, value: Any) -> Iterator[str]:
        """The texts in a value that are not masked by their names, and all names."""
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from self._list_texts(item)
        elif isinstance(value, dict):
            yield from value
            for name, item in value.items():
                if not self._masks.is_property(name):
                    yield from self._list_texts(item)

    def _cover_property(self, name: str, value: Any) -> Any:
        """A member that is a credential. That it is null, or true, is none."""
        if value is None or isinstance(value, bool):
            return value
        return self._masks.mask_value(name, value) if isinstance(value, str) else MASK

    def _cover_pair(self, pair: str) -> str:
        """A query parameter as sent."""
        name, sign, value = pair.partition("=")
        if sign and self._masks.is_parameter(unquote_plus(name)):
            return f"{name}={self._masks.mask_value(unquote_plus(name), unquote_plus(value).strip())}"
        plain = unquote_plus(pair)
        covered = self._cover_line(plain)
        return pair if covered == plain else quote(covered, safe="=;*~/:")


def _list_leaves(value: Any) -> Iterator[str]:
    """The texts and numbers in a value, as text."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _list_leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
