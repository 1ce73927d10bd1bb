"""Invisible Collector as a client sees it, with the fixtures' first company logged in."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client

PROVIDER = "invisible_collector"
COMPANY = "838fe7a4-a111-49cf-8a22-615d41b772e8"
CUSTOMER = "c0587212-6072-4bf6-9e70-f832290b01b7"
Body = Callable[..., dict[str, Any]]


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """Calls below the provider's root with the test credential."""
    return Client(runtime, root="/invisible-collector", headers={"authorization": "Bearer ic-test-token"})


@pytest.fixture
def state(runtime: Runtime) -> InvisibleCollectorState:
    """What the provider remembers in the default namespace."""
    found = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvisibleCollectorState)
    return found


@pytest.fixture
def payment() -> Body:
    """A body that is accepted: 100.00 EUR for the debt FT 2016/101, with whatever a test changes."""
    return _changeable(
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
    """A body that is accepted: a debt of 100.00 EUR, with whatever a test changes."""
    return _changeable(
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
    """A body that is accepted: a note of 30.00, with whatever a test changes."""
    return _changeable({"number": "N 2016/777", "date": "2016-07-25", "grossTotal": 30})


def _changeable(body: Mapping[str, Any]) -> Body:
    """The body with changes; a member that is changed to `...` is left out."""

    def made(**changes: Any) -> dict[str, Any]:
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return made
