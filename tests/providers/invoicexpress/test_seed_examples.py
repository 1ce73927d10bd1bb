"""The vendor page's examples work as printed; the contract's examples do what they say."""

# ruff: noqa: E501 - the page's lines are as long as they are

import json
import re
import shlex
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime
from tests.providers.invoicexpress.known import PROVIDER

# The page's example request and example response, verbatim.
REQUEST = b"""
{
"partial_payment": {
"payment_mechanism": "TB",
"note": "Observations",
"serie": "A",
"amount": 100.0,
"payment_date": "26/10/2017"
}
}
"""
RESPONSE = """
{
"receipt": {
"id": 541793,
"status": "final",
"archived": true,
"type": "Invoice",
"sequence_number": "28/A",
"inverted_sequence_number": "A/28",
"atcud": "ABCD1234-28",
"date": "27/06/2017",
"due_date": "27/06/2017",
"reference": "foo",
"observations": "foo",
"retention": "foo",
"permalink": "https://www.app.invoicexpress.com/documents/541793e1ab2ebd5c06def40c346ffbe0ff2b463eb1c0f0",
"saft_hash": "Tdik",
"sum": 1,
"discount": 0,
"before_taxes": 1,
"taxes": 0.07,
"total": 1.07,
"currency": "Euro",
"client": {
"id": 1310176,
"name": "John",
"country": "Portugal"
},
"items": [
{
"name": " iPhone ",
"description": "foo",
"unit_price": "1.0",
"unit": "foo",
"quantity": "1.0",
"tax": {
"id": 31597,
"name": "IVA7",
"value": 7
},
"discount": 0,
"subtotal": 1,
"tax_amount": 0.07,
"discount_amount": 0,
"total": 1.07
}
],
"sequence_id": "12345",
"tax_exemption": "M01"
}
}
"""
# The page's examples in other languages, verbatim but for the lines that only connect and print, which are left out.
CURL = r"""
curl --request POST \
--url 'https://account_name.app.invoicexpress.com/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE' \
--header 'accept: application/json' \
--header 'content-type: application/json' \
--data '{"partial_payment":{"payment_mechanism":"TB","note":"Observations","serie":"A","amount":100.0,"payment_date":"26/10/2017"}}'
"""
RUBY = r"""
url = URI("https://account_name.app.invoicexpress.com/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE")
request = Net::HTTP::Post.new(url)
request["accept"] = 'application/json'
request["content-type"] = 'application/json'
request.body = "{\"partial_payment\":{\"payment_mechanism\":\"TB\",\"note\":\"Observations\",\"serie\":\"A\",\"amount\":100.0,\"payment_date\":\"26/10/2017\"}}"
"""
NODE = r"""
"path": "/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE",
"headers": {
"accept": "application/json",
"content-type": "application/json"
}
req.write(JSON.stringify({ partial_payment:
{ payment_mechanism: 'TB',
note: 'Observations',
serie: 'A',
amount: 100,
payment_date: '26/10/2017' } }));
"""
PYTHON = r"""
payload = "{\"partial_payment\":{\"payment_mechanism\":\"TB\",\"note\":\"Observations\",\"serie\":\"A\",\"amount\":100.0,\"payment_date\":\"26/10/2017\"}}"
headers = {
'accept': "application/json",
'content-type': "application/json"
}
conn.request("POST", "/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE", payload, headers)
"""
PHP = r"""
CURLOPT_URL => "https://account_name.app.invoicexpress.com/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE",
CURLOPT_CUSTOMREQUEST => "POST",
CURLOPT_POSTFIELDS => "{\"partial_payment\":{\"payment_mechanism\":\"TB\",\"note\":\"Observations\",\"serie\":\"A\",\"amount\":100.0,\"payment_date\":\"26/10/2017\"}}",
CURLOPT_HTTPHEADER => array(
"accept: application/json",
"content-type: application/json"
),
"""
GO = r"""
url := "https://account_name.app.invoicexpress.com/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE"
payload := strings.NewReader("{\"partial_payment\":{\"payment_mechanism\":\"TB\",\"note\":\"Observations\",\"serie\":\"A\",\"amount\":100.0,\"payment_date\":\"26/10/2017\"}}")
req, _ := http.NewRequest("POST", url, payload)
req.Header.Add("accept", "application/json")
req.Header.Add("content-type", "application/json")
"""
HEADERS = {"accept": "application/json", "content-type": "application/json"}
PATH = "/documents/1/partial_payments.json"


