"""Credentials covered up wherever they stand in a call: header, query, body, and every echo of them.

A `Masks` knows a provider's places for credentials, a `Cover` the credentials of one call. What stands behind a
credential to choose a namespace (`***~checkout-7`) is no secret and stays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from paysandbox.contract.credentials import decode_basic
from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.core.credential_names import IN_TEXT, is_credential, normalize_name
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.messages import Request
from paysandbox.core.problems import Malformed
from paysandbox.kit.namespace_suffix import split_suffix
from paysandbox.kit.provider import Service

MASK: Final = "***"

_SIGN: Final = r"""(?P<sign>\\?["']?\s{0,20}(?:=>|[:=>])\s{0,20}(?:\\?["'])?(?:(?:bearer|basic)\s{1,20})?)"""
_VALUE: Final = (  # in quotation marks that are escaped, double or single, or in none
    r"""(?P<value>(?<=\\["'])(?:(?!\\["']).)*|(?<=")(?:\\.|[^"\\])*|(?<=')(?:\\.|[^'\\])*|[^\s"'&<,;{}\[\]][^"'&<,;{}\[\]\r\n]*)"""
)
_KIND: Final = re.compile(r"(?:bearer|basic|digest|token)\s+(?=\S)", re.IGNORECASE)
_BOUND: Final = r"(?<![A-Za-z0-9])%s(?![A-Za-z0-9])"
_SHORTEST: Final = 4  # what is shorter stands in too many places that have nothing to do with it
_ANYWHERE: Final = 8  # what is shorter is an echo only as a word of its own
_BEGINNING: Final = 16  # so much of a credential is told by a message that cuts it short
_MOST: Final = 50  # echoes of more credentials than these are not looked for: a body may be full of them
_WORDS: Final = re.compile(r"[\s,;=]+")
_REFERENCES: Final = 8


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

    @cached_property
    def _properties(self) -> frozenset[str]:
        """The names, in small letters and digits alone, that the contract gives to `format: password`."""
        credential = self._service.provider.body_credential
        return frozenset(
            normalize_name(name)
            for name in (*_find_password_names(self._service.contract.document), *([credential] if credential else []))
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
    def _assigned(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """A credential beside its name: in text of any form, and in the middle of one line (`api_key=…`)."""
        names = "|".join([IN_TEXT, *(re.escape(name) for name in sorted(self._properties) if not is_credential(name))])
        return (
            re.compile(f"(?P<name>{names}){_SIGN}{_VALUE}", re.IGNORECASE | re.DOTALL),
            re.compile(rf"(?P<name>{names})(?P<sign>=)(?P<value>[^&\s\"']+)", re.IGNORECASE),
        )

    def is_parameter(self, name: str) -> bool:
        """Whether a header or query parameter of this name carries a credential."""
        return normalize_name(name) in {"key", *self._schemes} or self.is_property(name)

    def is_property(self, name: str) -> bool:
        """Whether a member of this name, of an object in a body, carries a credential."""
        plain = normalize_name(name)
        return plain in self._properties or is_credential(plain)

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

        def covered(found: re.Match[str]) -> str:
            return found["name"] + found["sign"] + self.mask_value(found["name"], found["value"])

        return self._assigned[one_line].sub(covered, text)

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
            for found in self._assigned[0].finditer(content.value):
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
        self._echoes = sorted({echo for value in sought for echo in list_spellings(value)}, key=len, reverse=True)
        self._beginnings = sorted({value[:_BEGINNING] for value in sought if len(value) > _BEGINNING})

    def cover_text(self, text: str) -> str:
        """Prose about the call."""
        for echo in self._echoes:
            if echo in text:
                pattern = re.escape(echo) if len(echo) >= _ANYWHERE else _BOUND % re.escape(echo)
                text = re.sub(pattern, MASK, text)
        for beginning in self._beginnings:
            if beginning in text:
                text = re.sub(re.escape(beginning) + r"[A-Za-z0-9_.~+/=%-]*", MASK, text)
        return text

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

    def _cover_line(self, text: str) -> str:
        return self.cover_text(self._masks.mask_text(text, one_line=True))

    def cover_value(self, value: Any) -> Any:
        """A JSON value."""
        if isinstance(value, str):
            return self._cover_line(value)
        if isinstance(value, list):
            return [self.cover_value(item) for item in value]
        if isinstance(value, dict):
            return {
                self.cover_text(name): self._cover_property(name, item)
                if self._masks.is_property(name)
                else self.cover_value(item)
                for name, item in value.items()
            }
        return value

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


def list_spellings(value: str) -> set[str]:
    """The ways in which a credential may be written where it is told again."""
    if len(value) < _SHORTEST:
        return set()
    quoted = {quote(value, safe=""), quote_plus(value)}
    small = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), one) for one in quoted}
    in_json = write_json(value).decode()[1:-1]
    return {value, *quoted, *small, in_json, repr(value)[1:-1], value.encode("ascii", "backslashreplace").decode()}


def _find_password_names(document: dict[str, Any]) -> Iterator[str]:
    """The names of all members and parameters of `format: password`."""
    schemas = Schemas(document)
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            members = node.get("properties")
            if isinstance(members, dict):
                yield from (name for name, schema in members.items() if _is_password(schema, schemas))
            if "in" in node and _is_password(node.get("schema"), schemas):
                yield node["name"]


def _is_password(schema: Any, schemas: Schemas, references: int = _REFERENCES) -> bool:
    """Whether a schema, what it refers to, or one of its branches is of `format: password`."""
    if not isinstance(schema, dict) or not references:
        return False
    if schema.get("format") == "password":
        return True
    reference = schema.get("$ref")
    branches = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word) or ()]
    if isinstance(reference, str):
        branches.append(schemas.at(split_reference(reference)))
    return any(_is_password(one, schemas, references - 1) for one in branches)
