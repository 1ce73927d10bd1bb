"""The known names that are offered in place of an unknown one."""

import pytest

from paysandbox.contract.near_names import find_near
from paysandbox.contract.wording import describe_unknown
from tests.helpers.runtimes import Client
from tests.unit.control.advised import INVOICE, KEY, PAID


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("amount", ["token", "payment_amount", "note"], ["payment_amount"]),
        ("type", ["type_identifier", "note"], ["type_identifier"]),
        ("payment_method", ["payment_method_identifier", "payment_amount"], ["payment_method_identifier"]),
        ("dueDate", ["invoice_due_date"], ["invoice_due_date"]),
        ("invoice_date", ["date", "number"], ["date"]),
        ("paymentMethodType", ["payment", "paymentMethod"], ["paymentMethod"]),
        ("name", ["firstName", "lastName"], ["firstName", "lastName"]),
        ("name", ["aName", "bName", "cName", "dName"], []),
        ("id", ["customer_id"], []),
        ("mount", ["payment_amounts"], []),
        ("Payment-Amount", ["amount", "payment_amount"], ["payment_amount"]),
        ("ammount", ["amount", "payment_amount"], ["amount"]),
        ("", ["amount"], []),
        ("amount", [], []),
    ],
)
def test_near_names(name: str, known: list[str], near: list[str]) -> None:
    """In another spelling, with a few other letters, as whole words of one, or with whole words around one."""
    assert find_near(name, known) == near


def test_several_near_names_are_all_named() -> None:
    described = describe_unknown("name", ["firstName", "lastName"])
    assert described == "unknown property 'name' (did you mean 'firstName' or 'lastName'?)"


def test_what_a_request_cannot_set_is_not_offered(client: Client) -> None:
    """`id`, `invoice` and `createdAt` of a payment are read-only."""
    refused = client.post(INVOICE, PAID | {"xyz": 1}, headers=KEY)
    assert "unknown property 'xyz' (known: " in refused.explain
    listed = refused.explain.partition("(known: ")[2].partition(")")[0].split(", ")
    assert {"amount", "method"} <= set(listed)
    assert {"id", "invoice", "createdAt"} & set(listed) == set()
