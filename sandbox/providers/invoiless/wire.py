"""Between this API's JSON and records: days as `YYYY-MM-DD`, moments in UTC with milliseconds, amounts as numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.money import plain, round_half_up
from sandbox.providers.invoiless.records import Payment
from sandbox.providers.invoiless.rules import Terms


def payment(record: Payment) -> dict[str, Any]:
    """A payment as answered. Source: house decision, the page shows none."""
    return {
        "id": record.id,
        "invoice": record.invoice,
        "amount": plain(record.amount),
        "method": record.method,
        "paidAt": record.paid_at.isoformat(),
        "notes": record.notes,
        "createdAt": moment(record.created_at),
        "updatedAt": moment(record.updated_at),
    }


def payment_page(records: Sequence[Payment], page: int, pages: int) -> dict[str, Any]:
    """One page of a list of payments. Source: clients of the live service."""
    return {"docs": [payment(record) for record in records], "page": page, "pages": pages}


def deleted() -> dict[str, Any]:
    """What a deletion answers. Source: clients of the live service; the words are a house decision."""
    return {"message": "The payment has been deleted."}


def moment(at: datetime) -> str:
    """`2024-01-15T11:50:22.000Z`: UTC, milliseconds, the rest cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def terms(body: Mapping[str, Any]) -> Terms:
    """What a whole payment of a request (create, PUT) asks for; null, an empty string and absence are the default."""
    return Terms(
        amount=_amount(body.get("amount")),
        method=body["method"],
        paid_at=_day(body.get("paidAt")),
        notes=body.get("notes") or None,
        notify=body.get("sendNotification") or False,
    )


def changed_terms(record: Payment, body: Mapping[str, Any]) -> Terms:
    """What a part of a payment (PATCH) asks for: what it does not name stays, null or an empty string clears."""
    kept = {
        "amount": record.amount,
        "method": record.method,
        "paidAt": record.paid_at.isoformat(),
        "notes": record.notes,
    }
    return terms({**kept, **body})


def _amount(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else round_half_up(value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
