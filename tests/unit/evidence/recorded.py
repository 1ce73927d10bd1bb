"""Recordings made of calls to a sandbox, with planted changes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from paysandbox.control.journal_view import describe_entries
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Message
from paysandbox.recordings.har_writer import write_har
from paysandbox.recordings.journal_file import read_entry
from paysandbox.testing import Client
from tests.helpers.valid_calls import valid_call

HOST = "https://acme.app.invoicexpress.com"
KEY = "api_key=ix-test-key"
JSON = (("Content-Type", "application/json"),)


def make_exchange(
    method: str, url: str, status: int, sent: Any = None, reply: Any = None, headers: Any = ()
) -> Exchange:
    """An exchange with InvoiceXpress, of JSON values."""
    request = Message() if sent is None else Message(JSON, write_json(sent))
    answered = Message(tuple(headers)) if reply is None else Message((*JSON, *headers), write_json(reply))
    sign = "&" if "?" in url else "?"
    return Exchange(method, f"{HOST}{url}{sign}api_key=9f8e7d6c5b4a3928", request, status, answered)


def record(client: Client, namespace: str, base: str) -> list[Exchange]:
    """The calls of a namespace, as if they had been made to a vendor."""
    found = client.runtime.namespaces.get(namespace)
    entries = describe_entries(list(found.journal), found, client.runtime)
    exchanges = [read_entry(entry, base=base) for entry in entries]
    # A recording of a vendor has no headers of ours, and says nothing of the provider.
    return [
        replace(
            one,
            judgement=None,
            reply=Message(
                tuple(pair for pair in one.reply.headers if not pair[0].startswith("x-sandbox")), one.reply.content
            ),
        )
        for one in exchanges
    ]


def record_valid_calls(runtime: Runtime, client: Client, provider: str, path: Path) -> Path:
    """Record a valid call of each operation, made in a namespace of its own, into a file."""
    client.post("/_sandbox/namespaces", json={"name": "vendor"})
    service = runtime.services[provider]
    for operation in service.contract.operations:
        valid_call(runtime, provider, operation).send(client, "/ns/vendor")
    return write(path, record(client, "vendor", f"http://127.0.0.1/{service.prefix}"))


def write(path: Path, exchanges: Iterable[Exchange]) -> Path:
    path.write_bytes(b"".join(write_har(exchanges, version="1")))
    return path


def change_reply(exchange: Exchange, *steps: Any, value: Any) -> Exchange:
    """The exchange with another value in its reply; without a value if it is `...`."""
    body = read_json(exchange.reply.content or b"")
    inside = body
    for step in steps[:-1]:
        inside = inside[step]
    if value is ...:
        del inside[steps[-1]]
    else:
        inside[steps[-1]] = value
    return replace(exchange, reply=Message(exchange.reply.headers, write_json(body)))


class InvoiceXpress:
    """Makes calls to InvoiceXpress in one namespace."""

    def __init__(self, client: Client, namespace: str, variants: dict[str, str] | None = None) -> None:
        self._client = client
        self._namespace = namespace
        made = client.post(
            "/_sandbox/namespaces", json={"name": namespace, "variants": {"invoicexpress": variants or {}}}
        )
        assert made.status == 201

    def call(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        more = {} if body is None else {"json": body}
        query = f"{query}&{KEY}" if query else KEY
        return self._client.call(method, f"/ns/{self._namespace}/invoicexpress{path}", query=query, **more)

    def pay(self) -> None:
        """A client, an invoice, its payment, and refusals of the contract and of the state."""
        self.call("POST", "/clients.json", {"client": {"name": "Ann", "code": "A-77"}})
        self.call("GET", "/taxes.json")
        draft = {
            "date": "01/11/2026",
            "due_date": "02/11/2026",
            "client": {"name": "Ann", "code": "A-77"},
            "items": [{"name": "Book", "unit_price": "10.5", "quantity": "2"}],
        }
        number = self.call("POST", "/invoices.json", {"invoice": draft}).json["invoice"]["id"]
        self.call("PUT", f"/invoices/{number}/change-state.json", {"invoice": {"state": "finalized"}})
        payments = f"/documents/{number}/partial_payments.json"
        self.call("POST", payments, {"partial_payment": {"amount": 5.5}})
        self.call("POST", payments, {"partial_payment": {"amount": "abc"}})
        self.call("POST", payments, {"partial_payment": {"amount": 50000}})

    def record(self) -> list[Exchange]:
        return record(self._client, self._namespace, HOST)
