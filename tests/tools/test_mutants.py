"""The planted-fault table is whole: every fault can be planted, and the kept table says that each is noticed."""

import ast
from collections import Counter

import pytest

from paysandbox.kit.provider import installed
from tools.mutants.mutant import ROOT, SHARED, Fault, NotThere, all_faults, in_place
from tools.mutants.table import TABLE, as_markdown, kept, listed

PLANTED = all_faults()
FAULTS = [fault for faults in PLANTED.values() for fault in faults]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_can_be_planted(fault: Fault) -> None:
    """Its old text is in its file exactly once, and Python with the fault in it is still Python."""
    text = (ROOT / fault.file).read_text()
    changed = fault.changed(text)
    assert changed != text
    if fault.file.endswith(".py"):
        ast.parse(changed)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_in_what_is_served(fault: Fault) -> None:
    """Never in the tests, the suites or the fixtures, and never a folder away from where the table puts it."""
    assert fault.file.startswith(("sandbox/", "schemas/"))
    assert not fault.file.startswith("sandbox/paysandbox/check/")
    (where,) = (where for where, faults in PLANTED.items() if fault in faults)
    of_a_provider = fault.file.split("/")[2 if fault.file.startswith("sandbox/paysandbox/providers/") else 1]
    assert where in {of_a_provider, SHARED}


def test_no_two_faults_share_a_name() -> None:
    """And there are at least 40."""
    assert [name for name, count in Counter(fault.id for fault in FAULTS).items() if count > 1] == []
    assert len(FAULTS) >= 40


def test_there_are_faults_everywhere() -> None:
    """In the shared code and in at least four providers, five or more each; a new provider may come without any."""
    providers = set(PLANTED) - {SHARED}
    assert providers <= {provider.name for provider in installed()}
    assert len(providers) >= 4
    assert all(len(faults) >= 5 for faults in PLANTED.values())


def test_the_kept_table_is_of_these_faults() -> None:
    """`make faults ARGS=--write` was run since the last change of them, and nothing went unnoticed."""
    text = TABLE.read_text()
    assert listed(text) == [fault.id for fault in FAULTS]
    assert f"{len(FAULTS)} of {len(FAULTS)} faults are noticed" in text
    assert all(fault.says.replace("|", "\\|") in text for fault in FAULTS)


def test_a_table_can_be_written_again() -> None:
    """Whose rows are not asked for stay as they are."""
    text = TABLE.read_text()
    faults = {fault.id: fault for fault in FAULTS}
    assert as_markdown(list(kept(text).values()), faults) == text


def test_planting_fails_loudly_where_the_text_is_not_there() -> None:
    """A fault that is planted nowhere would pass for one that nobody notices, and one planted twice for two."""
    fault = Fault(id="x", kind="constant", says="X.", file="a.txt", old="one", new="two")
    for text in ("nothing", "one one"):
        with pytest.raises(NotThere, match="times, not once"):
            fault.changed(text)
    assert fault.changed("at one") == "at two"


def test_a_planted_fault_is_taken_out_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever happens while it is planted."""
    project = tmp_path_factory.mktemp("project")
    (project / "a.txt").write_text("one")
    fault = Fault(id="x", kind="constant", says="X.", file="a.txt", old="one", new="two")

    def look_and_break() -> None:
        with in_place(fault, project):
            assert (project / "a.txt").read_text() == "two"
            raise KeyError

    with pytest.raises(KeyError):
        look_and_break()
    assert (project / "a.txt").read_text() == "one"
