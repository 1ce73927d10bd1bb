"""Fixture files: read into records, and every mistake told with file, line and path."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from msgspec.structs import replace

from paysandbox.contract.variants import Choice, Variant
from paysandbox.core.messages import Reply
from paysandbox.core.problems import Problem, StartupError, Unauthenticated
from paysandbox.kit.fixture_form import SECTIONS
from paysandbox.kit.fixtures import Fixtures, FixtureSource, find_source, read_fixtures
from paysandbox.kit.provider import Invariant, Provider
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
    return read_fixtures(FixtureSource(file), SHOP, VARIANTS)


def findings(file: Path, text: str) -> list[str]:
    """Why a text is refused, the file's name left out."""
    with pytest.raises(StartupError) as refusal:
        read(file, text)
    said = refusal.value.errors
    assert all(one.startswith(f"{file}:") for one in said)
    return [one.removeprefix(f"{file}:") for one in said]


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
            [
                f"2: $.variant: unknown section 'variant'; the sections are {', '.join(SECTIONS)}",
            ],
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
        (PEOPLE + "    - {id: 5}\n", ["3: $.tables.people[0].id: it must be a string, not an integer"]),
        (
            PEOPLE + "    - id: p1\n      fullName: null\n",
            ["4: $.tables.people[0].fullName: it must be a string, not null"],
        ),
        (
            PEOPLE + "    - {id: p1}\n    - {id: p2}\n    - {id: p1}\n",
            ["5: $.tables.people[2]: duplicate key 'p1' in people"],
        ),
        (ORDERS + "    - {id: '1', person: p1, total: much}\n", None),
        (
            ORDERS + "    - {id: '1', person: p1, total: 1, paid: 1}\n",
            ["4: $.tables.orders[0].paid: it must be a boolean, not an integer"],
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
        "$.tables.people[0].fullName: it must be a string, not an integer"
    ]


def test_a_file_that_is_no_utf_8_is_told_as_such(file: Path) -> None:
    file.write_bytes(GOOD.replace("Ana", "Anaïs").encode("latin-1"))
    with pytest.raises(StartupError, match="UTF-8"):
        read_fixtures(FixtureSource(file), SHOP, VARIANTS)


def test_a_mended_file_is_read(file: Path) -> None:
    """A mistake is not remembered."""
    findings(file, GOOD.replace("p2", "p1"))
    assert len(read(file, GOOD).baseline.fixture_rows["people"].records) == 2


def test_choices_of_variants_may_be_numbers_and_booleans(file: Path) -> None:
    """201 is the same as "201"; a number that is no choice is refused as it was written."""
    choices = {"201": _ANY, "false": _ANY, "1.5": _ANY}
    variants = {"status": Variant("status", "Which.", choices), "mode": Variant("mode", "How.", choices)}
    file.write_text("variants: {status: 201, mode: false}\n")
    assert read_fixtures(FixtureSource(file), SHOP, variants).baseline.variants == {"status": "201", "mode": "false"}
    file.write_text("variants: {status: 1.5, mode: 201.0}\n")
    assert read_fixtures(FixtureSource(file), SHOP, variants).baseline.variants == {"status": "1.5", "mode": "201"}
    file.write_text("variants: {status: 202, mode: true}\n")
    with pytest.raises(StartupError) as refusal:
        read_fixtures(FixtureSource(file), SHOP, variants)
    assert [error.rpartition(": ")[2] for error in refusal.value.errors] == [
        "202 is not one of 201, false, 1.5",
        "True is not one of 201, false, 1.5",
    ]


class Receipt(Record, frozen=True, rename="camel"):
    """What was paid, when and how."""

    id: str
    status: Literal["open", "paid"] | None = None
    paid_on: dt.date | None = None
    made_at: Annotated[dt.datetime, Meta(tz=True)] | None = None
    lines: tuple[Line, ...] = ()


class TillState(State):
    """Receipts."""

    receipts = table(Receipt, key="id")


TILL = replace(SHOP, name="till", state=TillState)


@pytest.mark.parametrize(
    ("row", "path", "error"),
    [
        ("status: payed", ".status", "unknown value 'payed'; the values are 'open', 'paid'"),
        ("paidOn: 31/01/2024", ".paidOn", "'31/01/2024'; a date is YYYY-MM-DD, for example 2024-01-31"),
        (
            "madeAt: 2024-01-31",
            ".madeAt",
            "'2024-01-31'; a time is RFC 3339 with an offset, for example 2024-01-31T09:00:00Z",
        ),
        ("lines: [{itemName: a, amount: '1.50'}]", ".lines[0].amount", "it must be a number, not a string"),
        ("lines: [{itemName: a, amount: 1, x: 2}]", ".lines[0]", "unknown property 'x'"),
    ],
)
def test_an_error_lists_the_values_or_shows_the_form(file: Path, row: str, path: str, error: str) -> None:
    file.write_text(f"tables:\n  receipts:\n    - id: r1\n      {row}\n")
    with pytest.raises(StartupError) as refusal:
        read_fixtures(FixtureSource(file), TILL, {})
    (found,) = refusal.value.errors
    assert found.startswith(f"{file}:4: $.tables.receipts[0]{path}: ")
    assert found.endswith(error)


