"""Payments at the four services that our shop works with. Each service is one small class; amounts are Decimal."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx


class PaymentRefusedError(Exception):
    """A service did not take a payment."""


class InvisibleCollector:
    """Registers payments of debts. Registering one again is harmless, so a lost reply is asked for once more."""

    def __init__(self, url: str, token: str) -> None:
        """`url` is the service's root, without a trailing slash."""
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}

    def pay(self, number: str, debt: str, amount: Decimal, on: date) -> dict[str, Any]:
        """Register the payment `number` of a debt."""
        payment = {
            "number": number,
            "externalId": f"shop {number}",
            "type": "RG",
            "date": on.isoformat(),
            "currency": "EUR",
            "lines": [{"number": debt, "amount": amount}],
        }
        try:
            return self._register(payment)
        except httpx.TransportError:
            return self._register(payment)

    def _register(self, payment: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = _called("POST", f"{self._url}/payments", payment, headers=self._headers)
        return made


class Invoiless:
    """Pays invoices, and tells what was paid."""

    def __init__(self, url: str, api_key: str) -> None:
        """`url` is the service's root, without a trailing slash."""
        self._url = url
        self._headers = {"api-key": api_key}

    def pay(self, invoice: str, amount: Decimal, on: date) -> str:
        """Pay a part of an invoice; the payment's id."""
        payment = {"amount": amount, "method": "BankTransfer", "paidAt": on.isoformat()}
        made = _called("POST", f"{self._url}/v1/invoices/{invoice}/payments", payment, headers=self._headers)
        return str(made["id"])

    def take_back(self, payment: str) -> None:
        """Delete a payment that bounced."""
        _called("DELETE", f"{self._url}/v1/payments/{payment}", headers=self._headers)


class CrmCom:
    """Pays whole invoices. The login lasts two hours; when it is over, the next payment logs in anew."""

    def __init__(self, url: str, username: str, password: str, organisation: str) -> None:
        """`url` is the service's root, without a trailing slash."""
        self._url = f"{url}/crmapi/rest/v2"
        self._login = {"username": username, "password": password, "organisation": organisation}
        self._token: str | None = None

    def pay(self, account: str, invoice: str) -> Decimal:
        """Pay all that an account owes on an invoice; how much that was."""
        payment = {
            "accounts_receivable_identifier": {"number": account},
            "type_identifier": {"name": "Invoices Balance Payment"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "invoice_identifier": {"reference_number": invoice},
        }
        answer = self._call("/payments/pay_invoice", {"token": self._logged_in(), **payment})
        if answer["status"]["code"] == "INVALID_TOKEN":
            self._token = None
            answer = self._call("/payments/pay_invoice", {"token": self._logged_in(), **payment})
        if answer["status"]["code"] != "OK":
            raise PaymentRefusedError(answer["status"]["message"])
        return Decimal(answer["data"]["payment_amount"])

    def _logged_in(self) -> str:
        if self._token is None:
            self._token = str(self._call("/authentication/token", self._login)["data"]["token"])
        return self._token

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        # CRM.COM answers 200 to everything; only the envelope says whether the call was carried out.
        return _called("POST", f"{self._url}{path}", body)


class InvoiceXpress:
    """Pays documents partially, and gets a receipt."""

    def __init__(self, url: str, api_key: str) -> None:
        """`url` is the account's root, without a trailing slash."""
        self._url = url
        self._key = {"api_key": api_key}

    def pay(self, document: int, amount: Decimal, on: date) -> str:
        """Pay a part of a document; the receipt's number."""
        payment = {"amount": amount, "payment_mechanism": "TB", "payment_date": on.strftime("%d/%m/%Y")}
        url = f"{self._url}/documents/{document}/partial_payments.json"
        made = _called("POST", url, {"partial_payment": payment}, params=self._key)
        return str(made["receipt"]["sequence_number"])


def _called(method: str, url: str, body: Any = None, **options: Any) -> Any:
    """What the service answers to JSON; amounts are Decimal both ways.

    Raises:
        PaymentRefusedError: it refused.
    """
    headers = {"content-type": "application/json", **options.pop("headers", {})}
    # JSON has no Decimal; the shortest float of an amount with two places is exactly what is meant.
    content = None if body is None else json.dumps(body, default=float)
    response = httpx.request(method, url, content=content, headers=headers, timeout=30, **options)
    if response.is_error:
        raise PaymentRefusedError(f"{response.status_code} {response.text}".strip())
    return json.loads(response.content, parse_float=Decimal)
