"""Discounts, extra charges, taxes and texts of a new invoice: what enters the total, and what is kept as sent."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import INVOICES, NEW, THREE, UNPAID, invoice_path, payments_of

TEN = {"type": "Percentage", "value": 10}
VAT = {"name": "VAT", "rate": 21}


@pytest.mark.parametrize(
    ("more", "sub_total", "net_total", "tax", "total"),
    [
        ({}, "480", "480", "0", "480"),
        ({"discount": 80}, "480", "400", "0", "400"),
        ({"discount": {"value": Decimal("0.01")}}, "480", "479.99", "0", "479.99"),
        ({"discount": {"type": "Fixed", "value": 80}}, "480", "400", "0", "400"),
        ({"discount": TEN}, "480", "432", "0", "432"),
        ({"discount": {"type": "Percentage", "value": Decimal("33.333")}}, "480", "320", "0", "320"),
        ({"discount": 500}, "480", "0", "0", "0"),
        ({"discount": {}}, "480", "480", "0", "480"),
        ({"discount": 0, "extraCharges": {}}, "480", "480", "0", "480"),
        ({"extraCharges": {"name": "Courier", "value": Decimal("12.5")}}, "480", "492.5", "0", "492.5"),
        ({"extraCharges": TEN}, "480", "528", "0", "528"),
        ({"taxes": [VAT]}, "480", "480", "100.8", "580.8"),
        ({"taxes": [{"name": "VAT", "value": 21}]}, "480", "480", "100.8", "580.8"),
        ({"taxes": [{"percentage": 21}, {"rate": Decimal("0.5")}]}, "480", "480", "103.2", "583.2"),
        ({"taxes": [VAT], "taxIncluded": True}, "480", "480", "83.31", "480"),
        ({"discount": TEN, "extraCharges": {"value": 8}, "taxes": [VAT]}, "480", "440", "92.4", "532.4"),
        # Shapes that are not understood count nothing.
        ({"discount": {"type": "percentage", "value": 10}}, "480", "480", "0", "480"),
        ({"discount": {"type": "Percentage", "value": 101}}, "480", "480", "0", "480"),
        ({"discount": {"amount": 10}}, "480", "480", "0", "480"),
        ({"discount": {"value": "10"}}, "480", "480", "0", "480"),
        ({"discount": {"value": True}}, "480", "480", "0", "480"),
        ({"discount": {"value": -10}}, "480", "480", "0", "480"),
        ({"taxes": [{"name": "VAT"}, {"rate": 101}, {"rate": "21"}]}, "480", "480", "0", "480"),
    ],
)
def test_the_total_has_discount_charges_and_taxes(
    api: Client, more: dict[str, Any], sub_total: str, net_total: str, tax: str, total: str
) -> None:
    """Each rounded once; all of it is owed, and the objects are answered as sent."""
    made = api.post(INVOICES, {**UNPAID, **more})
    assert made.status == 201
    figures = [made.json[name] for name in ("subTotal", "netTotal", "tax", "total", "balance")]
    assert figures == [Decimal(figure) for figure in (sub_total, net_total, tax, total, total)]
    assert {name: made.json[name] for name in more} == more
    assert api.get(invoice_path(made.json["id"])).content == made.content


def test_each_tax_is_rounded_half_up(api: Client) -> None:
    """On its own, and then added."""
    body = {**NEW, "items": [{"name": "x", "price": Decimal("0.10")}], "taxes": [{"rate": 5}, {"rate": 5}]}
    assert api.post(INVOICES, body).json["tax"] == Decimal("0.02")


def test_what_discount_and_taxes_leave_can_be_paid(api: Client) -> None:
    """To the cent, and no more."""
    key = api.post(INVOICES, {**UNPAID, "discount": TEN, "taxes": [VAT]}).json["id"]
    assert api.post(payments_of(key), {"method": "Card", "amount": Decimal("522.73")}).status == 400
    assert api.post(payments_of(key), {"method": "Card", "amount": Decimal("522.72")}).status == 201
    assert api.get(invoice_path(key)).json["status"] == "Paid"


def test_other_properties_are_answered_as_sent(api: Client) -> None:
    """They enter no sum; an empty string or null is not given."""
    item = {"name": "x", "price": 5, "unit": "h", "sku": "A-1", "tax": 21, "taxes": [VAT], "discount": {"code": "Z"}}
    more = {
        "slug": "s",
        "header": "h",
        "shipTo": True,
        "extraFields": [{"name": "PO", "value": "77"}, {"colour": "red"}],
        "extraCharges": {"name": "Courier", "note": None},
    }
    made = api.post(INVOICES, {**NEW, **more, "items": [item]}).json
    assert {name: made[name] for name in more} == more
    assert made["items"] == [{**made["items"][0], **item}]
    assert made["total"] == 5
    nothing = dict.fromkeys(("number", "slug", "header", "currency", "lang", "terms", "notes", "date", "dueDate"), "")
    empty = api.post(INVOICES, {**NEW, **nothing, "items": [{**item, "unit": "", "sku": None}]}).json
    assert (empty["currency"], empty["lang"], empty["number"], empty["terms"]) == ("EUR", "en", "INV-2026-002", None)
    assert empty.keys().isdisjoint({"slug", "header"})
    assert empty["items"][0].keys().isdisjoint({"unit", "sku"})


def test_an_address_is_answered_with_what_was_given(api: Client) -> None:
    """The e-mail address in lower case."""
    address = {"firstName": "Ines", "lastName": "Okafor", "phone": "1", "address": "Kade 1", "legal": "KvK 1"}
    customer = {"billTo": {**address, "email": "Ines@Okafor.Example"}, "shipTo": {"company": "Depot", "name": "Depot"}}
    made = api.post(INVOICES, {**NEW, "customer": customer}).json["customer"]
    email = "ines@okafor.example"
    assert made == {
        "id": made["id"],
        "_id": made["id"],
        "email": email,
        "billTo": {**address, "name": "Ines Okafor", "shortName": "IO", "email": email},
        "shipTo": customer["shipTo"],
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Payable <b>now</b>", "Payable now"),
        ("a < b & c > d", "a < b & c > d"),
        ("<script>alert(1)</script>Thanks<script>x", "Thanks"),
        ('<a href="x" onclick="steal()">Thanks</a>', "Thanks"),
        ("<style>p {}</style>&lt;b&gt; &#60;", "&lt;b&gt; &#60;"),
        ("<!-- no -->Thanks<br/>", "Thanks"),
        ("<script>alert(1)</script>", None),
        ("no tags", "no tags"),
    ],
)
def test_tags_are_taken_out_of_terms_and_notes(api: Client, text: str, kept: str | None) -> None:
    """Scripts with what they contain."""
    made = api.post(INVOICES, {**NEW, "terms": text, "notes": text}).json
    assert (made["terms"], made["notes"]) == (kept, kept)


def test_an_invoice_is_overdue_from_the_day_after(runtime: Runtime, api: Client) -> None:
    """By the sandbox's clock, and only while something is owed."""
    clock = runtime.namespaces.get("default").clock
    keys = [
        api.post(INVOICES, {**NEW, "status": status, "dueDate": "2026-03-31"}).json["id"]
        for status in ("Unpaid", "Draft", "Paid")
    ]
    assert [api.get(invoice_path(key)).json["isOverdue"] for key in keys] == [False, False, False]
    clock.advance(86400)
    assert [api.get(invoice_path(key)).json["isOverdue"] for key in keys] == [True, False, False]
    api.post(payments_of(keys[0]), {"method": "Card"})
    assert api.get(invoice_path(keys[0])).json["isOverdue"] is False
    assert api.get(invoice_path(THREE)).json["isOverdue"] is True
