"""Rules of what the live service checks beyond the form of a request."""

import re
from collections.abc import Iterable
from typing import Final

from paysandbox.providers.invoicexpress.records import Client, Document, Item

PORTUGAL: Final = "Portugal"
NO_EXEMPTION: Final = "M00"

_FISCAL_ID: Final = re.compile(r"[0-9]{9}", re.ASCII)
_MODULUS: Final = 11
_DECIMAL: Final = 10


def has_fiscal_id_of_its_country(client: Client) -> bool:
    """Whether the tax number may be the client's: Portuguese ones have a check digit, others are not checked."""
    if client.fiscal_id is None or client.country not in {None, PORTUGAL}:
        return True
    return _FISCAL_ID.fullmatch(client.fiscal_id) is not None and _has_check_digit(client.fiscal_id)


def lacks_exemption(items: Iterable[Item], exemption: str | None) -> bool:
    """Whether an item is exempt from tax, and no code says why."""
    return exemption in {None, NO_EXEMPTION} and any(not item.tax.value for item in items)


def is_dated_before(document: Document, last: Document) -> bool:
    """Whether a document is dated before the last one of its sequence and type."""
    return document.date < last.date


def _has_check_digit(fiscal_id: str) -> bool:
    # The digits are weighted 9 to 2; the last completes their sum to a multiple of 11, and stands for 10 as 0.
    *digits, check = map(int, fiscal_id)
    weighted = sum(digit * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True))
    return check == -weighted % _MODULUS % _DECIMAL
