"""Unit prices of scaled items."""

from decimal import Decimal

from paysandbox.providers.invoicexpress.records import Item, Tax
from paysandbox.providers.invoicexpress.rules import receipts


def test_a_scaled_unit_price_makes_the_subtotal() -> None:
    """Three pieces paid with 10.00 cost 3.333333 each; rounded to cents they would make 9.99."""
    billed = Item(
        name="x",
        description="y",
        unit="z",
        quantity=Decimal(3),
        unit_price=Decimal(10),
        discount=Decimal(0),
        tax=Tax(id=31595, name="IVA", value=Decimal(0)),
        subtotal=Decimal(30),
        discount_amount=Decimal(0),
        tax_amount=Decimal(0),
        total=Decimal(30),
    )
    (scaled,) = receipts.scale_items([billed], Decimal("10.00"))
    assert scaled.unit_price == Decimal("3.333333")
    assert abs(scaled.unit_price * scaled.quantity - scaled.subtotal) < Decimal("0.00001")
