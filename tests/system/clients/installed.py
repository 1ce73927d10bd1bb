"""Clients from PyPI, unmodified but for URL and credential: every function that they have, called once."""

import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

from msgspec import Struct

from tests.system.clients.replay import Outcome, Sandbox

INVOICE: Final = {
    "date": "15/10/2026",
    "due_date": "14/11/2026",
    "client": {"name": "Café Central", "code": "C-17"},
    "items": [
        {
            "name": "Consulting",
            "description": "October",
            "unit_price": "149.60",
            "quantity": "1",
            "tax": {"name": "IVA23"},
        }
    ],
}
Held = dict[str, Any]


class Step(Struct, frozen=True):
    """A function of the client. `missing` and `fault` as in a recording."""

    call: str
    request: str
    action: Callable[[Any, Held], Any]
    missing: str | None = None
    fault: str | None = None


class Installed(Struct, frozen=True):
    """A package, how its client is made for a sandbox, and its calls in their order."""

    client: str
    provider: str
    source: str
    make: Callable[[Sandbox], Any]
    calls: tuple[Step, ...]

    def play(self, sandbox: Sandbox) -> Iterator[Outcome]:
        """Call the functions one after the other; one that raises has not passed, whatever it raises."""
        client, held = self.make(sandbox), Held()
        for step in self.calls:
            try:
                step.action(client, held)
            except Exception as error:  # noqa: BLE001 - whatever the client raises is its way to say so
                yield Outcome(step.call, step.request, type(error).__name__, passed=False, explanation=str(error))
            else:
                yield Outcome(step.call, step.request, "returns", passed=True)


def _make_invoicexpress_api(sandbox: Sandbox) -> Any:
    client = import_module("invoicexpress_api").Client("oficinadolago", sandbox.credentials["api_key"])
    client.base_url = f"{sandbox.url}/"
    return client


def _make_invoice_express(sandbox: Sandbox) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # appier imports imp where Python has it
        module = import_module("invoice_express")
    # By default appier installs a client for HTTP of its own with pip, in the middle of the first call.
    import_module("appier").conf_s("HTTP_CLIENT", "requests")
    return module.API(base_url=f"{sandbox.url}/", key=sandbox.credentials["api_key"])


def _clients() -> Any:
    return import_module("invoicexpress_api").clients


def _invoices() -> Any:
    return import_module("invoicexpress_api").invoices


def _create(client: Any, held: Held, kind: str) -> None:
    held[kind] = _invoices().create(client, {kind: INVOICE}, type=kind)[kind]["id"]


def _pay(client: Any, held: Held) -> None:
    path = f"/documents/{held['invoice']}/partial_payments.json"
    held["receipt"] = client.post(path, {"partial_payment": {"amount": 84.01}})["receipt"]["id"]


def _cancel_receipt(client: Any, held: Held) -> None:
    canceled = {"receipt": {"state": "canceled", "message": "Wrong payment values."}}
    client.put(f"/receipts/{held['receipt']}/change-state.json", canceled)


INVOICEXPRESS_API: Final = Installed(
    client="invoicexpress-api (Python, requests)",
    provider="invoicexpress",
    source="PyPI, invoicexpress-api 0.1.2, installed",
    make=_make_invoicexpress_api,
    calls=(
        Step(
            "create a client",
            "clients.create",
            lambda client, _: _clients().create(client, {"client": {"name": "Café Central", "code": "C-17"}}),
        ),
        Step(
            "find a client by its code",
            "clients.code_search",
            lambda client, _: _clients().code_search(client, "C-17"),
        ),
        Step("create an invoice", "invoices.create", lambda client, held: _create(client, held, "invoice")),
        Step(
            "finalize it",
            "invoices.change_state",
            lambda client, held: _invoices().change_state(client, held["invoice"], "finalized", type="invoice"),
        ),
        Step("read it", "invoices.get", lambda client, held: _invoices().get(client, held["invoice"], type="invoice")),
        Step("pay it in part", "Client.post", _pay),
        Step("cancel the receipt", "Client.put", _cancel_receipt),
        Step(
            "cancel the invoice",
            "invoices.change_state",
            lambda client, held: _invoices().change_state(
                client, held["invoice"], "canceled", message="Wrong client.", type="invoice"
            ),
            fault="sends `message` beside the wrapper",
        ),
        Step(
            "create a simplified invoice",
            "invoices.create",
            lambda client, held: _create(client, held, "simplified_invoice"),
        ),
        Step(
            "delete the draft",
            "invoices.change_state",
            lambda client, held: _invoices().change_state(
                client, held["simplified_invoice"], "deleted", type="simplified_invoice"
            ),
        ),
        Step(
            "create an invoice-receipt",
            "invoices.create",
            lambda client, held: _create(client, held, "invoice_receipt"),
        ),
        Step(
            "change a draft",
            "invoices.update",
            lambda client, held: _invoices().update(
                client, held["invoice_receipt"], {"invoice_receipt": INVOICE}, type="invoice_receipt"
            ),
        ),
        Step(
            "ask for the PDF",
            "invoices.get_pdf_url",
            lambda client, _: _invoices().get_pdf_url(client, 1),
        ),
        Step(
            "send it by e-mail",
            "invoices.send_email",
            lambda client, held: _invoices().send_email(client, held["invoice"], "a@example.com", type="invoice"),
        ),
    ),
)

INVOICE_EXPRESS_API: Final = Installed(
    client="invoice-express-api (Python, appier)",
    provider="invoicexpress",
    source="PyPI, invoice-express-api 0.1.0, installed",
    make=_make_invoice_express,
    calls=(
        Step("list invoices", "list_invoices", lambda client, _: client.list_invoices()),
        Step("list a page", "list_invoices", lambda client, _: client.list_invoices(page=2, per_page=5)),
        Step("read an invoice", "get_invoice", lambda client, _: client.get_invoice(1)),
    ),
)

INSTALLED: Final = {"invoicexpress-api": INVOICEXPRESS_API, "invoice-express-api": INVOICE_EXPRESS_API}
