"""A report says which documented refusals the check never met."""

from xml.etree import ElementTree as ET

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.page import list_notices, render_page
from paysandbox.check.reports import build_junit, render_summary
from paysandbox.check.results import Report, Run, Tally
from paysandbox.check.subject import Subject
from paysandbox.check.unmet_refusals import MOST, describe_unmet, list_documented

LINE = "documented refusals never met: 2 of 3: pay 404 409"


def make_tallies() -> dict[str, Tally]:
    return {"pay": Tally(1, documented=frozenset({404, 409}), met={201, 400}), "get": Tally(1, 1, 1, met={404})}


def make_run() -> Run:
    run = Run("p", make_tallies())
    run.operations["get"].documented = frozenset({404})
    run.phases["examples"] = 2
    return run


def test_each_report_has_the_line() -> None:
    report = Report("http://x", "quick", "1", "now", (make_run(),))
    assert f"  {LINE}" in render_summary(report).splitlines()
    assert LINE in render_page(report, "verdict")
    assert LINE in ET.tostring(build_junit(report)).decode()


def test_what_was_never_called_says_nothing_about_refusals() -> None:
    """As of a dry run, or of a check that ended before its first case."""
    run = make_run()
    run.phases.clear()
    assert list_notices(run) == []


def test_a_long_line_names_some_operations_and_counts_the_others() -> None:
    tallies = {f"op{number}": Tally(documented=frozenset({404})) for number in range(MOST + 2)}
    (line,) = describe_unmet(tallies)
    assert line.startswith(f"documented refusals never met: {MOST + 2} of {MOST + 2}: op0 404, op1 404, ")
    assert line.endswith(f"op{MOST - 1} 404, 2 operations more")


def test_without_unmet_refusals_there_is_no_line() -> None:
    assert describe_unmet({"get": Tally(documented=frozenset({404}), met={404, 200})}) == []


@pytest.mark.parametrize(
    ("provider", "name", "statuses"),
    [
        ("invisible_collector", "getDebt", {401}),
        ("invoicexpress", "createPartialPayment", {401, 404, 422}),
        ("invoiless", "getPayment", {400, 403, 404}),
        ("crm_com", "showInvoice", set()),  # whose refusals are answered with 200
    ],
)
def test_documented_refusals_are_those_of_the_contract(provider: str, name: str, statuses: set[int]) -> None:
    """But not that of a rate limit, nor what is only assumed."""
    subject = Subject(provider, create_runtime(provider_names=[provider]))
    (operation,) = (operation for operation in subject.operations if operation.id == name)
    assert list_documented(operation) == statuses
