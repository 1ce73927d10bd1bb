"""What the tests of the journal's advice share: calls that are carried out, and a look at the advice."""

from decimal import Decimal
from typing import Any, Final

from tests.helpers.runtimes import Client

URL: Final = "/_sandbox/namespaces/default/requests"
PAYMENTS: Final = "/invisible-collector/payments"
IC: Final = {"authorization": "Bearer ic-test-token"}
PAYMENT: Final[dict[str, Any]] = {
    "number": "RG 1",
    "externalId": "1",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": Decimal("25.00")}],
}
PARTIAL: Final = "/invoicexpress/documents/1/partial_payments.json"
IX: Final = "api_key=ix-test-key"
RECEIPT: Final = {"partial_payment": {"amount": 1, "payment_date": "26/10/2017"}}
INVOICE: Final = "/invoiless/v1/invoices/651d68809b3e7d00418c2f77/payments"
KEY: Final = {"api-key": "invoiless-test-key"}
PAID: Final = {"amount": 1000, "method": "Cash"}
LOGIN: Final = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}
CRM: Final = "/crm-com/crmapi/rest/v2"
TOKENS: Final = f"{CRM}/authentication/token"


def advice(client: Client, number: int, namespace: str = "default") -> list[str]:
    """What the journal advises about one call: alone the same as in the listing."""
    url = f"/_sandbox/namespaces/{namespace}/requests"
    alone = client.get(f"{url}/{namespace}-{number}").json["advice"]
    assert client.get(url, query="limit=10000").json["requests"][number - 1]["advice"] == alone
    assert isinstance(alone, list)
    return alone


def about(sentences: list[str], words: str) -> list[str]:
    """Those sentences that have these words."""
    return [one for one in sentences if words in one]
