"""The same payment at InvoiceXpress with requests, as our till makes it: it keeps the receipt's link."""

from datetime import date

import requests


class Till:
    """Takes payments of documents over the counter."""

    def __init__(self, url: str, api_key: str) -> None:
        """`url` is the account's root, without a trailing slash."""
        self._url = url
        self._key = {"api_key": api_key}

    def take(self, document: int, cents: int, on: date) -> str:
        """Pay a part of a document in cash; where its receipt can be read.

        Raises:
            requests.HTTPError: the payment was refused.
        """
        payment: dict[str, str | float] = {"amount": cents / 100, "payment_mechanism": "NU"}
        payment["payment_date"] = on.strftime("%d/%m/%Y")
        url = f"{self._url}/documents/{document}/partial_payments.json"
        response = requests.post(url, params=self._key, json={"partial_payment": payment}, timeout=30)
        response.raise_for_status()
        return str(response.json()["receipt"]["permalink"])
