"""The vendor page's example works as printed, and its tables are those of the contract."""

import json
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import INVOICES, PARTIAL_PAYMENT, UNTOUCHED, path_of, payments_of

CALLS = """
POST https://api.invoiless.com/v1/invoices/:id/payments
GET https://api.invoiless.com/v1/payments/:id
GET https://api.invoiless.com/v1/invoices/:id/payments
PUT https://api.invoiless.com/v1/payments/:id
PATCH https://api.invoiless.com/v1/payments/:id
DELETE https://api.invoiless.com/v1/payments/:id
"""

EXAMPLE = b"""{
"amount": 100.50,
"method": "BankTransfer",
"paidAt": "2024-01-15",
"notes": "Payment received via bank transfer"
}"""

UPDATES = ("PUT", "PATCH")

BODY_PARAMETERS = """
| amount | number | Payment amount (must be positive, max 2 decimal places). If not provided, the full invoice balance will be used | No |
| method | string | Payment method, possible values are Cash, Cheque, Card, BankTransfer, or Other | Yes |
| paidAt | date | Payment date | No, default is current date |
| notes | string | Payment notes (max 500 characters) | No |
| sendNotification | bool | Send payment notification email to customer | No, default is false |
"""  # noqa: E501 - verbatim


def test_the_example_is_recorded_as_given(api: Client) -> None:
    """201 with every property of the request; GET returns the same."""
    headers = {"content-type": "application/json"}
    response = api.call("POST", payments_of(UNTOUCHED), content=EXAMPLE, headers=headers)
    assert response.status == 201
    given = json.loads(EXAMPLE, parse_float=Decimal)
    assert {name: response.json[name] for name in given} == given
    assert api.get(path_of(response.json["id"])).content == response.content


@pytest.mark.parametrize("method", UPDATES)
def test_the_example_updates_a_payment_too(api: Client, method: str) -> None:
    """The page says so: "Accepts the same parameters as Create Payment."."""
    headers = {"content-type": "application/json"}
    response = api.call(method, path_of(PARTIAL_PAYMENT), content=EXAMPLE, headers=headers)
    given = json.loads(EXAMPLE, parse_float=Decimal)
    assert (response.status, {name: response.json[name] for name in given}) == (200, given)


def test_every_call_of_the_page_is_served(api: Client) -> None:
    """Each method and path of the page."""
    for line in CALLS.split("\n")[1:-1]:
        method, url = line.split(" https://api.invoiless.com")
        path = url.replace(":id", UNTOUCHED if "invoices" in url else PARTIAL_PAYMENT)
        body = {"method": "Card", "amount": 1} if method in {"POST", "PUT", "PATCH"} else ...
        response = api.call(method, path) if body is ... else api.call(method, path, json=body)
        assert response.status == (201 if method == "POST" else 200), line


def test_the_page_s_table_is_the_contract_s(api: Client) -> None:
    """Names, verbatim descriptions, required properties, and no others."""
    document: Any = api.runtime.services["invoiless"].contract.document
    schemas = document["components"]["schemas"]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in BODY_PARAMETERS.split("\n")[1:-1]]
    new = schemas["NewPayment"]
    written = [name for name, schema in new["properties"].items() if "readOnly" not in schema]
    assert written == [name for name, *_ in rows]
    assert new["required"] == [name for name, _, _, required in rows if required == "Yes"]
    for name, _, says, _ in rows:
        assert schemas[new["properties"][name]["$ref"].rsplit("/", 1)[1]]["description"] == says


def test_every_example_of_the_contract_works_on_fresh_fixtures(runtime: Runtime, api: Client) -> None:
    """Each alone, on the record of its path's own example."""
    document: Any = runtime.services["invoiless"].contract.document
    new = document["paths"]["/invoices/{id}/payments"]["post"]
    held = document["paths"]["/payments/{id}"]
    invoice = new["parameters"][0]["example"]
    payment = document["components"]["parameters"]["PaymentId"]["example"]
    places = [
        ("POST", payments_of(invoice), new),
        *((method, path_of(payment), held[method.lower()]) for method in UPDATES),
        ("POST", INVOICES, document["paths"]["/invoices"]["post"]),
    ]
    for method, path, operation in places:
        for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items():
            runtime.namespaces.get("default").reset()
            response = api.call(method, path, json=example["value"])
            assert response.status == (201 if method == "POST" else 200), (method, name)
