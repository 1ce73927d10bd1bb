"""Fixture files: read into records, and every mistake told with file, line and path."""

import re
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from paysandbox.contract.variants import Choice, Variant
from paysandbox.core.messages import Reply
from paysandbox.core.problems import Problem, StartupError
from paysandbox.kit.fixtures import Fixtures, read_fixtures
from paysandbox.kit.provider import Provider
from paysandbox.store.state import Record, State, table


class Line(Record, frozen=True, rename="camel"):
    """A part of an order."""

    item_name: str
    amount: Decimal


class Person(Record, frozen=True, rename="camel"):
    """Somebody."""

    id: str
    full_name: str = "Somebody"


class Order(Record, frozen=True, rename="camel"):
    """What somebody ordered; its total is checked as a whole."""

    id: str
    person: str | None
    total: Decimal
    paid: bool = False
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a total that is not the lines'."""
        if self.lines and sum(line.amount for line in self.lines) != self.total:
            raise ValueError(f"the lines of {self.id} do not add up to {self.total}")


class ShopState(State):
    """People and orders."""

    people = table(Person, key="id")
    orders = table(Order, key="id", refers={"person": "people"})


def refuse(_problem: Problem, _state: Any) -> Reply:
    raise AssertionError


SHOP = Provider(
    name="shop",
    operations=ModuleType("operations"),
    authenticate=lambda credential, _state: credential,
    refuse=refuse,
    state=ShopState,
)

_ANY = Choice("It is so.", "assumed", None, {})
VARIANTS = {
    "release": Variant("release", "Which one answers.", {"R2": _ANY, "R1": _ANY}),
    "mode": Variant("mode", "How it is judged.", {"strict": _ANY, "lax": _ANY}),
}

GOOD = """\
# Somebody's shop.
variants: {mode: lax}
credentials:
  api_key: shop-key
tables:
  people:
    - {id: p1, fullName: Ana}
    - {id: p2}
  orders:
    - id: "1"
      person: p1
      total: 10.50
      lines:
        - {itemName: tea, amount: 10.50}
    - {id: "2", person: null, total: 0, paid: true}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "default.yaml"
    path.parent.mkdir()
    return path


def read(file: Path, text: str) -> Fixtures:
    file.write_text(text)
    return read_fixtures(file, SHOP, "fixtures/shop/default.yaml", VARIANTS)


def findings(file: Path, text: str) -> list[str]:
    """Why a text is refused, the file's name left out."""
    with pytest.raises(StartupError) as refusal:
        read(file, text)
    said = refusal.value.errors
    assert all(one.startswith("fixtures/shop/default.yaml:") for one in said)
    return [one.removeprefix("fixtures/shop/default.yaml:") for one in said]


def test_records_credentials_and_variants_are_read(file: Path) -> None:
    """Exactly: amounts are decimals, defaults are filled in, the order is the file's."""
    fixtures = read(file, GOOD)
    assert fixtures.credentials == {"api_key": "shop-key"}
    assert fixtures.baseline.variants == {"release": "R2", "mode": "lax"}
    assert fixtures.baseline.fixture_rows["people"].records == {
        "p1": Person(id="p1", full_name="Ana"),
        "p2": Person(id="p2", full_name="Somebody"),
    }
    assert list(fixtures.baseline.fixture_rows["orders"].records.values()) == [
        Order(id="1", person="p1", total=Decimal("10.50"), lines=(Line(item_name="tea", amount=Decimal("10.50")),)),
        Order(id="2", person=None, total=Decimal(0), paid=True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "tables: {}\n",
        "variants: {}\ncredentials: {}\ntables: {}\n",
        "tables:\n  people:\n",
        "variants: {}\n",
        "tables:\n",
        "variants:\ncredentials:\ntables:\n",
        "{}\n",
    ],
)
def test_what_is_left_out_is_empty(file: Path, text: str) -> None:
    """Every table is there all the same, and every variant has its default."""
    fixtures = read(file, text)
    assert fixtures.credentials == {}
    assert fixtures.baseline.variants == {"release": "R2", "mode": "strict"}
    assert {name: dict(base.records) for name, base in fixtures.baseline.fixture_rows.items()} == {
        "people": {},
        "orders": {},
    }


