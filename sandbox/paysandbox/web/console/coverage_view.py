"""The view of what the calls of a namespace have not exercised yet."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from paysandbox.control.lookup import get_namespace
from paysandbox.coverage.html_page import describe_subject, describe_sum
from paysandbox.coverage.report import sum_called, sum_subjects
from paysandbox.kit.runtime import Runtime


class CoverageView(Struct, frozen=True):
    """`whole` and `subjects` are described as the coverage report describes them."""

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
        subjects=tuple(map(describe_subject, subjects)),
    )
