"""The view of what the calls of a namespace have not exercised yet."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from paysandbox.control.lookup import get_namespace
from paysandbox.coverage.html_page import describe_sum, describe_sums, describe_units, group_by_operation
from paysandbox.coverage.report import Sum, sum_called, sum_subjects
from paysandbox.coverage.units import Subject
from paysandbox.kit.runtime import Runtime


class CoverageView(Struct, frozen=True):
    """`whole` and `subjects` are described as the coverage report describes them, but with missed units only."""

    namespace: str
    whole: Mapping[str, Any]
    called: str
    subjects: tuple[Mapping[str, Any], ...]


def build_coverage(runtime: Runtime, name: str) -> CoverageView:
    """Build the view.

    Raises:
        NotFound: the namespace does not exist.
    """
    subjects = runtime.list_coverage_subjects(get_namespace(name, runtime).counts)
    return CoverageView(
        namespace=name,
        whole=describe_sum(sum_subjects(subjects)),
        called=str(sum_called(subjects)),
        subjects=tuple(map(_describe_subject, subjects)),
    )


def _describe_subject(subject: Subject) -> Mapping[str, Any]:
    """Describe a provider; of each operation that was called the units that were missed.

    An operation that was not called has no units here, because they are all that it has, and of all operations weigh
    half a megabyte.
    """
    counts, operations = subject[3], []
    for name, units in group_by_operation(subject):
        missed = [unit for unit in units if not counts.get(unit.id)]
        is_called = len(missed) < len(units)
        operations.append(
            {
                "name": name,
                "sum": str(Sum(len(units) - len(missed), len(units))),
                "is_called": is_called,
                "missed": describe_units(missed, counts) if is_called else [],
            }
        )
    return {**describe_sums(subject), "operations": operations}
