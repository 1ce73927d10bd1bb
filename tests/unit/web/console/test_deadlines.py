"""Dates on which something becomes due, as the records of every provider have them."""

from datetime import UTC, datetime

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.web.console.deadlines import list_deadlines
from tests.helpers.html_reading import read_page
from tests.helpers.runtimes import Client
from tests.unit.control.asking import check_problem


@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("crm_com", {"due_on"}),
        ("invisible_collector", {"dueDate", "expiresAt"}),
        ("invoicexpress", {"due_date"}),
        ("invoiless", {"dueDate"}),
    ],
)
def test_each_provider_has_deadlines(runtime: Runtime, provider: str, names: set[str]) -> None:
    """A day has passed at its end, a time at once."""
    found = list(list_deadlines(provider, runtime.namespaces.get("default").state(provider)))
    assert {deadline.name for deadline in found} <= names
    assert "due" in found[0].name.lower()
    for deadline in found:
        is_day = "T" not in deadline.value
        begin = datetime.fromisoformat(deadline.value).replace(tzinfo=UTC)
        assert (deadline.passes - begin).days == is_day, deadline


@pytest.mark.parametrize("since", ["yesterday", "2026-02-30T00:00:00Z"])
def test_a_time_that_is_none_is_refused(client: Client, since: str) -> None:
    check_problem(client.get("/_sandbox/clock/default", query=f"since={since}"), 422, "is not a time")


def test_nothing_is_due_without_a_time_before(client: Client) -> None:
    page = read_page(client.get("/_sandbox/clock/default"))
    assert "Due since" not in page.text
    assert "Due next" in page.text


@pytest.mark.parametrize(
    "path", ["manage/none", "clock/none", "faults/none", "snapshots/none", "snapshots/default/none"]
)
def test_a_page_of_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    """And makes no namespace of this name."""
    check_problem(client.get(f"/_sandbox/{path}"), 404, "there is no")
    assert [namespace.name for namespace in client.runtime.namespaces] == ["default"]
