"""The records of accounts, their clients, sequences, taxes and catalogues of items.

Fixtures and state dumps show the fields under the vendor's wire names. Amounts are decimal major units. Source: the
vendor documentation and recordings; fields that no reply has are a house decision.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from paysandbox.store.state import Record

Id = Annotated[int, Meta(ge=1)]
Mechanism = Literal["CC", "CD", "CH", "CO", "CS", "DE", "LC", "MB", "NU", "OU", "PR", "TB", "TR"]


class Account(Record, frozen=True, kw_only=True):
    """An account, identified by its API key. Every other record belongs to one account.

    One that has credentials at the tax authority can register its sequences there.
    """

    id: Id
    account_name: str
    organization_name: str
    api_key: str
    payment_mechanism: Mechanism | None = None
    tax_authority_credentials: bool = False


class Contact(Record, frozen=True, kw_only=True):
    """A person to talk to at a client."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Client(Record, frozen=True, kw_only=True):
    """A client, and its usual payment mechanism. New documents find clients by id, code or name."""

    id: Id
    account: Id
    name: str
    country: str | None = None
    code: str | None = None
    email: str | None = None
    fiscal_id: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    website: str | None = None
    phone: str | None = None
    fax: str | None = None
    observations: str | None = None
    language: str | None = None
    preferred_contact: Contact | None = None
    send_options: Annotated[int, Meta(ge=1, le=3)] = 1
    payment_mechanism: Mechanism | None = None


class Sequence(Record, frozen=True, kw_only=True):
    """A serie of document numbers, and the last number given to each type of document.

    A sequence that is registered with the tax authority has a validation code; a relevant one may not have it yet.
    """

    id: Id
    account: Id
    serie: str
    default_sequence: bool = False
    relevant: bool
    validation_code: Annotated[str, Meta(pattern="^[A-Z0-9]{8}$")] | None = None
    current_receipt_number: Annotated[int, Meta(ge=0)]
    current_invoice_number: Annotated[int, Meta(ge=0)] = 0
    current_simplified_invoice_number: Annotated[int, Meta(ge=0)] = 0
    current_invoice_receipt_number: Annotated[int, Meta(ge=0)] = 0
    current_credit_note_number: Annotated[int, Meta(ge=0)] = 0
    current_debit_note_number: Annotated[int, Meta(ge=0)] = 0


class Tax(Record, frozen=True, kw_only=True):
    """A rate of value added tax on an item. `value` is in percent."""

    id: Id
    name: str
    value: Decimal


class AccountTax(Tax, frozen=True, kw_only=True):
    """A tax of an account. The default tax applies to an item that names no tax of the account."""

    account: Id
    region: str = "PT"
    code: Literal["NOR", "INT", "RED", "OUT", "ISE"] | None = None
    default_tax: bool = False


class CatalogueItem(Record, frozen=True, kw_only=True):
    """An item of an account's catalogue, as a document named it last. New documents find it by name."""

    id: Id
    account: Id
    name: str
    description: str = ""
    unit_price: Decimal
    unit: str = "unit"
    tax: Id
