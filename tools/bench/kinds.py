"""The calls that each have a row of their own: payment, refusal and reading at each provider, and control calls."""

import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from secrets import token_hex
from typing import Any, Final, NamedTuple

from tools.bench.calls import CREDENTIALS, PREFIX, payments, refused, request

SUCCESS: Final = b"2"
REFUSAL: Final = b"4"
PER_PAGE: Final = 50
FEW: Final = 100
_NAMESPACES: Final = "/_sandbox/namespaces"
_JSON: Final = {"content-type": "application/json"}
_INVOILESS: Final = {"api-key": "invoiless-test-key"}
_INVOICE: Final = "/v1/invoices/6523c1c99b3e7d00418c2f8c"
_DEBT: Final = "61c57002-5bec-479e-841f-cf55bddf6766"
_PAYMENT: Final = {"amount": 0.01, "method": "BankTransfer"}
_MADE: Final = 64
_CRM: Final = "/crm-com/crmapi/rest/v2/payments"
_TOKEN: Final = "B8D7A12E9F91AFADE914B7330AFD08CB"


class CallKind(NamedTuple):
    """Requests without an end, and how their status begins."""

    name: str
    requests: Callable[[], Iterator[bytes]]
    expected: bytes = SUCCESS


def list_kinds(many: int) -> list[CallKind]:
    """All rows; `many` is how many entries and payments there are in the namespace of that name."""
    growing = [kind for name, size in (("few", FEW), ("many", many)) for kind in _list_growing(name, size)]
    return [*_list_provider_calls(), *_list_control_calls(), *growing]


def fill(name: str, size: int) -> Iterator[bytes]:
    """So many payments of one invoice in a namespace, whose journal then has as many entries."""
    return itertools.repeat(_post(f"/ns/{name}/invoiless{_INVOICE}/payments", _PAYMENT, _INVOILESS), size)


def _list_provider_calls() -> Iterator[CallKind]:
    yield CallKind("Invisible Collector: payment", partial(payments, 700_000_000))
    yield CallKind("Invisible Collector: refusal", refused, REFUSAL)
    yield _again("Invisible Collector: read", request("GET", f"{PREFIX}/debts/{_DEBT}", CREDENTIALS))
    root = f"/invoiless{_INVOICE}"
    yield _again("Invoiless: payment", _post(f"{root}/payments", _PAYMENT, _INVOILESS))
    yield _again("Invoiless: refusal", _post(f"{root}/payments", {"amount": -1, "date": 7}, _INVOILESS), REFUSAL)
    yield _again("Invoiless: read", request("GET", root, _INVOILESS))
    payment = {"payment_mechanism": "TB", "amount": 0.01, "payment_date": "26/10/2017"}
    receipts = "/invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"
    yield _again("InvoiceXpress: payment", _post(receipts, {"partial_payment": payment}))
    yield _again("InvoiceXpress: refusal", _post(receipts, {"partial_payment": {**payment, "amount": -1}}), REFUSAL)
    yield _again("InvoiceXpress: read", request("GET", "/invoicexpress/invoices/538267.json?api_key=ix-test-key"))
    created = {
        "token": _TOKEN,
        "accounts_receivable_identifier": {"number": "192"},
        "type_identifier": {"name": "Payment 1"},
        "life_cycle_state": "POSTED",
        "payment_method_identifier": {"name": "Cash Payment"},
        "payment_amount": 15.5,
    }
    yield _again("CRM.COM: payment", _post(f"{_CRM}/create", created))
    yield _again("CRM.COM: refusal", _post(f"{_CRM}/create", {**created, "payment_amount": "much"}))
    yield _again("CRM.COM: read", request("GET", f"{_CRM}/show?token={_TOKEN}&payment_identifier=number=97"))


def _list_control_calls() -> Iterator[CallKind]:
    default = f"{_NAMESPACES}/default"
    yield _again("control: reset", request("POST", f"{default}/reset"))
    yield _again("control: journal read, 100 entries", request("GET", f"{default}/requests?limit=100"))
    yield _again("control: state read, a table", request("GET", f"{default}/state/invisible_collector/debts"))
    yield _again("control: diff with the fixtures", request("GET", f"{default}/snapshots/fixtures/diff"))
    # Of any status, because a load ends with requests on their way, which may or may not be carried out.
    yield CallKind("control: namespace create and delete", _create_and_delete, b"")


def _list_growing(name: str, size: int) -> Iterator[CallKind]:
    yield _again(f"journal read: {name}", request("GET", f"{_NAMESPACES}/{name}/requests?limit=100"))
    page = f"/ns/{name}/invoiless{_INVOICE}/payments?page={size // PER_PAGE}&limit={PER_PAGE}"
    yield _again(f"last page of payments: {name}", request("GET", page, _INVOILESS))


def _create_and_delete() -> Iterator[bytes]:
    """As many namespaces as there can be requests under way at once, and more, so that none is deleted too early."""
    names = [f"made-{token_hex(4)}-{number}" for number in range(_MADE)]
    created = [_post(_NAMESPACES, {"name": name}) for name in names]
    return itertools.cycle([*created, *(request("DELETE", f"{_NAMESPACES}/{name}") for name in names)])


def _again(name: str, sent: bytes, expected: bytes = SUCCESS) -> CallKind:
    return CallKind(name, partial(itertools.repeat, sent), expected)


def _post(path: str, body: Any, headers: dict[str, str] | None = None) -> bytes:
    return request("POST", path, {**_JSON, **(headers or {})}, json.dumps(body).encode())
