"""Sources of a contract and the citations of them."""

import pytest

from paysandbox.contract.sources import Sources, split_citations

DOCUMENT = {
    "x-sources": {
        "vendor-page": {
            "title": "the vendor's page",
            "kind": "vendor-page",
            "url": "https://shop.example/docs",
            "retrieved": "2026-11-22",
        },
        "house-decision": {"title": "house decision", "kind": "house-decision", "retrieved": "2026-11-22"},
    }
}


@pytest.mark.parametrize(
    ("written", "citations"),
    [
        ("vendor-page", [("vendor-page", "")]),
        ("vendor-page: Request Body, amount", [("vendor-page", "Request Body, amount")]),
        ("iso-4217; vendor-page: currency", [("iso-4217", ""), ("vendor-page", "currency")]),
        ('page: "a; b: c", and more; other', [("page", '"a; b: c", and more'), ("other", "")]),
        ("page: PUT /x: done;quickly", [("page", "PUT /x: done;quickly")]),
    ],
    ids=["key", "place", "two", "quotation", "punctuation"],
)
def test_citations_are_split(written: str, citations: list[tuple[str, str]]) -> None:
    """A semicolon in quotation marks belongs to the place."""
    assert split_citations(written) == citations


@pytest.mark.parametrize("written", ["The page", "page:", "page: a; the rest", "page:a", "-page", "page; "])
def test_other_text_is_not_a_citation(written: str) -> None:
    with pytest.raises(ValueError, match="does not match 'key' or 'key: place'"):
        split_citations(written)


def test_evidence_has_title_place_and_url() -> None:
    """As text it has the title and the place."""
    sources = Sources(DOCUMENT)
    evidence = sources.find_evidence("vendor-page: Request Body, amount; house-decision: two decimals")
    assert str(evidence) == "the vendor's page: Request Body, amount; house decision: two decimals"
    assert evidence is not None
    assert [one.source.url for one in evidence.citations] == ["https://shop.example/docs", None]
    assert [one.key for one in sources] == ["vendor-page", "house-decision"]


def test_no_source_is_no_evidence() -> None:
    """A contract without a table of sources cites nothing."""
    assert Sources({}).find_evidence(None) is None
    assert list(Sources({})) == []
