"""What the tests of this provider share: constants, types and readers of replies."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, Response

PROVIDER = "crm_com"
ROOT = "/crm-com/crmapi/rest/v2"
TOKEN = "B8D7A12E9F91AFADE914B7330AFD08CB"
PAY = "/payments/pay_invoice"
LOGIN = "/authentication/token"
KEY_LOGIN = "/authentication/web_api_key/token"
KEY = {"authorization": "Basic Y3JtLXRlc3Qta2V5Og=="}  # crm-test-key, without a password
RELEASE = "/authentication/token/release"
SHOW = "/payments/show"
LIST = "/payments/list"
CANCEL = "/payments/cancel"
CREATE = "/payments/create"
INVOICE = "/invoices/show"
LATEST = "/payments/get_latest"
INVOICES = "/invoices/list"
WALLET = "/wallets/show"
WALLETS = "/wallets/list"
BALANCE = "/wallets/get_balance"
METHODS = "/payments/configuration/payment_methods/list"
PAYMENT_TYPES = "/payments/configuration/types/list"
INVOICE_TYPES = "/invoices/configuration/types/list"
PREFERENCES = "/accounts_receivable/configuration/payment_preferences/list"
ACCOUNT = "/accounts_receivable/show"
ACCOUNTS = "/accounts_receivable/list"
TWO_HOURS = 7200
CREDENTIALS = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}

Body = Callable[..., dict[str, Any]]
Under = Callable[[str], Client]


def asked(client: Client, path: str, **query: Any) -> Response:
    """Call a GET operation with the test token; another `token` replaces it, and `...` leaves it out."""
    given = {name: value for name, value in {"token": TOKEN, **query}.items() if value is not ...}
    return client.get(path, query=urlencode(given))


def examples(runtime: Runtime) -> Iterator[tuple[str, Callable[[Client], Response]]]:
    """Yield a call for each example of the contract: each body, and each query with and without optional parameters."""
    for path, item in runtime.services[PROVIDER].contract.document["paths"].items():
        for method, written in item.items():
            if method == "get":
                for needed_only in (True, False):
                    query = {
                        parameter["name"]: parameter["example"]
                        for parameter in written["parameters"]
                        if parameter.get("required") or not needed_only
                    }
                    yield written["operationId"], partial(asked, path=path, **query)
                continue
            for example in written["requestBody"]["content"]["application/json"]["examples"].values():
                headers = KEY if path == KEY_LOGIN else {}
                call = partial(Client.post, path=path, json=example["value"], headers=headers)
                yield written["operationId"], call


def state_of(client: Client) -> CrmComState:
    """Return the provider's state in a client's default namespace."""
    found = client.runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(found, CrmComState)
    return found


def code(response: Response) -> str:
    """Return the status code in the envelope; the HTTP status must be 200."""
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    found = response.json["status"]["code"]
    assert ("data" in response.json) == (found == "OK")
    return str(found)


def data(response: Response) -> Any:
    """Return the data of a successful call."""
    assert response.json["status"] == {"code": "OK", "description": "", "message": ""}, response.content
    assert response.status == 200
    return response.json["data"]
