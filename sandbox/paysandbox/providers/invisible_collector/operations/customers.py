"""Operations on customers and their attributes.

Source: the vendor's pages for /customers, of which the content is known, but not the wording, and the vendor's clients.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict
from paysandbox.providers.invisible_collector import rules, wire
from paysandbox.providers.invisible_collector.lookup import put_contacts, require_customer, write_customer
from paysandbox.providers.invisible_collector.records import Customer, InvisibleCollectorState

_SEARCH: Final = "find"  # the last segment of the search's path
_FILTERS: Final[Mapping[str, str]] = {
    "vat": "vat_number",
    "email": "email",
    "phone": "phone",
    "externalId": "external_id",
}


def create_customer(call: Call, state: InvisibleCollectorState) -> Reply:
    """Register a customer.

    Raises:
        Conflict: a customer has this VAT number and differs, or another one has this external id.
    """
    customer = wire.read_customer(call.body, call.principal)
    call.rule("vat-number-unique-per-company")
    existing = state.customers.find("vat_number", (customer.company, customer.vat_number))
    if existing is not None:
        return _repeat_customer(call, state, existing, customer)
    _check_external_id(call, state, customer)
    customer = replace(customer, gid=state.uuid("customer"))
    state.customers.put(customer)
    put_contacts(state, customer, call.body.get("contacts") or ())
    return Reply(201, write_customer(state, customer))


def find_customers(call: Call, state: InvisibleCollectorState) -> Reply:
    """List the company's customers that match every parameter."""
    query: dict[str, Any] = {name: None if value == "" else value for name, value in call.query.items()}
    if query != call.query:
        call.rule("empty-parameter-is-not-given")
    call.rule("every-parameter-narrows")
    if state.customers.find("external_id", (call.principal, _SEARCH)) is not None:
        call.rule("find-is-the-search")
    wanted = {field: query[name] for name, field in _FILTERS.items() if query[name] is not None}
    index = next((name for name in ("vat_number", "external_id") if name in wanted), None)
    found = (
        state.customers.all("company", call.principal)
        if index is None
        else state.customers.all(index, (call.principal, wanted[index]))
    )
    customers = [
        write_customer(state, customer)
        for customer in found
        if all(getattr(customer, field) == value for field, value in wanted.items())
    ]
    return Reply(200, customers)


def get_customer(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return a customer.

    Raises:
        NotFound: the company has no such customer.
    """
    return Reply(200, write_customer(state, require_customer(call, state)))


def update_customer(call: Call, state: InvisibleCollectorState) -> Reply:
    """Change the properties of a customer that are given.

    Raises:
        NotFound: the company has no such customer.
        Conflict: another customer has this VAT number or external id.
    """
    customer = wire.change_customer(require_customer(call, state), call.body)
    if any(call.body.get(name) is None for name in wire.OPTIONAL_OF_CUSTOMERS):
        call.rule("properties-left-out-are-kept")
    rule = call.rule("vat-number-unique-per-company")
    existing = state.customers.find("vat_number", (customer.company, customer.vat_number))
    if existing is not None and existing.gid != customer.gid:
        facts = {"what": "customer", "gid": existing.gid}
        raise Conflict(
            f"another customer has the VAT number {customer.vat_number!r}", rule=rule, at="/vatNumber", facts=facts
        )
    _check_external_id(call, state, customer)
    state.customers.put(customer)
    if call.body.get("contacts") is not None:
        kept = {contact["name"] for contact in call.body["contacts"]}
        for contact in state.contacts.all("customer", customer.gid):
            if contact.name not in kept:
                state.contacts.delete(contact.id)
        put_contacts(state, customer, call.body["contacts"])
    return Reply(200, write_customer(state, customer))


def list_customer_debts(call: Call, state: InvisibleCollectorState) -> Reply:
    """List the debts of a customer, the oldest first.

    Raises:
        NotFound: the company has no such customer.
    """
    customer = require_customer(call, state)
    id_name = state.variants["debt_id_name"]
    return Reply(200, [wire.write_debt(debt, id_name) for debt in state.debts.all("customer", customer.gid)])


def get_customer_attributes(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return the attributes of a customer.

    Raises:
        NotFound: the company has no such customer.
    """
    return Reply(200, require_customer(call, state).attributes)


def set_customer_attributes(call: Call, state: InvisibleCollectorState) -> Reply:
    """Add attributes to those of a customer, or change them; return all.

    Raises:
        NotFound: the company has no such customer.
    """
    customer = require_customer(call, state)
    call.rule("attributes-are-merged")
    customer = replace(customer, attributes=customer.attributes | call.body)
    state.customers.put(customer)
    return Reply(200, customer.attributes)


def _repeat_customer(call: Call, state: InvisibleCollectorState, existing: Customer, customer: Customer) -> Reply:
    """Return the existing customer again, if the new one is equal to it."""
    call.rule("same-customer-is-judged-by-value")
    contacts = wire.read_contacts(call.body.get("contacts") or (), existing.gid)
    held = state.contacts.all("customer", existing.gid)
    has_same_contacts = rules.are_same_contacts(held, contacts)
    if not (rules.is_same_customer(existing, customer) and has_same_contacts):
        names = [*rules.find_customer_differences(existing, customer), *([] if has_same_contacts else ["contacts"])]
        raise Conflict(
            f"this company has a customer with {customer.vat_number!r}, who differs in {', '.join(names)}",
            rule="vat-number-unique-per-company",
            at="/vatNumber",
            facts={"what": "customer", "gid": existing.gid},
        )
    call.rule("identical-customer-is-idempotent")
    return Reply(200, write_customer(state, existing))


def _check_external_id(call: Call, state: InvisibleCollectorState, customer: Customer) -> None:
    """Refuse an external id that another customer of the company has."""
    if customer.external_id is None:
        return
    rule = call.rule("external-id-unique-per-company")
    existing = state.customers.find("external_id", (customer.company, customer.external_id))
    if existing is not None and existing.gid != customer.gid:
        facts = {"what": "customer", "gid": existing.gid}
        raise Conflict(
            f"another customer has the externalId {customer.external_id!r}", rule=rule, at="/externalId", facts=facts
        )