PEOPLE = "tables:\n  people:\n"
ORDERS = "tables:\n  people: [{id: p1}]\n  orders:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", ["1: $: a fixture file is a mapping with variants, credentials and tables"]),
        ("", ["1: $: a fixture file is a mapping with variants, credentials and tables"]),
        (
            "tables: {}\nvariant: {}\n",
            ["2: $.variant: unknown section 'variant'; the sections are variants, credentials, tables"],
        ),
        ("variants: [R1]\ntables: {}\n", ["1: $.variants: variants must be a mapping"]),
        ("credentials: key\n", ["1: $.credentials: credentials must be a mapping"]),
        ("tables: [people]\n", ["1: $.tables: tables must be a mapping"]),
        (
            "tables:\n\n  pepole: []\n",
            ["3: $.tables.pepole: unknown table 'pepole'; the tables are people, orders"],
        ),
        ("tables:\n  people: {id: p1}\n", ["2: $.tables.people: a table is a list of records"]),
        (
            "variants:\n  relaese: R1\n",
            ["2: $.variants.relaese: unknown variant 'relaese'; the variants are release, mode"],
        ),
        ("variants:\n  mode: lax\n  release: R3\n", ["3: $.variants.release: 'R3' is not one of R2, R1"]),
        ("variants:\n  release: 2\n", ["2: $.variants.release: 2 is not one of R2, R1"]),
        ("credentials:\n  api_key: 5\n", None),
        (PEOPLE + "    - p1\n", ["3: $.tables.people[0]: a record is a mapping, not 'p1'"]),
        (
            PEOPLE + "    - {id: p1}\n    - id: p2\n      fulName: x\n",
            ["5: $.tables.people[1].fulName: unknown property 'fulName'; the properties are id, fullName"],
        ),
        (PEOPLE + "    - {fullName: x}\n", ["3: $.tables.people[0]: the property 'id' is missing"]),
        (PEOPLE + "    - {id: 5}\n", ["3: $.tables.people[0].id: Expected `str`, got `int`"]),
        (
            PEOPLE + "    - id: p1\n      fullName: null\n",
            ["4: $.tables.people[0].fullName: Expected `str`, got `null`"],
        ),
        (
            PEOPLE + "    - {id: p1}\n    - {id: p2}\n    - {id: p1}\n",
            ["5: $.tables.people[2]: duplicate key 'p1' in people"],
        ),
        (ORDERS + "    - {id: '1', person: p1, total: much}\n", None),
        (
            ORDERS + "    - {id: '1', person: p1, total: 1, paid: 1}\n",
            ["4: $.tables.orders[0].paid: Expected `bool`, got `int`"],
        ),
        (ORDERS + "    - {id: '1', total: 1}\n", ["4: $.tables.orders[0]: the property 'person' is missing"]),
        (
            ORDERS + "    - id: '1'\n      person: p9\n      total: 1\n",
            ["5: $.tables.orders[0].person: 'p9' is not in people"],
        ),
        (
            ORDERS
            + "    - id: '1'\n      person: p1\n      total: 3\n      lines:\n        - {itemName: a, amount: 1}\n",
            ["4: $.tables.orders[0]: the lines of 1 do not add up to 3"],
        ),
        (
            ORDERS
            + "    - id: '1'\n      person: p1\n      total: 3\n      lines:\n        - {itemName: a, amount: 3}\n"
            "        - itemName: b\n          amount: [4]\n",
            None,
        ),
        ("tables: {}\ntables: {}\n", None),
        ("a: [\n", None),
    ],
    ids=lambda value: value.replace("\n", "|")[:60] if isinstance(value, str) else "",
)
def test_each_mistake_is_told_with_its_line_and_path(file: Path, text: str, said: list[str] | None) -> None:
    """None: the words are another module's, the place is ours."""
    found = findings(file, text)
    if said is not None:
        assert found == said
    assert all(re.match(r"[0-9]+: ", one) for one in found)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("credentials:\n  api_key: 5\n", "2: $.credentials.api_key: "),
        (ORDERS + "    - id: '1'\n      person: p1\n      total: much\n", "6: $.tables.orders[0].total: "),
        (
            ORDERS + "    - id: '1'\n      person: p1\n      total: 3\n      lines:\n"
            "        - {itemName: a, amount: 3}\n        - itemName: b\n          amount: [4]\n",
            "10: $.tables.orders[0].lines[1].amount: ",
        ),
        (
            ORDERS + "    - id: '1'\n      person: p1\n      total: 3\n      lines:\n"
            "        - {itemName: a, amount: 3}\n        - itemNaem: b\n          amount: 4\n",
            "9: $.tables.orders[0].lines[1]: ",
        ),
        ("tables: {}\nvariants: {}\ntables: {}\n", "3: duplicate key 'tables'"),
    ],
    ids=["credential", "amount", "inside a list", "member inside a list", "key"],
)
def test_a_mistake_deep_inside_is_found_where_it_is(file: Path, text: str, place: str) -> None:
    """One finding, at the deepest place."""
    (found,) = findings(file, text)
    assert found.startswith(place)


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    """So that a file is mended in one go."""
    found = findings(
        file,
        "tables:\n"
        "  people: [{id: p1}]\n"
        "  orders:\n"
        "    - {id: 1, person: p9, total: true}\n"
        '    - {id: "2", person: p1, total: 2, zulu: 1, alpha: 2, mike: 3}\n'
        '    - {id: "3", person: p9, total: 1}\n'
        '    - {id: "3", person: p1, total: 1}\n'
        '    - {id: "4", person: p8, total: 1}\n',
    )
    assert sorted(one.partition(": ")[2].partition(": ")[0] for one in found) == [
        "$.tables.orders[0].id",
        "$.tables.orders[0].total",
        "$.tables.orders[1].alpha",
        "$.tables.orders[1].mike",
        "$.tables.orders[1].zulu",
        "$.tables.orders[3]",
        "$.tables.orders[4].person",
    ]
    assert [int(one.partition(":")[0]) for one in found if "[4]" in one] == [8]


