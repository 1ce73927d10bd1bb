"""What the READMEs of clients from PyPI show, called in that order against a live sandbox, with what must come out.

Only the URL and the credential differ. An account of its own has no documents yet, as that of a reader of a README.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from paysandbox.core.strict_yaml import write_yaml
from paysandbox.server.live import Server
from tests.helpers.runtimes import broken_invariants

PROVIDER: Final = "invoicexpress"
KEY: Final = "my_api_key"
FIXTURES: Final = {
    "credentials": {"api_key": KEY},
    "tables": {
        "accounts": [{"id": 104412, "account_name": "my_account_name", "organization_name": "Mine", "api_key": KEY}],
        "taxes": [{"id": 123456, "account": 104412, "name": "IVA23", "value": 23, "default_tax": True}],
        "sequences": [
            {
                "id": 123456,
                "account": 104412,
                "serie": "A",
                "default_sequence": True,
                "relevant": False,
                "current_receipt_number": 0,
            }
        ],
    },
}
# What the README of invoicexpress-api prints, but for ids, hashes and the permalink, which are made up there too.
LINE: Final[Mapping[str, Any]] = {
    "name": "SRV1", "description": "Service 1", "unit_price": "10.0", "unit": None, "quantity": "5.0",
    "discount": 0.0, "subtotal": 50.0, "tax_amount": 11.5, "discount_amount": 0.0, "total": 61.5,
}  # fmt: skip
DRAFT: Final[Mapping[str, Any]] = {
    "status": "draft", "archived": False, "type": "InvoiceReceipt", "sequence_number": "rascunho",
    "date": "17/04/2018", "due_date": "17/04/2018", "reference": None, "observations": None, "retention": None,
    "sum": 50.0, "discount": 0.0, "before_taxes": 50.0, "taxes": 11.5, "total": 61.5, "currency": "Euro",
}  # fmt: skip
CHANGED: Final = {"sum": 750.0, "before_taxes": 750.0, "taxes": 172.5, "total": 922.5}
CHANGED_LINE: Final = {"unit_price": "150.0", "subtotal": 750.0, "tax_amount": 172.5, "total": 922.5}
ISSUED: Final = {"status": "settled", "sequence_number": "1/A", "inverted_sequence_number": "A/1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sandbox with the account alone, its provider at the root of a port, as the clients drop path prefixes."""
    fixtures: Path = tmp_path_factory.mktemp("account") / "fixtures.yaml"
    fixtures.write_text(write_yaml({PROVIDER: FIXTURES}))
    with Server(fixtures=fixtures, provider_ports=True) as running:
        yield running
        assert broken_invariants(running.runtime) == []


def check_printed(document: Mapping[str, Any], expected: Mapping[str, Any], line: Mapping[str, Any]) -> None:
    """The document has every property that the README prints, with its value, and one line."""
    (item,) = document["items"]
    assert {name: document[name] for name in expected} == expected
    assert {name: item[name] for name in line} == line
    assert (item["tax"]["name"], item["tax"]["value"]) == ("IVA23", 23.0)
    assert (document["client"]["name"], document["client"]["code"]) == ("John Doe", "XYZ123")


def test_invoicexpress_api(server: Server) -> None:
    """Its sections in their order: create an invoice, fetch and update it, set its state, send it by e-mail."""
    ie: Any = import_module("invoicexpress_api")  # by its name, as it has no types
    client = ie.Client("my_account_name", KEY)
    client.base_url = f"{server.url(PROVIDER)}/"
    kind = ie.invoices.Types.INVOICE_RECEIPT
    form = {
        "invoice": {
            "date": "17/04/2018",
            "due_date": "17/04/2018",
            "client": {"name": "John Doe", "code": "XYZ123"},
            "items": [
                {
                    "name": "SRV1",
                    "description": "Service 1",
                    "unit_price": 10.0,
                    "quantity": 5.0,
                    "tax": {"name": "IVA23"},
                }
            ],
        }
    }
    made = ie.invoices.create(client, form, kind)
    assert list(made) == ["invoice_receipt"]
    check_printed(made[kind], DRAFT, LINE)
    number = made[kind]["id"]
    # The whole document goes back, with its id, status and sums, and only the price has changed.
    fetched = ie.invoices.get(client, number, kind)
    fetched[kind]["items"][0]["unit_price"] = 150
    ie.invoices.update(client, number, fetched, kind)
    check_printed(ie.invoices.get(client, number, kind)[kind], {**DRAFT, **CHANGED}, {**LINE, **CHANGED_LINE})
    ie.invoices.change_state(client, number, ie.invoices.States.FINAL)
    issued = ie.invoices.get(client, number, kind)[kind]
    check_printed(issued, {**DRAFT, **CHANGED, **ISSUED}, {**LINE, **CHANGED_LINE})
    assert len(issued["saft_hash"]) == 4
    text = "Hi John,\r\nHere is your invoice\r\nRegards,"
    ie.invoices.send_email(client, number, "name@domain.tld", "New invoice!", text)
    (sent,) = httpx.get(f"{server.url()}/_sandbox/namespaces/default/outbox", timeout=30).json()["messages"]
    assert (sent["to"], sent["subject"], sent["body"]) == ("name@domain.tld", "New invoice!", text)


def test_invoice_express_api(server: Server) -> None:
    """Its README has two variables of the environment; with them a program reads what the account has."""
    program = "from invoice_express import API; print(len(API().list_invoices()['invoices']))"
    environment = {
        **os.environ,
        "IE_BASE_URL": f"{server.url(PROVIDER)}/",
        "IE_KEY": KEY,
        "HTTP_CLIENT": "requests",  # else appier installs a client for HTTP of its own, in the middle of the call
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [KEY, "1"]  # it prints the key of each call
