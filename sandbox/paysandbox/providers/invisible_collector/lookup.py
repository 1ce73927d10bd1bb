"""Finding the debt or the customer that a request names, and the contacts of a customer."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.providers.invisible_collector import wire
from paysandbox.providers.invisible_collector.records import Customer, Debt, InvisibleCollectorState


def find_customer(call: Call, state: InvisibleCollectorState, named: str) -> Customer | None:
    """Return the company's customer with this gid, or else with this external id."""
    customer = state.customers.get(named)
    if customer is None or customer.company != call.principal:
        customer = state.customers.find("external_id", (call.principal, named))
        if customer is not None:
            call.rule("customer-by-external-id")
    return customer


def require_customer(call: Call, state: InvisibleCollectorState) -> Customer:
    """Return the customer that the path names.

    Raises:
        NotFound: the company has no such customer.
    """
    rule = call.rule("customer-is-of-this-company")
    named = call.path["customer"]
    customer = find_customer(call, state, named)
    if customer is None:
        raise NotFound(
            f"this company has no customer {named!r}", rule=rule, at="{customer}", facts={"what": "customer"}
        )
    return customer


def require_debt(call: Call, state: InvisibleCollectorState) -> Debt:
    """Return the debt that the path names.

    Raises:
        NotFound: the company has no such debt.
    """
    rule = call.rule("debt-is-of-this-company")
    debt = state.debts.get(call.path["id"])
    if debt is None or debt.company != call.principal:
        raise NotFound(f"this company has no debt {call.path['id']}", rule=rule, at="{id}", facts={"what": "debt"})
    return debt


def put_contacts(state: InvisibleCollectorState, customer: Customer, given: Iterable[Mapping[str, Any]]) -> None:
    """Store the contacts in a validated body: each takes the place of the customer's contact with its name, if any."""
    ids = {contact.name: contact.id for contact in state.contacts.all("customer", customer.gid)}
    for contact in wire.read_contacts(given, customer.gid):
        state.contacts.put(replace(contact, id=ids.get(contact.name) or state.uuid("contact")))


def write_customer(state: InvisibleCollectorState, customer: Customer) -> dict[str, Any]:
    """Write a customer with its contacts."""
    return wire.write_customer(customer, state.contacts.all("customer", customer.gid))
