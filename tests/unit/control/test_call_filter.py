"""Filters of calls: what is asked for is checked, because a list of nothing would not say why."""

import pytest

from paysandbox.control.call_filter import read_filter, read_number
from paysandbox.core.problems import NotAllowed, NotFound
from tests.helpers.runtimes import Client


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"provider": "paypal"}, NotFound),
        ({"operation": "createNothing"}, NotFound),
        ({"provider": "invoiless", "operation": "payInvoice"}, NotFound),
        ({"rule": "no-such-rule"}, NotFound),
        ({"rule": "amount-zero-or-more", "provider": "invoiless"}, NotFound),
        ({"status": "99"}, NotAllowed),
        ({"status": "four"}, NotAllowed),
        ({"status": "4040"}, NotAllowed),
        ({"refused": "yes"}, NotAllowed),
        ({"advised": ""}, NotAllowed),
    ],
)
def test_a_filter_that_no_call_can_pass_is_refused(
    client: Client, query: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_filter(query, None, client.runtime)


def test_every_rule_of_the_contracts_is_known(client: Client) -> None:
    for provider, service in client.runtime.services.items():
        for operation in service.contract.operations:
            for rule in operation.rules:
                assert read_filter({"rule": rule, "provider": provider}, None, client.runtime).rule == rule


def test_names_near_an_unknown_one_are_listed(client: Client) -> None:
    with pytest.raises(NotFound, match=r"near it (is|are) .*overpayment-is-refused"):
        read_filter({"rule": "overpayment-refused"}, None, client.runtime)
    with pytest.raises(NotFound, match=r"near it (is|are) createPayment, "):
        read_filter({"operation": "createpayment"}, None, client.runtime)


@pytest.mark.parametrize("count", ["-1", "1001", "ten", "1.5", ""])
def test_a_count_is_a_number_up_to_the_bound(count: str) -> None:
    with pytest.raises(NotAllowed, match="from 0 to 1000"):
        read_number({"latest": count}, "latest", 0, 1000)
