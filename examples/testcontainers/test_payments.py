"""Pays at Invoiless through a sandbox in a container, which the tests start themselves."""

from collections.abc import Iterator

import pytest
import requests

from paysandbox import NamespaceClient
from paysandbox.testcontainers import PaysandboxContainer


@pytest.fixture(scope="session")
def container() -> Iterator[PaysandboxContainer]:
    """One container for all tests; each has a namespace of its own in it."""
    with PaysandboxContainer("paysandbox:latest") as started:
        yield started


@pytest.fixture
def sandbox(container: PaysandboxContainer) -> Iterator[NamespaceClient]:
    """A namespace with the fixtures, deleted after the test."""
    with container.namespace() as namespace:
        yield namespace


def test_an_invoice_is_paid_in_part(sandbox: NamespaceClient) -> None:
    reply = requests.post(
        f"{sandbox.url('invoiless')}/v1/invoices/651d68809b3e7d00418c2f77/payments",
        headers={"api-key": sandbox.credentials("invoiless")["api_key"]},
        json={"amount": 100.5, "method": "BankTransfer", "paidAt": "2024-01-15"},
        timeout=10,
    )
    assert reply.json()["amount"] == 100.5
    assert sandbox.refused == []
