"""Operations on the contacts of customers. Source: the vendor's C# client."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotFound
from paysandbox.providers.invisible_collector import wire
from paysandbox.providers.invisible_collector.lookup import put_contacts, require_customer, write_customer
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState


def list_customer_contacts(call: Call, state: InvisibleCollectorState) -> Reply:
    """List the contacts of a customer, the oldest first.

    Raises:
        NotFound: the company has no such customer.
    """
    contacts = state.contacts.all("customer", require_customer(call, state).gid)
    return Reply(200, [wire.write_contact(contact) for contact in contacts])


def set_customer_contacts(call: Call, state: InvisibleCollectorState) -> Reply:
    """Add contacts to those of a customer, or change those with the same names; return the customer.

    Raises:
        NotFound: the company has no such customer.
    """
    customer = require_customer(call, state)
    call.rule("contacts-are-known-by-name")
    put_contacts(state, customer, call.body)
    return Reply(200, write_customer(state, customer))


def delete_customer_contact(call: Call, state: InvisibleCollectorState) -> Reply:
    """Delete a contact of a customer; return the contact.

    Raises:
        NotFound: the company has no such customer, or the customer no such contact.
    """
    customer = require_customer(call, state)
    rule = call.rule("contact-is-of-this-customer")
    contact = state.contacts.get(call.path["contact"])
    if contact is None or contact.customer != customer.gid:
        message = f"this customer has no contact {call.path['contact']}"
        raise NotFound(message, rule=rule, at="{contact}", facts={"what": "contact"})
    state.contacts.delete(contact.id)
    return Reply(200, wire.write_contact(contact))
