"""CRM.COM as a client sees it: the seed's token in the body, and a payment that is accepted."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.providers.crm_com.records import CrmComState
from sandbox.world import World
from tests.support import Client, Response, fresh_world

PROVIDER = "crm_com"
ROOT = "/crm-com/crmapi/rest/v2"
TOKEN = "B8D7A12E9F91AFADE914B7330AFD08CB"
PAY = "/payments/pay_invoice"
LOGIN = "/authentication/token"
RELEASE = "/authentication/token/release"
CREDENTIALS = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}

Body = Callable[..., dict[str, Any]]
Under = Callable[[str], Client]


@pytest.fixture
def api(world: World) -> Client:
    """Calls below the provider's base path, under the default release."""
    return Client(world, root=ROOT)


@pytest.fixture
def under(base_world: World) -> Under:
    """A sandbox of its own under another release."""
    return lambda release: Client(fresh_world(base_world, release=release), root=ROOT)


@pytest.fixture
def state(api: Client) -> CrmComState:
    """What the provider remembers in the default namespace."""
    return state_of(api)


@pytest.fixture
def payment() -> Body:
    """A body that is accepted: Dina Mika pays the 55 of the invoice 2024, with whatever a test changes."""

    def made(**changes: Any) -> dict[str, Any]:
        body = {
            "token": TOKEN,
            "accounts_receivable_identifier": {"number": "192"},
            "type_identifier": {"name": "Payment 1"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "invoice_identifier": {"reference_number": "2024"},
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return made


def state_of(client: Client) -> CrmComState:
    """What the provider remembers in a client's default namespace."""
    found = client.world.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, CrmComState)
    return found


def code(response: Response) -> str:
    """The status code in the envelope; the HTTP status is 200 all the same."""
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    found = response.json["status"]["code"]
    assert ("data" in response.json) == (found == "OK")
    return str(found)


def data(response: Response) -> Any:
    """The data of a call that was carried out."""
    assert response.json["status"] == {"code": "OK", "description": "", "message": ""}, response.content
    assert response.status == 200
    return response.json["data"]
