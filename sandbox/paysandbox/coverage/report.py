"""Coverage reports as JSON, text and JUnit XML: the units of the contracts, and which of them calls exercised.

A `Subject` is a provider's name and title, the units of its contract, and the number of calls that exercised each. A
unit without a count was not exercised.
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


class Called(NamedTuple):
    """The operations that were called at all, and the sum of their units."""

    operations: int
    sum: "Sum"

    def __str__(self) -> str:
        if not self.operations:
            return "no operation was called"
        plural = "" if self.operations == 1 else "s"
        return f"{self.sum.percent} % ({self.sum} units of the {self.operations} operation{plural} called)"

    def render_json(self) -> dict[str, Any]:
        """As properties of an object."""
        # Nothing of nothing is not 100 % here, because a gate would pass without a call.
        none = {} if self.operations else {"percent": Decimal("0.0")}
        return {"operations": self.operations, **self.sum.render_json(), **none}


class Sum(NamedTuple):
    """The number of exercised units, and of all units."""

    exercised: int
    total: int

    @property
    def percent(self) -> Decimal:
        """The percentage with one digit, rounded down, so that only full coverage is 100."""
        if not self.total:
            return Decimal("100.0")
        return (Decimal(100 * self.exercised) / self.total).quantize(Decimal("0.1"), ROUND_DOWN)

    def __str__(self) -> str:
        return f"{self.exercised} of {self.total}"

    def render_json(self) -> dict[str, Any]:
        """As properties of an object."""
        return {"percent": self.percent, "exercised": self.exercised, "total": self.total}


def render_json(subjects: Sequence[Subject]) -> dict[str, Any]:
    """All sums and all units, in the order given; percentages are Decimal with one digit."""
    return sum_subjects(subjects).render_json() | {
        "called": sum_called(subjects).render_json(),
        "provenances": _render_groups("provenance", sum_by_provenance(subjects)),
        "providers": [_render_provider(subject) for subject in subjects],
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


def _render_provider(subject: Subject) -> dict[str, Any]:
    name, _, units, counts = subject
    return {
        "name": name,
        **sum_units(units, counts).render_json(),
        "called": sum_called([subject]).render_json(),
        "kinds": _render_groups("kind", sum_by_kind(units, counts)),
        "provenances": _render_groups("provenance", sum_by_provenance([subject])),
        "tags": _render_groups("tag", sum_by_tag(subject)),
    }


def _render_groups(by: str, groups: Iterable[tuple[str, Sum]]) -> list[dict[str, Any]]:
    return [{by: name, **found.render_json()} for name, found in groups]


def render_text(subjects: Sequence[Subject]) -> str:
    """Render a report for a terminal: sums, and the units not exercised by operation, documented units first.

    A provider without any call gets one line.
    """
    whole = sum_subjects(subjects)
    lines = [f"Coverage of the contracts: {whole.percent} % ({whole} units)", f"  {sum_called(subjects)}"]
    for name, title, units, counts in subjects:
        found = sum_units(units, counts)
        lines += ["", f"{clean_text(title)} ({clean_text(name)}): {found.percent} % ({found} units)"]
        if not found.exercised and units:
            lines.append("  No call exercised any of them.")
            continue
        lines.append(f"  {sum_called([(name, title, units, counts)])}")
        lines += [f"  {label:12} {of_group}" for label, of_group in list_groups((name, title, units, counts))]
        missed = [unit for unit in units if not counts.get(unit.id)]
        lines += ["  Not exercised:"] if missed else []
        for operation, together in groupby(missed, attrgetter("operation")):
            lines.append(f"    {clean_text(operation)}")
            lines += [
                f"      {clean_text(_describe_unit(unit))}"
                for unit in sorted(together, key=lambda unit: GRADES.index(unit.provenance))
            ]
    return "".join(f"{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…'}\n" for line in lines)


def render_junit(subjects: Sequence[Subject]) -> str:
    """Render JUnit XML: a suite for each provider, a case for each unit; units not exercised are skipped cases."""
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
    """Count units, and the exercised ones among them."""
    exercised = [counts.get(unit.id, 0) > 0 for unit in units]
    return Sum(sum(exercised), len(exercised))


def sum_subjects(subjects: Sequence[Subject]) -> Sum:
    """Add up the units of all subjects."""
    sums = [sum_units(units, counts) for _, _, units, counts in subjects]
    return Sum(sum(part.exercised for part in sums), sum(part.total for part in sums))


def sum_by_kind(units: Sequence[Unit], counts: Mapping[str, int]) -> Iterator[tuple[str, Sum]]:
    """Yield the sum of each kind of unit that occurs."""
    for kind in KINDS:
        found = sum_units((unit for unit in units if unit.kind == kind), counts)
        if found.total:
            yield kind, found


def sum_by_provenance(subjects: Iterable[Subject]) -> Iterator[tuple[str, Sum]]:
    """Yield the sum of each grade of evidence that occurs."""
    exercised = [(unit.provenance, counts.get(unit.id, 0) > 0) for _, _, units, counts in subjects for unit in units]
    for grade in GRADES:
        found = [was for provenance, was in exercised if provenance == grade]
        if found:
            yield grade, Sum(sum(found), len(found))


def sum_by_tag(subject: Subject) -> Iterator[tuple[str, Sum]]:
    """Yield the sum of the operations of each tag."""
    _, _, units, counts = subject
    for tag in dict.fromkeys(tag for unit in units for tag in unit.tags):
        yield tag, sum_units((unit for unit in units if tag in unit.tags), counts)


def list_groups(subject: Subject) -> Iterator[tuple[str, Sum]]:
    """Yield the sums by kind of unit, by grade of evidence and by tag, each with a label for people."""
    yield from ((CALLED[kind], found) for kind, found in sum_by_kind(subject[2], subject[3]))
    yield from sum_by_provenance([subject])
    yield from ((f"tag {clean_text(tag)}", found) for tag, found in sum_by_tag(subject))


def sum_called(subjects: Iterable[Subject]) -> Called:
    """Sum the units of the operations that were called at all, so that others of a contract do not count."""
    operations, sums = 0, []
    for _, _, units, counts in subjects:
        called = {unit.operation for unit in units if unit.kind == KINDS[0] and counts.get(unit.id)}
        operations += len(called)
        sums.append(sum_units((unit for unit in units if unit.operation in called), counts))
    return Called(operations, Sum(sum(part.exercised for part in sums), sum(part.total for part in sums)))


def label_unit(unit: Unit) -> str:
    """Return the label of a unit below its operation."""
    return unit.id.removeprefix(unit.operation).lstrip() or "the operation itself"


def _describe_unit(unit: Unit) -> str:
    """Describe a unit in one line, with its provenance if it is not documented."""
    doubt = "" if unit.provenance == GRADES[0] else f" ({unit.provenance})"
    return f"{label_unit(unit)}{doubt}{': ' if unit.says else ''}{unit.says or ''}"


def clean_text(text: str) -> str:
    """Return the text in one line, without characters that XML forbids or that control a terminal."""
    line = " ".join(text.split())
    if line.isprintable():  # as nearly all is; character by character a page of all contracts took 18 ms
        return line
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
