"""Nine payments, and what becomes of each at a vendor."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from paysandbox.core.money import strip_zeros
from paysandbox.testing import Response
from tools.matrix.vendors import Vendor


class Outcome(Struct, frozen=True):
    """What a vendor answered, whether it was carried out, and what is owed then, in which status of the document."""

    status: int
    carried_out: bool
    owed: Decimal | None
    document: str | None
    remark: str = ""

    def __str__(self) -> str:
        said = f"{self.status} {'done' if self.carried_out else 'refused'}"
        left = ""
        if self.owed is not None:
            paid_too_much = self.owed < 0
            left = f"; {strip_zeros(abs(self.owed))} {'too much' if paid_too_much else 'owed'}, {self.document}"
        return f"{said}{left}{f' ({self.remark})' if self.remark else ''}"


def full(vendor: Vendor) -> Outcome:
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, None, 1))


def partial(vendor: Vendor) -> Outcome:
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, Decimal(40), 1))


def over(vendor: Vendor) -> Outcome:
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, vendor.whole + 1, 1))


def zero(vendor: Vendor) -> Outcome:
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, Decimal(0), 1))


def duplicate(vendor: Vendor) -> Outcome:
    """The same request twice: a retry after a lost reply."""
    document = vendor.document()
    amount = vendor.whole if vendor.name == "CRM.COM" else Decimal(40)
    first = vendor.pay(document, amount, 1)
    again = vendor.pay(document, amount, 1)
    same = "the same answer" if again.content == first.content else ""
    twice = "paid twice" if vendor.carried_out(again) and not same else same
    return _after(vendor, document, again, remark=twice)


def cancelled(vendor: Vendor) -> Outcome:
    document = vendor.document()
    taken_back = vendor.cancel(vendor.pay(document, None, 1))
    return _after(vendor, document, taken_back)


def unknown_document(vendor: Vendor) -> Outcome:
    """A document that there is not."""
    nowhere = {
        "Invisible Collector": "00000000-0000-4000-8000-000000000000",
        "Invoiless": "000000000000000000000000",
        "CRM.COM": "no-such-invoice",
        "InvoiceXpress": "999999999",
    }
    reply = vendor.pay(nowhere[vendor.name], None, 1)
    return Outcome(reply.status, vendor.carried_out(reply) if reply.content else False, None, None)


def wrong_currency(vendor: Vendor) -> Outcome:
    """Dollars for a document in euros."""
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, None, 1, currency="USD"))


def unknown_property(vendor: Vendor) -> Outcome:
    """The whole amount, with a property that the vendor does not have."""
    document = vendor.document()
    return _after(vendor, document, vendor.pay(document, None, 1, colour="red"))


SCENARIOS: Final[Mapping[str, Callable[[Vendor], Outcome]]] = {
    "full": full,
    "partial": partial,
    "more than is owed": over,
    "zero": zero,
    "the same again": duplicate,
    "paid and cancelled": cancelled,
    "unknown document": unknown_document,
    "wrong currency": wrong_currency,
    "unknown property": unknown_property,
}


def _after(vendor: Vendor, document: str, reply: Response, remark: str = "") -> Outcome:
    """What is so after a reply; an empty one (InvoiceXpress refuses so) carries nothing out."""
    done = vendor.carried_out(reply) if reply.content else False
    return Outcome(reply.status, done, *vendor.owed(document), remark)
