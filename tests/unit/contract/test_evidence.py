"""The dialect's rules about evidence: each mistake stops the start, with its line and path."""

from collections.abc import Callable

import pytest

from paysandbox.contract.document import Contract

Findings = Callable[..., list[str]]
Read = Callable[..., Contract]
ROW = 'x-sources:\n  client: {title: a client, kind: client, retrieved: "2026-11-22"}\n'
GET = "$.paths./orders/{id}.get"
AMOUNT = "$.components.schemas.Payment.properties.amount"


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ('"page: 1"', '"pgae: 1"', GET, "x-source: x-sources has no 'pgae'"),
        ('"page: 1"', "see the page", GET, "x-source: 'see the page' does not match 'key' or 'key: place'"),
        ("source: house-decision}", "source: houses}", ".post.x-rules[0]", "source: x-sources has no 'houses'"),
        ("kind: vendor-page", "kind: blog", "$.x-sources.page.kind", "'blog' is not one of"),
        ("url: https://shop", "url: http://shop", "$.x-sources.page.url", "does not match"),
        (', retrieved: "2026-11-22"}\n  house', "}\n  house", "$.x-sources.page", "'retrieved' is a required property"),
        (
            "provenance: assumed, source: house-decision",
            "provenance: documented, source: house-decision",
            ".post.x-rules[0]",
            "source: a house decision is the only source, provenance 'documented'",
        ),
        (
            '      x-source: "page: 3"',
            "      x-source: house-decision",
            "$.components.schemas.Payment",
            "x-source: a house decision is the only source, without x-provenance: assumed",
        ),
        ("x-assumed: [maximum]", "x-assumed: [maxLength]", f"{AMOUNT}.x-assumed", "there is no maxLength"),
        ("x-assumed: [maximum]", "x-assumed: [maximun]", f"{AMOUNT}.x-assumed[0]", "'maximun' is not one of"),
        (", x-assumed: [maximum]", "", AMOUNT, "maximum, exclusiveMinimum, multipleOf: cite an x-source beside it"),
        (
            "schema: {type: string, maxLength: 5, x-assumed: [maxLength]}",
            "schema: {type: string, maxLength: 5}",
            f"{GET}.parameters[2].schema",
            "maxLength: cite an x-source beside it",
        ),
        (
            "id: {type: string, description: Its number.}",
            "id: {type: string, description: Its number., x-assumed: [required, minLength]}",
            "$.components.schemas.Order.properties.id.x-assumed",
            "there is no minLength",
        ),
        (
            "note: {type: string, x-provenance: assumed}",
            "note: {type: string, x-assumed: [required]}",
            "$.components.schemas.Order.properties.note.x-assumed",
            "there is no required",
        ),
    ],
    ids=lambda value: value.strip()[:30] if isinstance(value, str) else "",
)
def test_a_mistake_has_its_path(findings: Findings, old: str, new: str, path: str, says: str) -> None:
    said = findings((old, new))
    assert [one for one in said if says in one and f"{path}: " in one], said


def test_a_source_that_nothing_cites_is_refused(findings: Findings) -> None:
    """It is a leftover, or its citation is misspelt."""
    (said,) = findings(("x-sources:\n", ROW))
    assert said == "6: $.x-sources.client: nothing cites the source 'client'"


def test_a_citation_in_a_variant_counts(contract: Read) -> None:
    """The contract as written does not have it, and the contract under the choice has nothing else."""
    choices = "{a: {says: A., provenance: observed, source: client}, b: {says: B., provenance: assumed, source: page}}"
    read = contract(
        (
            "x-sources:\n",
            f"x-variants:\n  way: {{says: How., choices: {choices}}}\n{ROW}",
        )
    )
    assert str(read.variants["way"].choices["a"].source) == "a client"


def test_a_bound_without_any_source_needs_none(contract: Read) -> None:
    """Where nothing around it is cited, a refusal cites nothing wrong."""
    read = contract(('\n      x-source: "page: 3"', ""), (", x-assumed: [maximum]", ""))
    assert read.operations[1].body is not None
