"""The vendor's own example passes as it stands on the page, once its lost braces are back."""

import json
import shlex
from decimal import Decimal
from itertools import pairwise

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client

# The page's JSON, line by line as printed; the lines that the page has lost are marked.
SEED = """
{                                       ← lost
  "number": "RG TEST/001",
  "externalId": "123455",
  "status": "FINAL",
  "date": "2016-07-01",
  "type": "RG",
  "netTotal": 25.00,
  "tax": 5.75,
  "grossTotal": 30.75,
  "currency": "EUR",
  "lines": [
    {                                   ← lost
      "number": "FT TEST/001",
      "amount": 10.75
    },                                  ← lost
    {                                   ← lost
      "number": "FT TEST/001",
      "referenceNumber": "NC NC/001",
      "amount": 20.00
    }                                   ← lost
  ]                                     ← lost
}                                       ← lost
""".replace("← lost", "").encode()

CURL = """
curl -XPOST \\
  --header "Content-Type: application/json" \\
  --header "Authorization: Bearer 5e0f7262ad958072a368722a42e38ed9a249604dcff590975112c134b84ac058"
"""


def test_the_example_is_accepted_and_answered_in_its_own_shape(api: Client) -> None:
    """201, with every member of the request and no other."""
    response = api.call("POST", "/payments", content=SEED, headers={"content-type": "application/json"})
    assert response.status == 201
    assert response.json == json.loads(SEED, parse_float=Decimal)


def test_the_example_settles_its_debt(api: Client, state: InvisibleCollectorState) -> None:
    """10.75 in money and 20.00 by the credit note pay the 30.75 of FT TEST/001."""
    api.call("POST", "/payments", content=SEED, headers={"content-type": "application/json"})
    debt = state.debts.find("number", ("838fe7a4-a111-49cf-8a22-615d41b772e8", "FT TEST/001"))
    assert debt is not None
    assert (debt.paid_total, debt.credit_total, debt.status) == (Decimal("10.75"), Decimal(20), "PAID")
    assert debt.paid_at == "2016-07-01T00:00:00Z"


def test_the_headers_of_the_curl_example_are_accepted(api: Client) -> None:
    """The page's own bearer token is a token of the fixtures' company."""
    words = shlex.split(CURL.replace("\\\n", " "))
    sent = dict(word.split(": ", 1) for flag, word in pairwise(words) if flag == "--header")
    assert api.call("POST", "/payments", content=SEED, headers=sent).status == 201


def test_the_token_of_the_ruby_example_is_accepted(api: Client) -> None:
    """It is another token of the same company."""
    token = "Bearer 4a415cc660e67d8f4d26d5a7f390183a86fc3a4524ded78dc2448e86c48b2739"
    sent = {"content-type": "application/json", "authorization": token}
    assert api.call("POST", "/payments", content=SEED, headers=sent).status == 201
