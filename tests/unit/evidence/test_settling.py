"""A replay settles what no schema shows: rules that are assumed, and variants of behaviour."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.core.exact_json import read_json
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.settling import settle_by_replay
from paysandbox.judging import judge
from paysandbox.judging.differences import Drift
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import InvoiceXpress, change_reply, make_exchange, write


@pytest.fixture
def settle(runtime: Runtime, tmp_path: Path) -> Any:
    def run(*exchanges: Exchange) -> Drift:
        path = write(tmp_path / "seen.har", exchanges)
        drift = run_drift([path], runtime)
        settle_by_replay(drift, [path], runtime)
        return drift

    return run


def tell(drift: Drift, verdict: str, about: str = "rule") -> set[str]:
    return {one.where for one in drift.select(verdict) if one.about == about}


def issue(vendor: InvoiceXpress) -> None:
    """An invoice whose total depends on when it is rounded."""
    items = [{"name": f"Pen {n}", "unit_price": "0.335", "quantity": "1"} for n in range(3)]
    draft = {"date": "01/11/2026", "due_date": "02/11/2026", "client": {"name": "Ann", "code": "A-77"}, "items": items}
    vendor.call("POST", "/invoices.json", {"invoice": draft})


def test_a_variant_of_behaviour_is_named(client: Client, settle: Any) -> None:
    vendor = InvoiceXpress(client, "vendor", {"rounding": "per_item"})
    issue(vendor)
    assert settle(*vendor.record()).variants == {"invoicexpress: rounding=per_item": 1}


def test_the_choice_in_force_is_confirmed_where_another_would_show(client: Client, settle: Any) -> None:
    """A credit note settles its invoice, which a later read shows."""
    vendor = InvoiceXpress(client, "vendor")
    issue(vendor)
    number = vendor.record()[0].reply.content
    assert number is not None
    invoice = read_json(number)["invoice"]
    vendor.call("PUT", f"/invoices/{invoice['id']}/change-state.json", {"invoice": {"state": "finalized"}})
    note = {
        "date": "01/11/2026",
        "due_date": "02/11/2026",
        "client": {"name": "Ann", "code": "A-77"},
        "owner_invoice_id": invoice["id"],
        "items": [{"name": f"Pen {n}", "unit_price": "0.335", "quantity": "1"} for n in range(3)],
    }
    made = vendor.call("POST", "/credit_notes.json", {"credit_note": note}).json["credit_note"]["id"]
    vendor.call("PUT", f"/credit_notes/{made}/change-state.json", {"credit_note": {"state": "finalized"}})
    vendor.call("GET", f"/invoices/{invoice['id']}.json")
    exchanges = vendor.record()
    drift = settle(*exchanges)
    assert not drift.variants
    confirmed = [one for one in drift.select("confirmed") if one.about == "variant"]
    assert "credit_note_effect=lowers" in {one.where for one in confirmed}
    assert "rounding=once" not in {one.where for one in confirmed}  # it is observed already
    assert "credit_note_effect=lowers" not in tell(settle(*exchanges[:2]), "confirmed", "variant")


def test_a_rule_that_calls_pass_is_consistent_and_not_confirmed(client: Client, settle: Any) -> None:
    """That a rule lets a call pass is no proof that there is one."""
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    drift = settle(*vendor.record())
    assert "finalized-takes-next-number" in tell(drift, "consistent")
    assert not tell(drift, "contradicted")


def test_a_rule_that_refuses_what_the_vendor_took_is_contradicted(client: Client, settle: Any) -> None:
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    exchanges = vendor.record()
    exchanges[6] = replace(exchanges[5 - 1], request=exchanges[6].request, place=exchanges[6].place)
    drift = settle(*exchanges)
    assert tell(drift, "contradicted") == {"overpayment-is-refused"}
    (found,) = [one for one in drift.select("contradicted") if one.about == "rule"]
    assert found.places == ("seen.har#7",)
    assert found.unit == "createPartialPayment rule overpayment-is-refused"


def test_a_refusal_that_a_rule_explains_is_not_unclear(client: Client, settle: Any) -> None:
    """The request alone does not show why a payment of more than is owed is refused; the recording does."""
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    exchanges = vendor.record()
    drift = settle(*exchanges)
    assert not tell(drift, "unclear", "request")
    alone = settle(*[exchanges[6]] * 5)  # of a document that no exchange has made
    (unclear,) = [one for one in alone.select("unclear") if one.about == "request"]
    assert (unclear.count, len(unclear.places)) == (5, 3)


def test_an_amount_that_differs_puts_assumed_rules_in_doubt(client: Client, settle: Any) -> None:
    vendor = InvoiceXpress(client, "vendor")
    issue(vendor)
    (exchange,) = vendor.record()
    drift = settle(change_reply(exchange, "invoice", "total", value=77))
    assert "total-can-be-paid" in tell(drift, "unclear")
    assert not tell(drift, "consistent")


def test_what_the_vendor_refuses_of_a_known_record_is_too_lenient(client: Client, settle: Any) -> None:
    """Of a record that the recording made, its state is no other reason."""
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    exchanges = vendor.record()
    refused = replace(exchanges[4], status=422, reply=exchanges[5].reply)
    drift = settle(*exchanges[:4], refused)
    assert tell(drift, "too lenient", "request") == {"422"}
    assert not tell(drift, "unclear", "request")
    assert drift.exit_code == 1
    alone = settle(refused)
    assert not tell(alone, "too lenient", "request")
    assert tell(alone, "unclear", "request") == {"422"}


@pytest.mark.parametrize(
    ("sent", "is_omitted"),
    [
        ({"invoice": {}}, True),
        ({"invoice": {"status": "draft"}}, False),
        ({"invoice": {"status": None}}, False),  # null is a value
        ({"invoice": None}, False),
        ({}, False),
        (None, False),
        ("invoice[status]=draft", False),  # a form, whose fields are not read
    ],
)
def test_a_default_is_settled_only_where_the_request_omits_the_property(sent: Any, *, is_omitted: bool) -> None:
    assert judge._omits(sent, ("invoice", "status")) is is_omitted  # noqa: SLF001 - the contracts assume no such default


@pytest.mark.parametrize(("query", "verdicts"), [("", ["confirmed"]), ("?page=1", []), ("?page=2", [])])
def test_a_default_of_a_parameter_is_confirmed_only_without_it(
    client: Client, tmp_path: Path, query: str, verdicts: list[str]
) -> None:
    reply = {
        "credit_notes": [],
        "pagination": {"total_entries": 0, "per_page": 10, "current_page": 1, "total_pages": 1, "page": 1},
    }
    path = write(tmp_path / "seen.har", [make_exchange("GET", f"/credit_notes.json{query}", 200, reply=reply)])
    drift = run_drift([path], client.runtime, "invoicexpress")
    assert [one.verdict for one in drift.differences if one.about == "default"] == verdicts
