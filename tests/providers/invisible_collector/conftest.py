"""Invisible Collector as a client sees it, with the fixtures' first company logged in."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.providers.invisible_collector.records import InvisibleCollectorState
from sandbox.world import World
from tests.support import Client

PROVIDER = "invisible_collector"
COMPANY = "838fe7a4-a111-49cf-8a22-615d41b772e8"


@pytest.fixture
def api(world: World) -> Client:
    """Calls below the provider's root with the test credential."""
    return Client(world, root="/invisible-collector", headers={"authorization": "Bearer ic-test-token"})


@pytest.fixture
def state(world: World) -> InvisibleCollectorState:
    """What the provider remembers in the default namespace."""
    found = world.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvisibleCollectorState)
    return found


@pytest.fixture
def payment() -> Callable[..., dict[str, Any]]:
    """A body that is accepted: 100.00 EUR for the debt FT 2016/101, with whatever a test changes."""

    def made(**changes: Any) -> dict[str, Any]:
        body = {
            "number": "RG 2016/777",
            "type": "RG",
            "date": "2016-07-20",
            "currency": "EUR",
            "lines": [{"number": "FT 2016/101", "amount": 100}],
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return made
