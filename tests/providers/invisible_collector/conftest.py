"""Fixtures of Invisible Collector's tests: a client of the fixtures' first company, and bodies that are accepted."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client
from tests.providers.invisible_collector.known import CUSTOMER, PROVIDER, Body, make_body


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """Calls below the provider's root with the test credential."""
    return Client(runtime, root="/invisible-collector", headers={"authorization": "Bearer ic-test-token"})


@pytest.fixture
def state(runtime: Runtime) -> InvisibleCollectorState:
    """The provider's state in the default namespace."""
    found = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvisibleCollectorState)
    return found


@pytest.fixture
def payment() -> Body:
    """A function that builds an accepted body, with changes: 100.00 EUR for the debt FT 2016/101."""
    return make_body(
        {
            "number": "RG 2016/777",
            "type": "RG",
            "date": "2016-07-20",
            "currency": "EUR",
            "lines": [{"number": "FT 2016/101", "amount": 100}],
        }
    )


@pytest.fixture
def debt() -> Body:
    """A function that builds an accepted body, with changes: a debt of 100.00 EUR."""
    return make_body(
        {
            "number": "FT 2016/777",
            "customerId": CUSTOMER,
            "type": "FT",
            "date": "2016-07-20",
            "dueDate": "2016-08-19",
            "grossTotal": 100,
            "currency": "EUR",
        }
    )


@pytest.fixture
def note() -> Body:
    """A function that builds an accepted body, with changes: a note of 30.00."""
    return make_body({"number": "N 2016/777", "date": "2016-07-25", "grossTotal": 30})


@pytest.fixture
def customer() -> Body:
    """A function that builds an accepted body, with changes: a new customer with the mandatory properties."""
    return make_body({"name": "Rui Vaz", "vatNumber": "PT231004598", "country": "PT"})
