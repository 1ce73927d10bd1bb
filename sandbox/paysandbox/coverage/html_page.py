"""What the page of coverage shows: headline figures, a bar for each provider, and all units by operation."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from paysandbox.core.messages import Reply
from paysandbox.coverage.report import CALLED, Sum, by_kind, clean, name_of, sum_of, whole_of
from paysandbox.coverage.units import Subject
from paysandbox.html.rendering import page


def coverage_page(subjects: Sequence[Subject]) -> Reply:
    """One page that needs nothing else, so that it can be kept as a file."""
    shown = [_subject(one) for one in subjects]
    return page("coverage/coverage.html", scripted=False, whole=_shown(whole_of(subjects)), subjects=shown)


def _subject(subject: Subject) -> Mapping[str, Any]:
    name, title, units, counts = subject
    operations = [(operation, list(together)) for operation, together in groupby(units, attrgetter("operation"))]
    return {
        "name": clean(name),
        "title": clean(title),
        "sum": _shown(sum_of(units, counts)),
        "kinds": [(CALLED[kind], str(found)) for kind, found in by_kind(units, counts)],
        "operations": [
            {
                "name": clean(operation),
                "sum": str(sum_of(together, counts)),
                "units": [
                    {
                        "name": clean(name_of(unit)),
                        "says": clean(unit.says or ""),
                        "provenance": clean(unit.provenance),
                        "calls": counts.get(unit.id, 0),
                    }
                    for unit in together
                ],
            }
            for operation, together in operations
        ],
    }


def _shown(found: Sum) -> Mapping[str, Any]:
    return {"percent": found.percent, "exercised": found.exercised, "total": found.total, "text": str(found)}