def test_unknown_members_are_told_in_the_files_order(file: Path) -> None:
    """The same in every run."""
    names = ["zulu", "alpha", "mike", "echo", "yankee", "bravo"]
    members = ", ".join(f"{name}: 1" for name in names)
    found = findings(file, f"tables:\n  people:\n    - {{id: p1, {members}}}\n")
    assert [one.partition(": ")[2].partition(": ")[0] for one in found] == [
        f"$.tables.people[0].{name}" for name in names
    ]


def test_a_record_that_is_wrong_does_not_make_those_wrong_that_name_it(file: Path) -> None:
    """The one mistake is told, not its consequences."""
    text = 'tables:\n  people: [{id: p1, fullName: 5}]\n  orders: [{id: "1", person: p1, total: 1}]\n'
    assert [one.partition(": ")[2] for one in findings(file, text)] == [
        "$.tables.people[0].fullName: Expected `str`, got `int`"
    ]


def test_a_file_that_is_no_utf_8_is_told_as_such(file: Path) -> None:
    file.write_bytes(GOOD.replace("Ana", "Anaïs").encode("latin-1"))
    with pytest.raises(StartupError, match="UTF-8"):
        read_fixtures(file, SHOP, "fixtures/shop/default.yaml", VARIANTS)


def test_a_mended_file_is_read(file: Path) -> None:
    """A mistake is not remembered."""
    findings(file, GOOD.replace("p2", "p1"))
    assert len(read(file, GOOD).baseline.fixture_rows["people"].records) == 2
