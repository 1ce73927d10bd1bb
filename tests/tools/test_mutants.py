"""The catalogue of mutants is whole: each still applies, and the table says that each is killed."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from paysandbox.kit.provider import find_providers
from tools.mutants.mutant import CHECK, PACKAGE, ROOT, SHARED, DoesNotApply, Mutant, all_mutants, planted
from tools.mutants.operators import (
    Argument,
    Condition,
    DropCall,
    Item,
    Operator,
    Replace,
    Returned,
    SchemaValue,
)
from tools.mutants.table import TABLE, as_markdown, list_ids, read_table

CATALOGUE = all_mutants()
MUTANTS = [mutant for mutants in CATALOGUE.values() for mutant in mutants]
PLACED = [(area, mutant) for area, mutants in CATALOGUE.items() for mutant in mutants]
CODE = """
LIMIT = compare(1, most=5)


def pay(state, amount):
    # What is paid.
    if amount > state.owed and state.open:
        return None
    state.put(
        replace(state, paid=amount),
    )
    return {"amount": amount, "paid": True}
"""


@pytest.mark.parametrize(("area", "mutant"), PLACED, ids=[mutant.id for mutant in MUTANTS])
def test_a_mutant_still_applies(area: str, mutant: Mutant) -> None:
    """Its operator fits exactly one place, in what is served, and Python with the mutant in it is still Python."""
    file, changed = mutant.apply(area, ROOT)
    assert changed != (ROOT / file).read_text()
    assert file.parts[0] in {"sandbox", "schemas"}
    if file.suffix == ".py":
        ast.parse(changed)


def test_no_two_mutants_share_a_name() -> None:
    assert [name for name, count in Counter(mutant.id for mutant in MUTANTS).items() if count > 1] == []
    assert len(MUTANTS) >= 40


def test_there_are_mutants_everywhere() -> None:
    """Five or more in the shared code, the check and at least four providers; a new provider may come without any."""
    providers = set(CATALOGUE) - {SHARED, CHECK}
    assert providers <= {provider.name for provider in find_providers()}
    assert len(providers) >= 4
    assert all(len(mutants) >= 5 for mutants in CATALOGUE.values())


def test_the_table_is_of_these_mutants() -> None:
    """`make mutants ARGS=--write` was run since the last change of them, and none survived."""
    text = TABLE.read_text()
    assert list_ids(text) == [mutant.id for mutant in MUTANTS]
    assert f"{len(MUTANTS)} of {len(MUTANTS)} mutants are killed" in text
    assert all(mutant.says.replace("|", "\\|") in text for mutant in MUTANTS)


def test_a_table_can_be_written_again() -> None:
    """Rows that are not tried again stay as they are."""
    text = TABLE.read_text()
    assert as_markdown(list(read_table(text).values()), {mutant.id: mutant for mutant in MUTANTS}) == text


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose provider `shop` has one module."""
    made = tmp_path_factory.mktemp("project")
    module = made / PACKAGE / "providers/shop/operations/paying.py"
    module.parent.mkdir(parents=True)
    module.write_text(CODE)
    (made / "schemas/shop").mkdir(parents=True)
    (made / "schemas/shop/openapi.yaml").write_text("a: {b/c: [x, y]}\nd: old text\n")
    return made


@pytest.mark.parametrize(
    ("within", "operator", "old", "new"),
    [
        ("pay", DropCall("state.put"), "state.put(\n        replace(state, paid=amount),\n    )", "pass"),
        (
            "pay",
            DropCall("state.put", keep_argument=True),
            "state.put(\n        replace(state, paid=amount),\n    )",
            "replace(state, paid=amount)",
        ),
        ("pay", Condition("state.open", "True"), "state.open:", "(True):"),
        (
            "pay",
            Replace("amount > state.owed", "amount >= state.owed"),
            "amount > state.owed",
            "(amount >= state.owed)",
        ),
        ("pay", Argument("paid", "0"), "paid=amount", "paid=(0)"),
        ("pay", Item("'paid'", "False"), '"paid": True', '"paid": (False)'),
        ("pay", Item("'amount'", None), '"amount": amount', "**{}"),
        ("pay", Returned("1", old="None"), "return None", "return (1)"),
        ("LIMIT", Argument("most", "6"), "most=5", "most=(6)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operator) else None,
)
def test_an_operator_changes_one_place(project: Path, within: str, operator: Operator, old: str, new: str) -> None:
    """The function is found by its name in any module; the rest of the text stays."""
    _, changed = Mutant("x", "constant", "X.", within, operator).apply("shop", project)
    assert changed == CODE.replace(old, new)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (SchemaValue("/a/b~1c", "[x]"), "a: {b/c: [x]}\nd: old text\n"),
        (SchemaValue("/a/b~1c/1", "z"), "a: {b/c: [x, z]}\nd: old text\n"),
        (SchemaValue("/d", "new", part="old"), "a: {b/c: [x, y]}\nd: new text\n"),
    ],
)
def test_a_contract_is_changed_at_a_pointer(project: Path, change: SchemaValue, text: str) -> None:
    """The rest of the file stays as it is."""
    assert Mutant("x", "semantic", "X.", "contract", change).apply("shop", project)[1] == text


@pytest.mark.parametrize(
    ("within", "operator"),
    [
        ("pay", DropCall("state.delete")),
        ("pay", Replace("amount", "0")),
        ("refund", DropCall("state.put")),
        ("pay", Replace("state.open", "(state.open)")),
    ],
    ids=["no such call", "several places", "no such function", "nothing changes"],
)
def test_a_mutant_that_does_not_apply_is_an_error(project: Path, within: str, operator: Operator) -> None:
    """A mutant that is planted nowhere would pass for one that survives, and one planted twice for two."""
    with pytest.raises(DoesNotApply):
        Mutant("x", "constant", "X.", within, operator).apply("shop", project)


def test_a_planted_mutant_is_taken_out_again(project: Path) -> None:
    module = project / PACKAGE / "providers/shop/operations/paying.py"
    mutant = Mutant("x", "dropped call", "X.", "pay", DropCall("state.put"))

    def look_and_break() -> None:
        with planted(mutant, "shop", project):
            assert "state.put" not in module.read_text()
            raise KeyError

    with pytest.raises(KeyError):
        look_and_break()
    assert module.read_text() == CODE
