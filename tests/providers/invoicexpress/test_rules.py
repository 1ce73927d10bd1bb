"""Arithmetic and dates, for any content of a document."""

import calendar
import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import Account, Client, Item, Mechanism, Sequence, Tax
from paysandbox.providers.invoicexpress.rules import receipts
from paysandbox.providers.invoicexpress.rules.documents import build_atcud
from tests.providers.invoicexpress.known import PROVIDER


@st.composite
def items(draw: st.DrawFn) -> Item:
    """An item as an invoice bills it: rounded once, discount before tax."""
    quantity = draw(st.decimals("0.5", 1000, places=1))
    unit_price = draw(st.decimals(0, 1000, places=2))
    discount = Decimal(draw(st.sampled_from([0, 5, 10, 100])))
    tax = Tax(id=31595, name="IVA", value=Decimal(draw(st.sampled_from([0, 6, 13, 23]))))
    subtotal = round_half_up(quantity * unit_price)
    discount_amount = round_half_up(subtotal * discount / 100)
    tax_amount = round_half_up((subtotal - discount_amount) * tax.value / 100)
    return Item(
        name="x",
        description="y",
        unit="z",
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        tax=tax,
        subtotal=subtotal,
        discount_amount=discount_amount,
        tax_amount=tax_amount,
        total=subtotal - discount_amount + tax_amount,
    )


@given(st.lists(items(), min_size=1, max_size=12), st.data())
def test_scaled_items_add_up_to_the_amount(billed: list[Item], data: st.DataObject) -> None:
    """No part of an item is negative, and every amount is in whole cents."""
    whole = sum((item.total for item in billed), ZERO)
    amount = data.draw(st.decimals(0, whole, places=2))
    scaled = receipts.scale_items(billed, amount)
    assert sum((item.total for item in scaled), ZERO) == amount
    for before, after in zip(billed, scaled, strict=True):
        parts = (after.subtotal, after.discount_amount, after.tax_amount, after.total, after.unit_price)
        assert all(part >= 0 for part in parts)
        assert all(part == round_half_up(part) for part in parts[:4])
        assert after.tax_amount <= after.total
        if not before.tax_amount:
            assert not after.tax_amount


@given(st.lists(items(), min_size=1, max_size=12))
def test_all_of_it_leaves_the_items_as_they_are(billed: list[Item]) -> None:
    """A payment in full changes neither amounts nor unit prices."""
    assert receipts.scale_items(billed, sum((item.total for item in billed), ZERO)) == tuple(billed)


@pytest.mark.parametrize(
    ("asked", "client", "account", "used"),
    [("CC", "NU", "MB", "CC"), (None, "NU", "MB", "NU"), (None, None, "MB", "MB"), (None, None, None, "TB")],
)
def test_the_most_specific_mechanism_is_chosen(
    asked: Mechanism | None, client: Mechanism | None, account: Mechanism | None, used: Mechanism
) -> None:
    """The requested mechanism, else the client's, else the account's, else TB."""
    who = Client(id=1, account=1, name="c", country="Portugal", payment_mechanism=client)
    whose = Account(id=1, account_name="a", organization_name="A", api_key="k", payment_mechanism=account)
    assert receipts.choose_mechanism(asked, who, whose) == used


@pytest.mark.parametrize(
    ("relevant", "code", "atcud"), [(True, "ABCD1234", "ABCD1234-7"), (True, None, "N/D"), (False, None, "N/A")]
)
def test_the_atcud_depends_on_the_registration(relevant: bool, code: str | None, atcud: str) -> None:  # noqa: FBT001 - a column of the table above
    """The three values of the vendor's page."""
    sequence = Sequence(id=1, account=1, serie="A", relevant=relevant, validation_code=code, current_receipt_number=7)
    assert build_atcud(sequence, 7) == atcud


def test_the_contracts_date_patterns_are_the_calendar(runtime: Runtime) -> None:
    """They match every date of years around the leap year rules, and nothing else."""
    schemas = runtime.services[PROVIDER].contract.document["components"]["schemas"]
    pattern, asked = (re.compile(schemas[name]["pattern"]) for name in ("GivenDate", "AskedDate"))
    for year in (1000, 1600, 1700, 1896, 1900, 1999, 2000, 2004, 2017, 2023, 2024, 2100, 2400, 9996, 9999):
        for month in range(14):
            last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
            for day in range(33):
                text = f"{day:02}/{month:02}/{year:04}"
                assert bool(pattern.search(text)) == (1 <= day <= last), text
                for short in (text, f"{day}/{month}/{year:04}", f"{day:02}/{month}/{year:04}"):
                    assert bool(asked.search(short)) == (1 <= day <= last), short
    for text in (
        "01/01/0999",
        "1/1/2017",
        "01-01-2017",
        "2017-01-01",
        " 01/01/2017",
        "01/01/20170",
        "\u0660\u0661/01/2017",
    ):
        assert not pattern.search(text), text
        assert not asked.search(text) or text == "1/1/2017", text


@given(st.dates(dt.date(1000, 1, 1)))
def test_a_date_survives_the_wire(day: dt.date) -> None:
    """There and back."""
    assert wire.read_date(wire.write_date(day)) == day
