"""The vendor page's three examples get the page's replies, once both are valid JSON."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, Response, nothing_changes
from tests.providers.crm_com.known import PAY, TOKEN, Under, code, data

EXAMPLE_1 = """
 {
	"token": "B8D7A12E9F91AFADE914B7330AFD08CB",
	"accounts_receivable_identifier":{"number":"192"},
	"type_identifier":{"name":"Invoices Balance Payment"},
	"payment_method_identifier":{"name":"Direct Debit"},
	"category_identifier":{"name":"Invoice Payments"},
	"invoice_identifier":{"reference_number":"328"},
	"received_on":"2014-07-14T09:12:54",
	"received_by_user_identifier":{"username":"JackH"},
	"received_by_unit_identifier":{"name":"Admin Unit"},
}
"""
EXAMPLE_2 = """
 {
	"token": "B8D7A12E9F91AFADE914B7330AFD08CB",
    "accounts_receivable_identifier":{"name":"Dina Mika"},
    "fields_set":"number,reference_number,id,issued_on,payment_amount",
    "type_identifier":{"name":"Payment 1"},
    "payment_method_identifier":{"name":"Direct Debit"},
    "category_identifier":{"name":"Payment Category 1"},
    "invoice_identifier":{"reference_number":"2023"},
    "received_on":"2014-07-14T09:12:54",
    "received_by_user_identifier":{"username":"MPAdministrator"},
    "received_by_unit_identifier":{"name":"Admin Unit"}
}
"""
EXAMPLE_3 = """
{
    "token": {{token}},
    "wallet_identifier":{"number":"W0000007376"},
    "type_identifier":{"name":"Cash Payment"},
    "payment_method_identifier":{"name":"Cash Payment"},
    "invoice_identifier":{"id":"54F3A49F23024C51AFF21B7C728F3549"}
}
"""
ANSWER_1 = """
{
    "status":
    {
        "message": null,
        "description": null,
        "code": "OK"
    },
    "data":
    {
        "payment_amount": 225,
        "issued_on": "2014-07-14T16:49:11",
        "life_cycle_state": "POSTED",
        "number": "100",
        "id": "83DFE781350877933A6FA2A51EF0F102",
        "reference_number": "115",
        "posted_on": "2014-07-14T16:49:11"
    }
}
"""
ANSWER_2 = """
{
  "status": {
    "message": "",
    "description": "",
    "code": "OK"
  },
  "data": {
    "payment_amount": 55,
    "issued_on": "2016-06-09T13:15:44",
    "number": "367",
    "id": "10303722803F4FAAAF420243C30889F9",
    "reference_number": "388"
  }
}
"""
ANSWER_3 = """
{
    "data": {
        "posted_on": "2017-09-15T11:26:28",
        "number": "3869",
        "payment_amount": 5,
        "issued_on": "2017-09-15T11:26:28",
        "currency_rate_period": null,
        "id": "70E2AE4819E4462E94EB55381491259E",
        "life_cycle_state": "POSTED",
        "reference_number": "4878"
    },
    "status": {
        "code": "OK",
        "description": "",
        "message": ""
    }
}
"""
REPAIRED_1 = EXAMPLE_1.replace('"Admin Unit"},\n}', '"Admin Unit"}\n}')
REPAIRED_3 = EXAMPLE_3.replace("{{token}}", f'"{TOKEN}"')

MADE_UP = {"id", "number", "reference_number", "issued_on", "posted_on"}


def as_printed(text: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the page's data, with generated values (ids, numbers, times) taken from the reply."""
    printed = json.loads(text)["data"]
    return {name: answer.get(name) if name in MADE_UP else value for name, value in printed.items()}


def posted(api: Client, text: str) -> Response:
    """The answer to a body as it stands."""
    return api.call("POST", PAY, content=text.encode(), headers={"content-type": "application/json"})


@pytest.mark.parametrize("text", [EXAMPLE_1, EXAMPLE_3], ids=["trailing comma", "placeholder"])
def test_an_example_as_printed_is_no_json(api: Client, text: str) -> None:
    """Both defects of the page are refused, as they would be by any reader of JSON."""
    with nothing_changes(api, "crm_com"):
        response = posted(api, text)
    assert code(response) == "INVALID_REQUEST"
    assert "not JSON" in response.json["status"]["message"]


def test_example_1_under_a_release_of_its_time(under: Under) -> None:
    """225 of the invoice 328, exactly as printed, even the number and the reference number."""
    answer = data(posted(under("R7.0.0"), REPAIRED_1))
    assert answer == as_printed(ANSWER_1, answer)
    assert (answer["number"], answer["reference_number"]) == ("100", "115")


def test_example_1_under_the_default_release(api: Client) -> None:
    """As printed, with the member that R10.0.0 brought."""
    answer = data(posted(api, REPAIRED_1))
    assert answer == as_printed(ANSWER_1, answer) | {"currency_rate_period": None}


def test_example_2(api: Client) -> None:
    """55 of the invoice 2023, and only the five members that the request asks for."""
    response = posted(api, EXAMPLE_2)
    assert response.json["status"] == json.loads(ANSWER_2)["status"]
    assert data(response) == as_printed(ANSWER_2, data(response))


def test_example_3(api: Client, state: CrmComState) -> None:
    """5 out of the wallet."""
    response = posted(api, REPAIRED_3)
    assert response.json["status"] == json.loads(ANSWER_3)["status"]
    assert data(response) == as_printed(ANSWER_3, data(response))
    wallet = state.wallets.find("number", "W0000007376")
    assert wallet is not None
    assert wallet.unconditional_balance == Decimal(115)


@pytest.mark.parametrize("release", ["R14.0.0", "R18.0.0"])
def test_what_is_made_up_has_the_printed_form(under: Under, release: str) -> None:
    """Ids of 32 upper-case hexadecimal digits, numbers as text, date-times without a zone."""
    answer, printed = data(posted(under(release), REPAIRED_3)), json.loads(ANSWER_3)["data"]
    for name in MADE_UP:
        assert re.sub("[0-9A-F]", "#", answer[name]).strip("#") == re.sub("[0-9A-F]", "#", printed[name]).strip("#")
    assert len(answer["id"]) == len(printed["id"])


def test_the_bytes_of_an_answer(api: Client, state: CrmComState) -> None:
    """Amounts without trailing zeros, date-times without a zone, the empty texts of examples 2 and 3."""
    content = posted(api, EXAMPLE_2).content
    payment = state.payments.find("number", "100")
    assert payment is not None
    assert content.decode() == (
        '{"status":{"code":"OK","description":"","message":""},"data":{"id":"' + payment.id + '","number":"100",'
        '"reference_number":"115","issued_on":"2026-03-31T12:00:00","payment_amount":55}}'
    )
