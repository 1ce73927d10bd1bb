"""A replay settles what no schema shows: rules that are assumed, and variants of behaviour."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.evidence.differences import Drift
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.settling import settle_by_replay
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import InvoiceXpress, change_reply, write


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
    """A PDF comes after one poll: with none, or with two, the replies would have other statuses."""
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    (number,) = {int(one.url.split("/")[4]) for one in vendor.record() if "partial_payments" in one.url}
    for _ in range(2):
        vendor.call("GET", f"/api/pdf/{number}.json")
    drift = settle(*vendor.record())
    assert not drift.variants
    assert "pdf_polls=1" in tell(drift, "confirmed", "variant")
    assert "rounding=once" not in tell(drift, "confirmed", "variant")  # it is observed already


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


def test_an_amount_that_differs_puts_assumed_rules_in_doubt(client: Client, settle: Any) -> None:
    vendor = InvoiceXpress(client, "vendor")
    issue(vendor)
    (exchange,) = vendor.record()
    drift = settle(change_reply(exchange, "invoice", "total", value=77))
    assert "total-can-be-paid" in tell(drift, "unclear")
    assert not tell(drift, "consistent")
