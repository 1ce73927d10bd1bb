"""Every bound of every contract: a value that violates it is refused with the provenance of that bound."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pytest

from paysandbox.contract.document import METHODS
from paysandbox.contract.evidence import BOUNDS
from paysandbox.contract.sources import HOUSE_DECISION
from paysandbox.contract.validators import Schemas
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime

PROVIDERS: Final = [provider.name for provider in find_providers()]
# Bounds of requests that a source says. A new one is added here when its source has been read.
STATED: Final = {
    "crm_com": {"DateTime pattern", "DateTime maxLength"},
    "invisible_collector": {
        "date pattern",
        "Day pattern",
        "Country pattern",
        "propertyNames minLength",
        "additionalProperties minLength",
    },
    "invoicexpress": {
        "amount minimum",
        "message minLength",
        "GivenDate pattern",
        "GivenDate maxLength",
        "retention minimum",
        "retention maximum",
        "rate pattern",
        "items minItems",
        "discount minimum",
        "discount multipleOf",
        "send_options minimum",
        "send_options maximum",
    },
    "invoiless": {
        "Amount exclusiveMinimum",
        "Amount multipleOf",
        "Notes maxLength",
        "NameOfParty maxLength",
        "company minLength",
        "firstName minLength",
        "lastName minLength",
        "phone maxLength",
        "address maxLength",
        "legal maxLength",
        "slug maxLength",
        "header maxLength",
        "extraFields maxItems",
        "taxes maxItems",
        "items minItems",
        "items maxLength",
        "number maxLength",
        "terms maxLength",
        "notes maxLength",
        "tags maxItems",
        "Copies maxItems",
    },
}


class Bound(NamedTuple):
    """A bound of a body: the place of its schema, the keyword, and whether an `x-provenance` around it is assumed."""

    place: tuple[str | int, ...]
    keyword: str
    inherits_assumed: bool


def find_bounds(document: dict[str, Any]) -> Iterator[Bound]:  # noqa: C901 - one walk, as the dialect defines schemas
    """The bounds of all bodies of requests, each schema once for each provenance that it inherits."""
    schemas = Schemas(document)
    seen: set[tuple[Any, ...]] = set()

    def walk(written_at: tuple[str | int, ...], provenance: str) -> Iterator[Bound]:
        beside, place = schemas.at(written_at[:-1])[written_at[-1]], schemas.resolve(written_at)
        node = schemas.at(place)
        if not isinstance(node, dict):
            return
        for said in (node, beside):
            provenance = said.get("x-provenance", provenance)
        if (place, provenance) in seen:
            return
        seen.add((place, provenance))
        yield from (Bound(place, keyword, provenance == "assumed") for keyword in BOUNDS if keyword in node)
        for name in node.get("properties", {}):
            yield from walk((*place, "properties", name), provenance)
        for keyword in ("items", "additionalProperties", "propertyNames", "then"):
            if keyword in node:
                yield from walk((*place, keyword), provenance)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index in range(len(node.get(keyword, []))):
                yield from walk((*place, keyword, index), provenance)

    for path, item in document["paths"].items():
        for method in METHODS:
            if "requestBody" in item.get(method, {}):
                body = ("paths", path, method, "requestBody")
                for media_type in schemas.at(body)["content"]:
                    yield from walk((*body, "content", media_type, "schema"), item[method]["x-provenance"])


def violating(keyword: str, bound: Any) -> Any:
    """A value that violates a bound and nothing that is examined before it."""
    match keyword:
        case "minLength":
            return "x" * (bound - 1)
        case "maxLength":
            return "x" * (bound + 1)
        case "pattern":
            return "~"
        case "minimum" | "exclusiveMinimum":
            return bound - 1
        case "maximum" | "exclusiveMaximum":
            return bound + 1
        case "multipleOf":
            return bound / 2 if not isinstance(bound, int) else bound * 3 // 2
        case "minItems" | "maxItems":
            return [None] * (bound + (1 if keyword == "maxItems" else -1))
        case _:
            return {f"name {number}": None for number in range(bound + (1 if keyword == "maxProperties" else -1))}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_bound_is_refused_with_its_own_provenance(base_runtime: Runtime, name: str) -> None:
    """Assumed where `x-assumed` names it or the schema is assumed as a whole; else as its source says."""
    document = base_runtime.services[name].base_contract.document
    schemas = Schemas(document)
    found, stated = list(find_bounds(document)), set[str]()
    for bound in found:
        node = schemas.at(bound.place)
        # Alone, because of several violations of one value only the first is reported.
        others = {keyword for keyword in (*BOUNDS, "enum", "format", "then") if keyword != bound.keyword}
        alone = {keyword: value for keyword, value in node.items() if keyword not in others}
        validator = Schemas({**document, "schema": alone}).validator("schema")
        violations = validator.violations(violating(bound.keyword, node[bound.keyword]))
        reported = [one for one in violations if one.keyword == bound.keyword]
        assert reported, bound
        called_assumed = bound.keyword in node.get("x-assumed", ())
        if called_assumed:
            assert all(one.provenance == "assumed" for one in reported), bound
            assert all(str(one.source).startswith("house decision") for one in reported), bound
        elif not bound.inherits_assumed:
            assert all(one.provenance != "assumed" for one in reported), bound
            stated.add(f"{bound.place[-1]} {bound.keyword}")
    assert len(found) > 10
    assert stated == STATED[name]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_bound_is_what_a_double_makes_of_it(base_runtime: Runtime, name: str) -> None:
    """Many clients have no other numbers: the largest value that they know to be allowed must not be refused."""
    document = base_runtime.services[name].base_contract.document
    schemas = Schemas(document)
    for bound in find_bounds(document):
        value = schemas.at(bound.place)[bound.keyword]
        if isinstance(value, int | Decimal):
            assert Decimal(repr(float(value))) == value, bound


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_contract_cites_its_sources(base_runtime: Runtime, name: str) -> None:
    """Pages of the vendor have an address where one is known, and a house decision never has."""
    contract = base_runtime.services[name].base_contract
    assert contract.document["externalDocs"]["url"].startswith("https://")
    sources = {source.key: source for source in contract.sources}
    assert sources[HOUSE_DECISION].url is None
    assert [source.url for source in sources.values() if source.kind == "vendor-page" and source.url is not None]
    assert contract.operations[0].source is not None
