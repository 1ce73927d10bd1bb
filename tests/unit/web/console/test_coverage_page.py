"""The page of what a namespace's calls have not exercised yet: light, because it is read again while calls come in."""

from typing import Final

from tests.helpers.html_reading import read_page
from tests.helpers.runtimes import Client

PAY: Final = "/invoicexpress/documents/1/partial_payments.json"


def test_of_a_called_operation_the_missed_units_are_listed(client: Client) -> None:
    """Of one that was not called they are all that it has; its docs have them."""
    client.post(PAY, {"partial_payment": {"amount": 1}}, query="api_key=ix-test-key")
    page = read_page(client.get("/_sandbox/coverage/default"))
    assert "overpayment-is-refused" in page.at("invoicexpress-createPartialPayment").text
    other = page.at("invoicexpress-createClient")
    assert other.text.endswith("not called")
    (link,) = other.all("a")
    assert link.attributes["href"] == "/_sandbox/docs/invoicexpress/createClient?namespace=default"


def test_the_page_of_a_namespace_without_calls_is_light(client: Client) -> None:
    """All units of all operations weighed half a megabyte."""
    reply = client.get("/_sandbox/coverage/default")
    assert reply.status == 200
    assert len(reply.content) < 100_000
