"""Operations on customers."""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoiless import lookup, rules, wire
from paysandbox.providers.invoiless.records import Customer, InvoilessState
from paysandbox.providers.invoiless.rules import RequestedCustomer


def create_customer(call: Call, state: InvoilessState) -> Reply:
    """Create a customer. Source: vendor page, Create Customer.

    Raises:
        NotFound: the account has no such scope.
        NotAllowed: an address would get the customer's invoices twice.
    """
    scope = lookup.find_scope(call, state)
    requested = wire.read_customer(call.body)
    _check(call, requested)
    customer = lookup.create_customer(call, state, requested, scope)
    state.customers.put(customer)
    return Reply(201, wire.write_customer(customer))


def list_customers(call: Call, state: InvoilessState) -> Reply:
    """List the customers of the account, or of one scope of it, in pages. Source: vendor page, Get Customers.

    Raises:
        NotFound: the account has no such scope.
    """
    scope = lookup.find_scope(call, state)
    account, search = call.principal.id, call.query["search"]
    page, limit = lookup.choose_page(call)
    index, value = ("account", (account, False)) if scope is None else ("scope", (account, scope, False))
    start = (page - 1) * limit
    if search:
        call.rule("search-finds-name-email-or-phone")
        matches = [customer for customer in state.customers.all(index, value) if _matches(customer, search)]
        count, customers = len(matches), matches[start : start + limit]
    else:
        count, customers = state.customers.count(index, value), state.customers.page(index, value, start, limit)
    docs = [wire.write_customer(customer) for customer in customers]
    return Reply(200, wire.write_list(docs, page, limit, count, state.variants["list_envelope"]))


def get_customer(call: Call, state: InvoilessState) -> Reply:
    """Return a customer. Source: vendor page, Get Customer.

    Raises:
        NotFound: the call sees no such customer.
    """
    return Reply(200, wire.write_customer(lookup.find_customer(call, state)))


def replace_customer(call: Call, state: InvoilessState) -> Reply:
    """Replace a customer (PUT): what the request leaves out is none from now on.

    Raises:
        NotFound: the call sees no such customer.
        NotAllowed: an address would get the customer's invoices twice.
    """
    customer = lookup.find_customer(call, state)
    call.rule("put-replaces")
    return _change(call, state, customer, wire.read_customer(call.body))


def update_customer(call: Call, state: InvoilessState) -> Reply:
    """Update a customer (PATCH): what the request leaves out stays as it is, also within the billing address.

    Raises:
        NotFound: the call sees no such customer.
        NotAllowed: the customer would have no name, or an address would get the customer's invoices twice.
    """
    customer = lookup.find_customer(call, state)
    call.rule("patch-merges")
    requested = wire.read_customer_update(customer, call.body)
    if not rules.choose_name(requested.bill_to):
        message = "The customer would have neither a company, nor a firstName with a lastName."
        raise NotAllowed(message, rule="customer-keeps-a-name", at="/billTo")
    return _change(call, state, customer, requested)


def delete_customer(call: Call, state: InvoilessState) -> Reply:
    """Delete a customer, who stays on its invoices. Source: vendor page, Delete Customer.

    Raises:
        NotFound: the call sees no such customer.
    """
    customer = lookup.find_customer(call, state)
    call.rule("deleted-customer-is-gone")
    state.customers.put(replace(customer, is_deleted=True, internal_id=None))
    return Reply(200, wire.write_deletion("customer"))


def _change(call: Call, state: InvoilessState, customer: Customer, requested: RequestedCustomer) -> Reply:
    _check(call, requested)
    lookup.note_email(call, requested)
    changed = rules.replace_customer(customer, requested)
    state.customers.put(changed)
    return Reply(200, wire.write_customer(changed))


def _check(call: Call, requested: RequestedCustomer) -> None:
    """Check that no address would get the customer's invoices twice.

    Raises:
        NotAllowed: one would.
    """
    if not requested.cc and not requested.bcc:
        return
    rule = call.rule("copies-go-to-others")
    repeated = rules.find_repeated_address(requested)
    if repeated is not None:
        message = f"The address {repeated} would get the customer's invoices twice."
        raise NotAllowed(message, rule=rule, at="/bcc" if requested.bcc else "/cc")


def _matches(customer: Customer, search: str) -> bool:
    """Whether a search finds the customer: by its name, its e-mail address or its phone number."""
    return rules.contain_text((customer.name, customer.email or "", customer.bill_to.get("phone", "")), search)
