"""Reports of coverage: which units of the contracts some calls exercised, as JSON, text and JUnit XML.

A `Subject` is a provider's name and title, the units of its contract, and how many calls exercised each of them; a unit
that is not counted was exercised by none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from paysandbox.contract.provenance import GRADES
from paysandbox.coverage.units import KINDS, Subject, Unit

WIDTH: Final = 100

CALLED: Final = {
    "operation": "operations",
    "status": "statuses",
    "enum": "enum values",
    "default": "defaults",
    "rule": "rules",
}


class Sum(NamedTuple):
    """How many of some units were exercised."""

    exercised: int
    total: int

    @property
    def percent(self) -> Decimal:
        """With one digit, rounded down: only what is whole is called 100."""
        if not self.total:
            return Decimal("100.0")
        return (Decimal(100 * self.exercised) / self.total).quantize(Decimal("0.1"), ROUND_DOWN)

    def __str__(self) -> str:
        return f"{self.exercised} of {self.total}"

    def render_json(self) -> dict[str, Any]:
        """As members of an object."""
        return {"percent": self.percent, "exercised": self.exercised, "total": self.total}


def render_json(subjects: Sequence[Subject]) -> dict[str, Any]:
    """All sums and all units, in the order given; percentages are Decimal with one digit."""
    return sum_subjects(subjects).render_json() | {
        "providers": [
            {"name": name, **sum_units(units, counts).render_json()}
            | {"kinds": [{"kind": kind, **found.render_json()} for kind, found in sum_by_kind(units, counts)]}
            for name, _, units, counts in subjects
        ],
        "units": [
            {
                "id": unit.id,
                "kind": unit.kind,
                "provider": name,
                "operation": unit.operation,
                "provenance": unit.provenance,
                "says": unit.says,
                "exercised": counts.get(unit.id, 0),
            }
            for name, _, units, counts in subjects
            for unit in units
        ],
    }


def render_text(subjects: Sequence[Subject]) -> str:
    """A report for a terminal: sums, and what was not exercised by operation, documented units first.

    A provider that no call went to is told in one line.
    """
    whole = sum_subjects(subjects)
    lines = [f"Coverage of the contracts: {whole.percent} % ({whole} units)"]
    for name, title, units, counts in subjects:
        found = sum_units(units, counts)
        lines += ["", f"{clean_text(title)} ({clean_text(name)}): {found.percent} % ({found} units)"]
        if not found.exercised and units:
            lines.append("  No call exercised any of them.")
            continue
        lines += [f"  {CALLED[kind]:12} {of_kind}" for kind, of_kind in sum_by_kind(units, counts)]
        missed = [unit for unit in units if not counts.get(unit.id)]
        lines += ["  Not exercised:"] if missed else []
        for operation, together in groupby(missed, attrgetter("operation")):
            lines.append(f"    {clean_text(operation)}")
            lines += [
                f"      {clean_text(_told(unit))}"
                for unit in sorted(together, key=lambda one: GRADES.index(one.provenance))
            ]
    return "".join(f"{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…'}\n" for line in lines)


def render_junit(subjects: Sequence[Subject]) -> str:
    """JUnit XML: one suite for each provider, one case for each unit; what was not exercised is skipped."""
    root = ET.Element("testsuites", name="paysandbox coverage")
    for name, _, units, counts in subjects:
        suite = ET.SubElement(root, "testsuite", name=clean_text(name), failures="0", errors="0")
        for unit in units:
            case = ET.SubElement(
                suite, "testcase", classname=clean_text(f"{name}.{unit.operation}"), name=clean_text(label_unit(unit))
            )
            if not counts.get(unit.id):
                why = f"not exercised ({unit.provenance}){': ' if unit.says else ''}{unit.says or ''}"
                ET.SubElement(case, "skipped", message=clean_text(why))
        suite.set("tests", str(len(units)))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode()


def sum_units(units: Iterable[Unit], counts: Mapping[str, int]) -> Sum:
    """The sum of some units."""
    exercised = [counts.get(unit.id, 0) > 0 for unit in units]
    return Sum(sum(exercised), len(exercised))


def sum_subjects(subjects: Sequence[Subject]) -> Sum:
    """The sum of all units."""
    found = [sum_units(units, counts) for _, _, units, counts in subjects]
    return Sum(sum(one.exercised for one in found), sum(one.total for one in found))


def sum_by_kind(units: Sequence[Unit], counts: Mapping[str, int]) -> Iterator[tuple[str, Sum]]:
    """The sum of each kind of which there are units."""
    for kind in KINDS:
        found = sum_units((unit for unit in units if unit.kind == kind), counts)
        if found.total:
            yield kind, found


def label_unit(unit: Unit) -> str:
    """A unit as it is called below its operation."""
    return unit.id.removeprefix(unit.operation).lstrip() or "the operation itself"


def _told(unit: Unit) -> str:
    """A unit in one line, marked if it is not documented."""
    doubt = "" if unit.provenance == GRADES[0] else f" ({unit.provenance})"
    return f"{label_unit(unit)}{doubt}{': ' if unit.says else ''}{unit.says or ''}"


def clean_text(text: str) -> str:
    """The text in one line, without characters that XML cannot hold or that a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split()))
