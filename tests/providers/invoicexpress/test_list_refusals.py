"""Pages and filters of the list that are refused."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import PROVIDER, is_empty, listed


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": "01"},
        {"page": "1.5"},
        {"page": "x"},
        {"page": 2147483648},
        {"per_page": 0},
        {"per_page": -1},
        {"per_page": "ten"},
        {"per_page": "1e9"},
        {"type[]": "invoice"},
        {"type[]": ["Invoice", "Estimate"]},
        {"type[]": ["Invoice"] * 101},
        {"status[]": "deleted"},
        {"status[]": ["sent", "paid"]},
        {"status[]": ["sent"] * 1000},
        {"date[from]": "2017-10-01"},
        {"date[to]": "31/09/2017"},
        {"date[to]": "01/10/2017\0"},
        {"due_date[from]": "2017-10-01"},
        {"date[from]": ["01/10/2017", "02/10/2017"]},
        {"total_before_taxes[from]": "1,50"},
        {"total_before_taxes[to]": "-1"},
        {"total_before_taxes[to]": "1e9"},
        {"total_before_taxes[to]": "NaN"},
        {"text": ["a", "b"]},
        {"archived": "yes"},
        {"non_archived": "1"},
        {"order_by": "number"},
        {"order_by": ["date_asc", "date_desc"]},
    ],
    ids=lambda query: next(f"{name}={str(value)[:30]}" for name, value in query.items()),
)
def test_impossible_pages_and_filters_are_refused(api: Client, query: dict[str, Any]) -> None:
    """422 because of the request alone."""
    with nothing_changes(api, PROVIDER):
        response = listed(api, **query)
    assert response.status == 422
    assert is_empty(response)
    assert "x-sandbox-reason" not in response.headers
    assert "?" in response.explain


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("type", "type[]"),
        ("status", "status[]"),
        ("type[0]", "type[]"),
        ("date_from", "date[from]"),
        ("duedate[to]", "due_date[to]"),
        ("perpage", "per_page"),
    ],
)
def test_a_misspelt_filter_names_what_is_meant(api: Client, name: str, meant: str) -> None:
    """Passed over, it would find all documents."""
    response = listed(api, **{name: "1"})
    assert response.status == 422
    assert f"did you mean {meant!r}?" in response.explain


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("date[start]", "(known: date[from], date[to])"),
        ("date", "(known: date[from], date[to])"),
        ("colour", "(known: text, type[], status[], "),
    ],
)
def test_an_unknown_filter_names_the_known_ones(api: Client, name: str, known: str) -> None:
    """Those with the same name before the brackets, else all."""
    assert f"unknown query parameter '{name}' {known}" in listed(api, **{name: "1"}).explain


def test_a_thousand_unknown_filters_are_refused_shortly(api: Client) -> None:
    """Their number is told."""
    response = listed(api, **{f"filter{number}": "x" for number in range(1000)})
    assert response.status == 422
    assert len(response.explain) < 8000


@pytest.mark.parametrize(
    ("query", "said", "rule"),
    [
        (
            {"date[from]": "02/10/2017", "date[to]": "01/10/2017"},
            "?date[to]: 01/10/2017 is before ?date[from], 02/10/2017",
            "dates-are-in-order",
        ),
        (
            {"due_date[from]": "02/10/2017", "due_date[to]": "01/10/2017"},
            "?due_date[to]: 01/10/2017 is before ?due_date[from], 02/10/2017",
            "dates-are-in-order",
        ),
    ],
    ids=["dates", "due dates"],
)
def test_reversed_ranges_are_refused(api: Client, query: dict[str, str], said: str, rule: str) -> None:
    """The explanation names both ends; equal ends are a range."""
    response = listed(api, **query)
    assert response.status == 422
    assert is_empty(response)
    assert said in response.explain
    assert rule in response.explain
    assert listed(api, **dict.fromkeys(query, next(iter(query.values())))).status == 200