def _find_unpaid(state: ShopState) -> Iterator[str]:
    for order in state.orders.records():
        if not order.paid:
            yield f"orders/{order.id}: paid is false, should be true"


STRICT = replace(SHOP, invariants=(Invariant(id="all-is-paid", says="All orders are paid.", broken=_find_unpaid),))


def test_fixtures_are_held_against_the_invariants(file: Path) -> None:
    """At the record that breaks one."""
    file.write_text(GOOD)
    with pytest.raises(StartupError) as refusal:
        read_fixtures(FixtureSource(file), STRICT, VARIANTS)
    assert refusal.value.errors == (
        f"{file}:10: $.tables.orders[0]: paid is false, should be true (invariant all-is-paid)",
    )


def _refuse_key(credential: str, _state: Any) -> str:
    if credential != "shop-key":
        raise Unauthenticated("no shop has this key")
    return credential


def test_a_credential_that_no_account_has_is_refused(file: Path) -> None:
    keyed = replace(SHOP, authenticate=_refuse_key)
    file.write_text(GOOD)
    read_fixtures(FixtureSource(file), keyed, VARIANTS)
    file.write_text(GOOD.replace("shop-key", "shop-kye"))
    with pytest.raises(StartupError) as refusal:
        read_fixtures(FixtureSource(file), keyed, VARIANTS)
    assert refusal.value.errors == (
        f"{file}:4: $.credentials.api_key: no shop has this key, so no call with it would be accepted",
    )


@pytest.fixture
def default(tmp_path: Path) -> Path:
    """The default fixtures of the shop."""
    path = tmp_path / "default" / "shop" / "default.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(GOOD + "counters: {order: 2}\n")
    return path


def test_a_file_can_extend_the_default_fixtures(file: Path, default: Path) -> None:
    """Records are added, or replaced in their place; so are variants, credentials and counters."""
    file.write_text(
        "extends: default\nvariants: {release: R1}\ncredentials: {other: x}\ncounters: {order: 7}\n"
        "tables:\n  people:\n    - {id: p9, fullName: Zoe}\n    - {id: p1, fullName: Anna}\n"
        '  orders: [{id: "3", person: p2, total: 1}]\n'
    )
    read_ = read_fixtures(FixtureSource(file, None, default), SHOP, VARIANTS)
    rows = read_.baseline.fixture_rows
    assert [(person.id, person.full_name) for person in rows["people"].records.values()] == [
        ("p1", "Anna"),
        ("p2", "Somebody"),
        ("p9", "Zoe"),
    ]
    assert list(rows["orders"].records) == ["1", "2", "3"]
    assert read_.baseline.variants == {"release": "R1", "mode": "lax"}
    assert read_.credentials == {"api_key": "shop-key", "other": "x"}
    assert read_.baseline.counters == {"order": 7}


def test_an_invariant_broken_by_a_record_of_the_default_fixtures_names_it(file: Path, default: Path) -> None:
    """The record is in no line of the user's file, so the line says which it is."""
    default.write_text(GOOD.replace("total: 10.50", "total: 10.50\n      paid: true"))
    file.write_text('extends: default\ntables:\n  orders: [{id: "9", person: p1, total: 1}]\n')
    with pytest.raises(StartupError) as refusal:
        read_fixtures(FixtureSource(file, None, default), STRICT, VARIANTS)
    assert refusal.value.errors == (
        f"{file}:3: $.tables.orders[0]: paid is false, should be true (invariant all-is-paid)",
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("extends: defaults\n", "1: $.extends: extends can only be default: the provider's default fixtures"),
        ("counters: {order: x}\n", "1: $.counters.order: a counter is the number of ids made so far"),
        ("counters: {order: -1}\n", "1: $.counters.order: a counter is the number of ids made so far"),
    ],
)
def test_a_wrong_section_is_told(file: Path, text: str, error: str) -> None:
    (found,) = findings(file, text)
    assert found.startswith(error)


def test_default_fixtures_cannot_extend_themselves(file: Path) -> None:
    assert findings(file, "extends: default\n") == [
        "1: $.extends: these are the default fixtures; they cannot extend themselves"
    ]


def test_a_file_may_hold_several_providers(file: Path, default: Path) -> None:
    """Each under its name; errors have that in their path. What the file lacks comes from the defaults."""
    file.write_text("shop:\n  tables:\n    people:\n      - {id: 5}\nother: {}\n")
    source = find_source(file, SHOP, default)
    assert source == FixtureSource(file, "shop", default)
    with pytest.raises(StartupError) as refusal:
        read_fixtures(source, SHOP, VARIANTS)
    assert refusal.value.errors == (f"{file}:4: $.shop.tables.people[0].id: it must be a string, not an integer",)
    file.write_text("other: {}\n")
    assert find_source(file, SHOP, default) == FixtureSource(default)
    file.write_text("- a\n")
    with pytest.raises(StartupError, match="a file of fixtures is a mapping of each provider's name"):
        find_source(file, SHOP, default)
