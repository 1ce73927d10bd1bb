"""GET payments/get_latest and invoices/list: what an account or a wallet has, the newest first."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import (
    CREATE,
    INVOICE,
    INVOICES,
    LATEST,
    SHOW,
    Body,
    Under,
    asked,
    code,
    data,
)

DINA = {"accounts_receivable_identifier": "number=192"}


def latest(api: Client, number: Any = 1000, **query: Any) -> list[str]:
    found = data(asked(api, LATEST, number=number, **(query or DINA)))
    return [payment["reference_number"] for payment in found]


def invoices(api: Client, **query: Any) -> list[str]:
    return [invoice["reference_number"] for invoice in data(asked(api, INVOICES, **DINA, **query))]


def test_the_latest_payment_is_first(api: Client, creation: Body) -> None:
    """By the time of issue, then by number; drafts and cancelled payments too."""
    assert latest(api) == ["114", "111", "113", "112"]
    assert latest(api, 2) == ["114", "111"]
    data(api.post(CREATE, creation()))
    data(api.post(CREATE, creation(life_cycle_state="DRAFT")))
    assert latest(api, 3) == ["116", "115", "114"]


def test_a_latest_payment_is_as_payments_show_answers_it(api: Client) -> None:
    """With all properties."""
    (found,) = data(asked(api, LATEST, number=1, **DINA))
    assert found == data(asked(api, SHOW, payment_identifier="number=99"))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type_identifier": "name=Payment 1"}, ["114", "113", "112"]),
        ({"category_identifier": "code=SHOP"}, ["111"]),
        ({"payment_method_identifier": "alternative_code=CASH"}, ["111", "112"]),
        ({"type_identifier": "name=Payment 1", "payment_method_identifier": "alternative_code=CASH"}, ["112"]),
    ],
    ids=str,
)
def test_the_latest_payments_are_narrowed(api: Client, filters: dict[str, str], expected: list[str]) -> None:
    """By type, category and method, all of those given."""
    assert latest(api, **DINA, **filters) == expected


@pytest.mark.parametrize("number", [0, -1, 1001, "x", ...])
def test_the_number_of_latest_payments_is_needed(api: Client, number: Any) -> None:
    """Between 1 and 1000."""
    assert code(asked(api, LATEST, number=number, **DINA)) == "INVALID_REQUEST"


def test_the_newest_invoice_is_first(api: Client) -> None:
    """Drafts and cancelled invoices are among them, each as invoices/show answers it."""
    assert invoices(api) == ["2291", "2030", "2029", "2028", "2027", "2026", "2025", "2024", "2023", "328", "322"]
    found = data(asked(api, INVOICES, **DINA, number_of_results=1))
    assert found == [data(asked(api, INVOICE, invoice_identifier="reference_number=2291"))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"offset": 8}, ["2023", "328", "322"]),
        ({"offset": 8, "number_of_results": 1}, ["2023"]),
        ({"offset": 11}, []),
        ({"type_identifier": "name=Subscription Invoice"}, ["2023", "328"]),
        ({"category_identifier": "code=SHOP"}, ["328"]),
        ({"type_identifier": "name=Payment 1"}, []),
    ],
    ids=str,
)
def test_a_part_of_the_invoices(api: Client, query: dict[str, Any], expected: list[str]) -> None:
    """By place, type and category."""
    assert invoices(api, **query) == expected


@pytest.mark.parametrize("query", [{"offset": 1}, {"number_of_results": 1}], ids=str)
def test_parts_of_lists_came_with_r13(under: Under, query: dict[str, int]) -> None:
    """Before, the whole list is answered."""
    assert len(invoices(under("R12.0.0"))) == 11
    data(asked(under("R13.0.0"), INVOICES, **DINA, **query))
    refused = asked(under("R12.0.0"), INVOICES, **DINA, **query)
    assert code(refused) == "INVALID_REQUEST"
    assert "[rule release-gates," in refused.explain
