"""The sentences for which a contract cites a vendor's page, and the units that rest on them."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

from msgspec import Struct

from paysandbox.contract.document import METHODS
from paysandbox.contract.provenance import GRADES, UNSTATED, Provenance
from paysandbox.contract.sources import Evidence, Source
from paysandbox.contract.validators import Schemas

VENDOR_PAGE: Final = "vendor-page"
_END: Final = re.compile(r"(?<=[.!?])\s+(?=\S)")
_QUOTED: Final = re.compile(r'"([^"]{8,})"')
_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " "})
_HASH: Final = 12
_NESTED: Final = ("items", "allOf", "anyOf", "oneOf")


class Sentence(Struct, frozen=True):
    """A sentence that a contract takes from a page. `hash` is of its words, whatever the spaces and quotation marks."""

    provider: str
    source: Source
    text: str
    hash: str
    units: tuple[str, ...]


class _Cited(NamedTuple):
    unit: str
    says: str | None
    evidence: Evidence | None
    provenance: str


def list_sentences(provider: str, document: dict[str, Any]) -> list[Sentence]:
    """The documented sentences of a contract, by source in the order of its table, each once."""
    schemas = Schemas(document)
    found: dict[tuple[str, str], tuple[Source, str, dict[str, None]]] = {}
    for cited in _walk(document, schemas):
        pages = [one for one in (cited.evidence.citations if cited.evidence else ()) if one.source.kind == VENDOR_PAGE]
        if cited.provenance != GRADES[0]:
            continue
        for page in pages:
            texts = split_sentences(cited.says or "") if len(pages) == 1 else []
            for text in (*texts, *_QUOTED.findall(page.place)):
                key = page.source.key, hash_text(text)
                found.setdefault(key, (page.source, text, {}))[2][cited.unit] = None
    order = {source.key: number for number, source in enumerate(schemas.sources)}
    return sorted(
        (Sentence(provider, source, text, key[1], tuple(units)) for key, (source, text, units) in found.items()),
        key=lambda one: order[one.source.key],
    )


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, in one line each."""
    return [part for part in _END.split(" ".join(text.split())) if part]


def normalize(text: str) -> str:
    """A text by its words alone: small letters, plain quotation marks, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).lower().split())


def hash_text(text: str) -> str:
    return sha256(normalize(text).encode()).hexdigest()[:_HASH]


def _walk(document: dict[str, Any], schemas: Schemas) -> Iterator[_Cited]:
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                yield from _walk_operation(item, item[method], schemas)


def _walk_operation(item: dict[str, Any], operation: dict[str, Any], schemas: Schemas) -> Iterator[_Cited]:
    name, around = operation["operationId"], UNSTATED.within(operation, schemas.sources)
    yield _Cited(name, operation.get("description", operation["summary"]), around.source, around.provenance)
    for rule in operation.get("x-rules", []):
        evidence = schemas.sources.find_evidence(rule["source"])
        yield _Cited(f"{name} rule {rule['id']}", rule["says"], evidence, rule["provenance"])
    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
        written = schemas.follow(parameter)
        inner = around.within(written, schemas.sources)
        says = written.get("description")
        yield _Cited(f"{name} {written['in']} {written['name']}", says, inner.source, inner.provenance)
    bodies = [("request", operation["requestBody"])] if "requestBody" in operation else []
    for label, body in [*bodies, *operation["responses"].items()]:
        written = schemas.follow(body)
        inner = around.within(written, schemas.sources)
        yield _Cited(f"{name} {label}", written.get("description"), inner.source, inner.provenance)
        for content in written.get("content", {}).values():
            yield from _walk_schema(f"{name} {label}", content["schema"], inner, schemas, frozenset())


def _walk_schema(
    name: str, written: Any, around: Provenance, schemas: Schemas, within: frozenset[int]
) -> Iterator[_Cited]:
    schema = schemas.follow(written)
    if not isinstance(schema, dict) or id(schema) in within:
        return
    inner = around.along((schema, written), schemas.sources)
    within |= {id(schema)}
    for member, below in schema.get("properties", {}).items():
        stated = inner.along((schemas.follow(below), below), schemas.sources)
        says = below.get("description") if isinstance(below, dict) else None
        yield _Cited(f"{name} {member}", says, stated.source, stated.provenance)
        yield from _walk_schema(f"{name} {member}", below, inner, schemas, within)
    for keyword in _NESTED:
        parts = schema.get(keyword, [])
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _walk_schema(name, part, inner, schemas, within)
