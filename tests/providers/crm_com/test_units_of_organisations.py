"""Logging in where there are several organisations."""

from paysandbox.providers.crm_com.records.catalogue import Organisation, Unit
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import CREDENTIALS, LOGIN, code


def test_nobody_logs_in_at_a_unit_of_another_organisation(api: Client, state: CrmComState) -> None:
    """It is refused like a unit that does not exist."""
    demo = state.organisations.find("name", "Demo")
    assert demo is not None
    state.organisations.put(Organisation(id="A" * 32, name="Rival", currency=demo.currency))
    state.units.put(Unit(id="B" * 32, name="Their Store", alternative_code="RIV", organisation="A" * 32))
    with nothing_changes(api, "crm_com"):
        response = api.post(LOGIN, CREDENTIALS | {"unit": "B" * 32})
    assert code(response) == "NOT_FOUND"
    assert "unknown-reference-is-refused" in response.explain
