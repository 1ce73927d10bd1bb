"""What happens around payments, and what becomes of it at a vendor; None where the vendor has no such call."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from paysandbox.testing import Response
from tools.matrix.neighbours import Neighbours
from tools.matrix.scenarios import Outcome

FORTY: Final = Decimal(40)


def create_customer(vendor: Neighbours) -> Outcome | None:
    """Register a customer, and search it."""
    made = vendor.create_customer()
    if made is None:
        return None
    return Outcome(made.status, _is_done(vendor, made), None, None, f"found {vendor.count_customers()}")


def create_customer_again(vendor: Neighbours) -> Outcome | None:
    """Register the same customer twice: a retry after a lost reply."""
    first, again = vendor.create_customer(), vendor.create_customer()
    if first is None or again is None:
        return None
    same = "the same answer" if again.content == first.content else f"found {vendor.count_customers()}"
    return Outcome(again.status, _is_done(vendor, again), None, None, same)


def create_other_customer(vendor: Neighbours) -> Outcome | None:
    """Register a customer with the number or name of another one, and another address."""
    first, again = vendor.create_customer(), vendor.create_customer("b@example.com")
    if first is None or again is None:
        return None
    return Outcome(again.status, _is_done(vendor, again), None, None, f"found {vendor.count_customers()}")


def list_documents(vendor: Neighbours) -> Outcome | None:
    """List what is owed by whom a document is of."""
    count = vendor.count_documents(vendor.document())
    return (
        None
        if count is None
        else Outcome(
            HTTPStatus.OK,
            carried_out=True,
            owed=None,
            document=None,
            remark="the document is listed" if count else "missing",
        )
    )


def list_payments(vendor: Neighbours) -> Outcome | None:
    """Pay all, and list the payments."""
    document = vendor.document()
    vendor.pay(document, None, 1)
    count = vendor.count_payments(document)
    return (
        None
        if count is None
        else Outcome(HTTPStatus.OK, carried_out=True, owed=None, document=None, remark=f"{count} listed")
    )


def credit_a_part(vendor: Neighbours) -> Outcome | None:
    """Issue a credit note for a part of what is owed."""
    return _issue(vendor, vendor.credit, FORTY)


def credit_too_much(vendor: Neighbours) -> Outcome | None:
    """Issue a credit note for more than is owed."""
    return _issue(vendor, vendor.credit, vendor.whole + 1)


def debit(vendor: Neighbours) -> Outcome | None:
    """Issue a debit note."""
    return _issue(vendor, vendor.debit, FORTY)


def cancel_document(vendor: Neighbours) -> Outcome | None:
    """Cancel a document of which nothing is paid."""
    document = vendor.document()
    reply = vendor.cancel_document(document)
    return _judge(vendor, document, reply)


def cancel_paid_document(vendor: Neighbours) -> Outcome | None:
    """Cancel a document of which a part is paid."""
    document = vendor.document()
    vendor.pay(document, FORTY, 1)
    reply = vendor.cancel_document(document)
    return _judge(vendor, document, reply)


def delete_draft(vendor: Neighbours) -> Outcome | None:
    """Delete a document that is not issued yet, and read it."""
    document = vendor.make_draft()
    reply = None if document is None else vendor.delete_document(document)
    if document is None or reply is None:
        return None
    return Outcome(reply.status, _is_done(vendor, reply), None, None, f"then {vendor.read_document(document).status}")


def delete_document(vendor: Neighbours) -> Outcome | None:
    """Delete a document that is issued, and read it."""
    document = vendor.document()
    reply = vendor.delete_document(document)
    if reply is None:
        return None
    return Outcome(reply.status, _is_done(vendor, reply), None, None, f"then {vendor.read_document(document).status}")


def send_draft(vendor: Neighbours) -> Outcome | None:
    """Send a document that is not issued yet by e-mail."""
    document = vendor.make_draft()
    reply = None if document is None else vendor.send(document)
    return None if document is None else _judge(vendor, document, reply)


def send_document(vendor: Neighbours) -> Outcome | None:
    """Send a document that is issued by e-mail."""
    document = vendor.document()
    reply = vendor.send(document)
    return _judge(vendor, document, reply)


FLOWS: Final[Mapping[str, Callable[[Neighbours], Outcome | None]]] = {
    "customer registered and searched": create_customer,
    "the same customer again": create_customer_again,
    "another customer of its number": create_other_customer,
    "documents of a customer listed": list_documents,
    "payments listed": list_payments,
    "credit note over a part": credit_a_part,
    "credit note over more than is owed": credit_too_much,
    "debit note": debit,
    "document cancelled": cancel_document,
    "document paid in part and cancelled": cancel_paid_document,
    "draft deleted": delete_draft,
    "document deleted": delete_document,
    "draft sent": send_draft,
    "document sent": send_document,
}


def _judge(vendor: Neighbours, document: str, reply: Response | None) -> Outcome | None:
    """What is owed after a reply; an empty one of a success is carried out, and of a refusal not."""
    if reply is None:
        return None
    return Outcome(reply.status, _is_done(vendor, reply), *vendor.owed(document))


def _is_done(vendor: Neighbours, reply: Response) -> bool:
    return vendor.carried_out(reply) if reply.content else reply.status < HTTPStatus.BAD_REQUEST


def _issue(vendor: Neighbours, issue: Callable[..., Response | None], amount: Decimal) -> Outcome | None:
    document = vendor.document()
    reply = issue(document, amount)
    return _judge(vendor, document, reply)