def table_def(value: Any) -> Any:
    """Properties in their order with JSON types, without values."""
    if isinstance(value, dict):
        return [(name, table_def(below)) for name, below in value.items()]
    if isinstance(value, list):
        return [table_def(below) for below in value]
    return "number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else type(value).__name__


def contract_operation(runtime: Runtime) -> dict[str, Any]:
    """The operation in its contract."""
    document = runtime.services[PROVIDER].contract.document
    operation: dict[str, Any] = document["paths"]["/documents/{document-id}/partial_payments.json"]["post"]
    return operation


def sent(snippet: str) -> tuple[str, str, dict[str, str], bytes]:
    """Path, query, headers and body of a snippet's request, with id and key filled in."""
    found = re.search(r"(/documents/[^?]+)\?([^'\"]+)", snippet)
    assert found is not None
    path, query = found[1].replace(":document-id", "1"), found[2].replace("YOUR%20API%20KEY%20HERE", "ix-test-key")
    headers = dict(re.findall(r"['\"](accept|content-type)\W+(application/json)", snippet))
    literal = re.search(r"\"(\{.*\})\"", snippet)
    if literal is not None:  # a string with escaped quotes, in the same form in four languages
        return path, query, headers, json.loads(f'"{literal[1]}"').encode()
    if snippet is CURL:
        words = shlex.split(snippet.replace("\\\n", " "))
        return path, query, headers, words[words.index("--data") + 1].encode()
    written = snippet.partition("JSON.stringify(")[2].partition("));")[0]  # a JavaScript object: names without quotes
    return path, query, headers, re.sub(r"(\w+):", r'"\1":', written.replace("'", '"')).encode()


@pytest.mark.parametrize(
    "snippet", [CURL, RUBY, NODE, PYTHON, PHP, GO], ids=["curl", "Ruby", "Node", "Python", "PHP", "Go"]
)
def test_the_snippets_of_the_page_work(api: Client, snippet: str) -> None:
    """Each gets the same reply as the example request."""
    path, query, headers, content = sent(snippet)
    assert set(headers) == {"accept", "content-type"}
    assert json.loads(content) == json.loads(REQUEST)
    response = api.call("POST", path, query=query, headers=headers, content=content)
    assert response.status == 200
    api.runtime.namespaces.get("default").reset()
    assert response.content == api.call("POST", PATH, content=REQUEST, headers=HEADERS).content


def test_the_example_request_gets_a_receipt_of_the_example_shape(api: Client) -> None:
    """200 with every property of the example response, in its order and with its type."""
    response = api.call("POST", PATH, content=REQUEST, headers=HEADERS)
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert table_def(response.json) == table_def(json.loads(RESPONSE, parse_float=Decimal))


def test_the_example_response_can_be_had(api: Client) -> None:
    """A payment of the example's total on its date gets it, except for made-up values."""
    receipt = api.post(PATH, {"partial_payment": {"amount": 1.07, "payment_date": "27/06/2017", "note": "foo"}}).json
    vendor = json.loads(RESPONSE, parse_float=Decimal)
    for name in ("archived", "permalink", "saft_hash"):
        del receipt["receipt"][name], vendor["receipt"][name]
    assert receipt == vendor


def test_the_examples_of_the_contract_succeed_on_fresh_fixtures(base_runtime: Runtime) -> None:
    """Each alone, on the document of the contract's path example."""
    operation = contract_operation(base_runtime)
    for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items():
        api = Client(fresh_runtime(base_runtime), root="/invoicexpress", query="api_key=ix-test-key")
        assert api.post(PATH, example["value"]).status == 200, name


def test_the_answer_in_the_contract_is_the_answer(api: Client, runtime: Runtime) -> None:
    """The request example `seed` gets the response example `seed`, property by property."""
    examples = runtime.services[PROVIDER].contract.document["components"]["examples"]
    assert api.call("POST", PATH, content=REQUEST, headers=HEADERS).json == examples["SeedsReceipt"]["value"]
    assert examples["VendorsReceipt"]["value"] == json.loads(RESPONSE, parse_float=Decimal)


@pytest.mark.parametrize("host", ["account_name.app.invoicexpress.com", "OficinaDoLago.app.invoicexpress.com"])
def test_the_vendors_host_names_lead_here(runtime: Runtime, host: str) -> None:
    """With DNS pointed at the sandbox, every account's host name reaches it."""
    api = Client(runtime, query="api_key=ix-test-key")
    assert api.call("POST", PATH, content=REQUEST, headers={**HEADERS, "host": host}).status == 200
