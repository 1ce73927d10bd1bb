"""The variant `release`: a parameter is refused under every release before the one that introduced it."""

from itertools import pairwise
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.rules.releases import RELEASES, includes
from tests.helpers.runtimes import nothing_changes
from tests.providers.crm_com.known import PAY, Body, Under, code, data

Gate = tuple[str, str, dict[str, Any]]

GATES: list[Gate] = [
    ("back_office_code", "R9.1.0", {"back_office_code": "TILL-1"}),
    ("back_office_code", "R9.1.0", {"invoice_identifier": {"back_office_code": "PROJECT-17"}}),
    ("fields_set", "R10.0.0", {"fields_set": "id"}),
    (
        "accounts_receivable_payment_preference_identifier",
        "R11.0.0",
        {
            "payment_method_identifier": {"alternative_code": "SEPA"},
            "accounts_receivable_payment_preference_identifier": {"payment_medium_identifier": "MANDATE-192-1"},
        },
    ),
    (
        "wallet_identifier",
        "R14.0.0",
        {
            "accounts_receivable_identifier": ...,
            "wallet_identifier": {"number": "W0000007376"},
            "invoice_identifier": {"reference_number": "4862"},
        },
    ),
]


def test_the_newest_release_is_the_default(base_runtime: Runtime) -> None:
    """The first choice of a variant is its default; the choices go from R18 down to R7."""
    assert tuple(base_runtime.services["crm_com"].contract.variants["release"].choices) == RELEASES
    assert (RELEASES[0], RELEASES[-1]) == ("R18.0.0", "R7.0.0")
    pairs = pairwise(RELEASES)
    assert all(includes(newer, older) and not includes(older, newer) for newer, older in pairs)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("gate", GATES, ids=lambda gate: f"{gate[0]} in {list(gate[2])[-1]}")
def test_a_member_is_known_from_its_release_on(under: Under, payment: Body, release: str, gate: Gate) -> None:
    """Carried out from that release on; before it refused, with the name of the release that brings it."""
    member, since, changes = gate
    api = under(release)
    body = payment(**changes)
    if includes(release, since):
        data(api.post(PAY, body))
        return
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, body)
    assert code(response) == "INVALID_REQUEST"
    assert response.json["status"]["message"] == f"{member} is available from CRM.COM {since}; this is {release}"
    assert "[rule release-gates," in response.explain


@pytest.mark.parametrize("release", ["R7.0.0", "R13.0.0"])
def test_a_null_of_a_member_that_is_not_known_yet_is_nothing(under: Under, payment: Body, release: str) -> None:
    """Clients that send every unset member as null work under every release."""
    nulls = dict.fromkeys(["wallet_identifier", "back_office_code", "fields_set"])
    data(under(release).post(PAY, payment(**nulls)))


def test_all_unknown_members_are_named(under: Under, payment: Body) -> None:
    message = under("R7.0.0").post(PAY, payment(back_office_code="x", fields_set="id")).json["status"]["message"]
    assert "R9.1.0" in message
    assert "R10.0.0" in message


@pytest.mark.parametrize(("release", "members"), [("R9.1.0", False), ("R10.0.0", True), ("R18.0.0", True)])
def test_the_rate_period_came_with_r10(under: Under, payment: Body, release: str, *, members: bool) -> None:
    """Before it is left out, from then on null or an object."""
    api = under(release)
    assert ("currency_rate_period" in data(api.post(PAY, payment()))) == members
    foreign = payment(accounts_receivable_identifier={"number": "211"}, invoice_identifier={"reference_number": "2251"})
    assert ("currency_rate_period" in data(api.post(PAY, foreign))) == members


@pytest.mark.parametrize(("release", "has_state"), [("R13.0.0", False), ("R14.0.0", True)])
def test_the_state_of_a_currency_came_with_r14(under: Under, payment: Body, release: str, *, has_state: bool) -> None:
    """The only member of a currency that was not there from the beginning."""
    foreign = payment(accounts_receivable_identifier={"number": "211"}, invoice_identifier={"reference_number": "2251"})
    period = data(under(release).post(PAY, foreign))["currency_rate_period"]
    assert ("life_cycle_state" in period["currency"]) == has_state


def test_before_r11_a_generic_gateway_cannot_be_used(under: Under, payment: Body) -> None:
    """It needs a payment preference, which the release does not know."""
    api = under("R10.0.0")
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(payment_method_identifier={"alternative_code": "SEPA"}))
    assert code(response) == "NOT_ALLOWED"
    assert "R11.0.0" in response.json["status"]["message"]


@pytest.mark.parametrize("release", ["R7.0.0", "R13.0.0"])
def test_before_r14_the_accounts_receivable_is_mandatory(under: Under, payment: Body, release: str) -> None:
    """There is no wallet to take its place."""
    api = under(release)
    with nothing_changes(api, "crm_com"):
        response = api.post(PAY, payment(accounts_receivable_identifier=...))
    assert code(response) == "INVALID_REQUEST"
    assert "missing property 'accounts_receivable_identifier'" in response.json["status"]["message"]
    assert "wallet" not in response.json["status"]["message"]
