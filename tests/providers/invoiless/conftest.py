"""Fixtures that call Invoiless with the key of the fixtures' workshop."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import PROVIDER


@pytest.fixture
def api(runtime: Runtime) -> Client:
    """A client of the provider's root, with the test credential."""
    return Client(runtime, root="/invoiless", headers={"api-key": "invoiless-test-key"})


@pytest.fixture
def state(runtime: Runtime) -> InvoilessState:
    """The provider's state in the default namespace."""
    found = runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, InvoilessState)
    return found
