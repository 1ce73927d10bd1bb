"""Fixtures of CRM.COM's tests: a client, and bodies that are accepted."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, fresh_runtime
from tests.providers.crm_com.known import ROOT, TOKEN, Body, Under, state_of


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """Calls below the provider's base path, under the default release."""
    return Client(runtime, root=ROOT)


@pytest.fixture
def under(base_runtime: Runtime) -> Under:
    """A function that returns a client of a new sandbox under another release."""
    return lambda release: Client(fresh_runtime(base_runtime, release=release), root=ROOT)


@pytest.fixture
def state(api: Client) -> CrmComState:
    """The provider's state in the default namespace."""
    return state_of(api)


@pytest.fixture
def payment() -> Body:
    """A function that builds an accepted body, with changes: Dina Mika pays the 55 of the invoice 2024."""

    def build(**changes: Any) -> dict[str, Any]:
        body = {
            "token": TOKEN,
            "accounts_receivable_identifier": {"number": "192"},
            "type_identifier": {"name": "Payment 1"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "invoice_identifier": {"reference_number": "2024"},
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return build


@pytest.fixture
def creation() -> Body:
    """A function that builds an accepted body, with changes: a posted payment of 15.50 from the account 192."""

    def build(**changes: Any) -> dict[str, Any]:
        body = {
            "token": TOKEN,
            "accounts_receivable_identifier": {"number": "192"},
            "type_identifier": {"name": "Payment 1"},
            "life_cycle_state": "POSTED",
            "payment_method_identifier": {"name": "Cash Payment"},
            "payment_amount": Decimal("15.5"),
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return build


@pytest.fixture
def cancellation() -> Body:
    """A function that builds an accepted body, with changes: the payment 99 is cancelled."""

    def build(**changes: Any) -> dict[str, Any]:
        body = {
            "token": TOKEN,
            "payment_identifier": {"number": "99"},
            "type_identifier": {"alternative_code": "PAYCAN"},
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return build
