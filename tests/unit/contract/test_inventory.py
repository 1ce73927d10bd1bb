"""Who vouches for what: every unit of a contract counted once under the nearest mark."""

from collections.abc import Callable

from paysandbox.contract.document import Contract
from paysandbox.contract.inventory import count_units, find_units

Read = Callable[..., Contract]


def test_units_have_the_nearest_mark(contract: Read) -> None:
    """Inherited from the operation, the response, the body or the member around them."""
    assert dict(find_units(contract().document)) == {
        "getOrder": "documented",
        "getOrder path id": "documented",
        "getOrder query limit": "observed",
        "getOrder query full": "documented",
        "getOrder header scope-id": "documented",
        "getOrder 200": "documented",
        "getOrder 200 id": "documented",
        "getOrder 200 note": "assumed",
        "getOrder 404": "documented",
        "payOrder": "documented",
        "payOrder rule only-once": "assumed",
        "payOrder path id": "documented",
        "payOrder request amount": "documented",
        "payOrder request currency": "assumed",
        "payOrder request password": "documented",
        "payOrder 201": "observed",
        "payOrder 201 id": "observed",
        "payOrder 201 note": "assumed",
        "payOrder 409": "documented",
    }


def test_the_counts_are_those_of_the_units(contract: Read) -> None:
    assert count_units(contract().document) == {"documented": 12, "observed": 3, "assumed": 4}


def test_a_mark_beside_a_reference_is_the_nearest(contract: Read) -> None:
    """It speaks of this use of the schema."""
    marked = contract(
        (
            'schema: {$ref: "#/components/schemas/Payment"}',
            'schema: {$ref: "#/components/schemas/Payment", x-provenance: observed}',
        )
    )
    found = dict(find_units(marked.document))
    assert found["payOrder request amount"] == "observed"
    assert found["payOrder request currency"] == "assumed"


def test_a_schema_that_contains_itself_is_counted_once(contract: Read) -> None:
    nested = contract(
        (
            "        note: {",
            '        parts: {type: array, items: {$ref: "#/components/schemas/Order"}}\n        note: {',
        )
    )
    found = [name for name, _ in find_units(nested.document)]
    assert found.count("getOrder 200 parts") == 1
    assert "getOrder 200 parts parts" not in found


def test_a_property_has_the_grade_of_its_use(contract: Read) -> None:
    """The schema that it refers to says something of its values, not that this API has the property."""
    referring = contract(
        ("        note: {type: string, x-provenance: assumed}", "        note: {$ref: '#/components/schemas/Note'}"),
        ("    Payment:\n", "    Note: {type: string, x-provenance: assumed}\n    Payment:\n"),
    )
    found = dict(find_units(referring.document))
    assert (found["getOrder 200 note"], found["payOrder 201 note"]) == ("documented", "observed")


def test_the_provenance_of_a_contract_is_counted_once(contract: Read) -> None:
    """Because pages of the console show it."""
    found = contract()
    assert found.provenance == count_units(found.document)
    assert found.provenance is found.provenance
