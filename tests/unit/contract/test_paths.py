"""A path leads to what its contract has there, by the tree of segments: literals first, variables whole."""

from typing import cast

import pytest
from msgspec import Struct

from paysandbox.contract.operation import Operation
from paysandbox.contract.paths import Paths, find_nearest


class Named(Struct, frozen=True):
    """What the tree wants of an operation."""

    id: str
    method: str


def tree(*templates: str) -> Paths:
    """Paths with a GET at each of these templates, of the template's own name."""
    return Paths((template, cast("Operation", Named(template, "GET"))) for template in templates)


def found(paths: Paths, path: str) -> tuple[str, dict[str, str]] | None:
    """The template that a path leads to, and its variables."""
    there = paths.find(path)
    return None if there is None else (there[0]["GET"].id, dict(there[1]))


@pytest.mark.parametrize(
    ("path", "variables"),
    [
        ("/orders/7.json", {"order-id": "7"}),
        ("/orders/7.json.json", {"order-id": "7.json"}),
        ("/orders/a%2Fb.json", {"order-id": "a%2Fb"}),
        ("/orders/\n.json", {"order-id": "\n"}),
        ("/orders/.json", None),
        ("/orders/7", None),
        ("/orders/7.jsonx", None),
        ("/orders/7.JSON", None),
    ],
)
def test_a_variable_may_stand_beside_text(path: str, variables: dict[str, str] | None) -> None:
    """It takes what is left of the segment, and never nothing."""
    template = "/orders/{order-id}.json"
    assert found(tree(template), path) == (None if variables is None else (template, variables))


def test_a_literal_that_leads_nowhere_is_taken_back() -> None:
    """Then the segment is the variable's, and nothing of the first attempt is left."""
    paths = tree("/a/{x}/c", "/a/b/d", "/{first}/{second}/e")
    assert found(paths, "/a/b/d") == ("/a/b/d", {})
    assert found(paths, "/a/b/c") == ("/a/{x}/c", {"x": "b"})
    assert found(paths, "/a/b/e") == ("/{first}/{second}/e", {"first": "a", "second": "b"})
    assert found(paths, "/a/b/f") is None


def test_the_order_in_the_document_does_not_matter() -> None:
    """The literal goes before the variable."""
    for paths in (tree("/orders/{id}", "/orders/latest"), tree("/orders/latest", "/orders/{id}")):
        assert found(paths, "/orders/latest") == ("/orders/latest", {})
        assert found(paths, "/orders/later") == ("/orders/{id}", {"id": "later"})


def test_a_path_that_goes_on_or_ends_early_leads_nowhere() -> None:
    """Neither does one with a slash too many."""
    paths = tree("/orders/{id}/pay")
    assert [found(paths, path) for path in ("/orders/7", "/orders/7/pay/", "/orders//pay", "/orders/7/8/pay")] == (
        [None] * 4
    )


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/api/debts/7/credits", "/debts/{id}/credits"),
        ("/credits", "/debts/{id}/credits"),
        ("/payments/find", "/debts/find"),
        ("/debts/7/debts", "/debts"),
        ("/debt/7", "/debts/{id}"),
        ("/debts/7/credit", "/debts/{id}/credits"),
        ("/debts/7/credits/", "/debts/{id}/credits"),
        ("/documents/7.xml", None),
        ("/customers", None),
        ("/", None),
        ("", None),
        ("//", None),
        ("/" + "x/" * 30_000, None),
    ],
)
def test_the_nearest_path_has_the_same_end_and_the_fewest_edits(path: str, nearest: str | None) -> None:
    """Nothing is near if a whole segment is another one and the end too."""
    known = ["/payments", "/debts", "/debts/find", "/debts/{id}", "/debts/{id}/debits", "/debts/{id}/credits"]
    assert find_nearest(path, [*known, "/documents/{id}.json"]) == nearest
