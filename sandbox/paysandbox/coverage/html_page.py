"""The coverage page: headline figures, a bar for each provider, and all units by operation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from paysandbox.core.messages import Reply
from paysandbox.coverage.report import Sum, clean_text, label_unit, list_groups, sum_called, sum_subjects, sum_units
from paysandbox.coverage.units import Subject, Unit
from paysandbox.html.rendering import render_template


def render_page(subjects: Sequence[Subject]) -> Reply:
    """Render one self-contained page, which can be saved as a file."""
    views = [describe_subject(subject) for subject in subjects]
    whole = describe_sum(sum_subjects(subjects))
    return render_template(
        "coverage/coverage.html",
        scripts=(),
        command="coverage",
        verdict=f"{whole['percent']} %",
        whole=whole,
        called=str(sum_called(subjects)),
        subjects=views,
    )


def describe_subject(subject: Subject) -> Mapping[str, Any]:
    """Describe a provider: its sums, and each operation with its units and their calls."""
    counts = subject[3]
    operations = [
        {"name": name, "sum": str(sum_units(units, counts)), "units": describe_units(units, counts)}
        for name, units in group_by_operation(subject)
    ]
    return {**describe_sums(subject), "operations": operations}


def describe_sums(subject: Subject) -> Mapping[str, Any]:
    """Describe a provider without its operations."""
    name, title, units, counts = subject
    return {
        "name": clean_text(name),
        "title": clean_text(title),
        "sum": describe_sum(sum_units(units, counts)),
        "called": str(sum_called([subject])),
        "groups": [(label, str(found)) for label, found in list_groups(subject)],
    }


def group_by_operation(subject: Subject) -> Iterator[tuple[str, list[Unit]]]:
    """Yield each operation's name with its units."""
    for operation, together in groupby(subject[2], attrgetter("operation")):
        yield clean_text(operation), list(together)


def describe_units(units: Iterable[Unit], counts: Mapping[str, int]) -> list[Mapping[str, Any]]:
    """Describe units, each with the number of calls that exercised it."""
    return [
        {
            "name": clean_text(label_unit(unit)),
            "says": clean_text(unit.says or ""),
            "provenance": clean_text(unit.provenance),
            "calls": counts.get(unit.id, 0),
        }
        for unit in units
    ]


def describe_sum(total: Sum) -> Mapping[str, Any]:
    """Describe a sum by its numbers and in words."""
    return {"percent": total.percent, "exercised": total.exercised, "total": total.total, "text": str(total)}
