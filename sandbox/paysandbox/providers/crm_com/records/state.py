"""Records that calls create and change (tokens, invoices), and the state that holds all tables.

Fields have the vendor's wire names where the vendor documents them. Ids are 32 upper-case hexadecimal digits,
date-times are UTC without a zone (`2014-07-14T16:49:11`), amounts are decimal major units of the currency of the
accounts receivable or the wallet.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from paysandbox.providers.crm_com.records.catalogue import (
    AccountsReceivable,
    AccountsReceivablePaymentPreference,
    Card,
    Category,
    Contact,
    Currency,
    CurrencyRatePeriod,
    DateTime,
    Id,
    Organisation,
    PaymentGateway,
    PaymentMethod,
    PaymentPreference,
    Type,
    TypePaymentMethod,
    Unit,
    User,
    Wallet,
    WalletDefinition,
)
from paysandbox.providers.crm_com.records.payments import Allocation, Credit, Payment, PaymentCancellation
from paysandbox.store.state import Record, State, table

Time = Annotated[dt.datetime, Meta(tz=True)]
InvoiceState = Literal["DRAFT", "POSTED", "CANCELLED"]


class Token(Record, frozen=True, kw_only=True):
    """The token of a login. Times are UTC; `last_used_on` changes only under releases whose tokens expire when idle.

    A token `by_web_api_key` lasts two hours under every release.
    """

    token: Id
    user: Id
    unit: Id
    issued_on: Time
    last_used_on: Time
    never_expires: bool = False
    by_web_api_key: bool = False


class WebApiKey(Record, frozen=True, kw_only=True):
    """A key that is exchanged for tokens of its user, at its own unit or at that of the user."""

    key: Annotated[str, Meta(pattern="^[^:~]+$")]
    user: Id
    unit: Id | None = None


class Invoice(Record, frozen=True, kw_only=True):
    """An invoice of an accounts receivable. `outstanding_amount` is the total less the posted payments' part in it."""

    id: Id
    number: str
    reference_number: str
    accounts_receivable: Id
    life_cycle_state: InvoiceState
    total_amount: Decimal
    outstanding_amount: Decimal
    issued_on: DateTime
    posted_on: DateTime | None = None
    due_on: DateTime
    type: Id | None = None
    category: Id | None = None
    back_office_code: str | None = None


class Sequence(Record, frozen=True, kw_only=True):
    """The last number and reference number of the records in a table; `id` is the table's name."""

    id: str
    last_number: int
    last_reference_number: int


class CrmComState(State):
    """The tables of CRM.COM. Indexes are named after the keys of identifiers, so that a key finds its index."""

    currencies = table(Currency, key="id", indexes={"code": "code"})
    currency_rate_periods = table(
        CurrencyRatePeriod, key="id", indexes={"currency": "currency"}, refers={"currency": "currencies"}
    )
    organisations = table(Organisation, key="id", indexes={"name": "name"}, refers={"currency": "currencies"})
    units = table(
        Unit,
        key="id",
        indexes={"name": "name", "alternative_code": "alternative_code"},
        refers={"organisation": "organisations"},
    )
    users = table(User, key="id", indexes={"username": "username"}, refers={"unit": "units"})
    tokens = table(Token, key="token", refers={"user": "users", "unit": "units"})
    web_api_keys = table(WebApiKey, key="key", refers={"user": "users", "unit": "units"})
    contacts = table(Contact, key="id", indexes={"name": "name"})
    accounts_receivable = table(
        AccountsReceivable,
        key="id",
        indexes={"number": "number", "name": "name", "owner": "owner"},
        refers={"owner": "contacts", "currency": "currencies"},
    )
    wallet_definitions = table(WalletDefinition, key="id")
    wallets = table(
        Wallet,
        key="id",
        indexes={"number": "number", "accounts_receivable": "accounts_receivable"},
        refers={
            "owner": "contacts",
            "accounts_receivable": "accounts_receivable",
            "definition": "wallet_definitions",
            "currency": "currencies",
        },
    )
    payment_gateways = table(PaymentGateway, key="id")
    payment_methods = table(
        PaymentMethod,
        key="id",
        indexes={"name": "name", "alternative_code": "alternative_code"},
        refers={"payment_gateway": "payment_gateways"},
    )
    types = table(
        Type,
        key="id",
        indexes={"name": "name", "alternative_code": "alternative_code", "classification": "classification"},
    )
    types_payment_methods = table(
        TypePaymentMethod,
        key="id",
        indexes={"type": "type"},
        refers={"type": "types", "payment_method": "payment_methods"},
    )
    categories = table(Category, key="id", indexes={"name": "name", "code": "code"})
    cards = table(
        Card,
        key="id",
        indexes={
            "payment_gateway_reference_number": "payment_gateway_reference_number",
            "last_digits": "last_digits",
        },
        refers={"owner": "contacts"},
    )
    payment_preferences = table(
        PaymentPreference, key="id", indexes={"name": "name", "alternative_code": "alternative_code"}
    )
    accounts_receivable_payment_preferences = table(
        AccountsReceivablePaymentPreference,
        key="id",
        indexes={
            "payment_preference": "payment_preference",
            "payment_medium_identifier": "payment_medium_identifier",
            "bank_account_number": "bank_account_number",
        },
        refers={"accounts_receivable": "accounts_receivable", "payment_preference": "payment_preferences"},
    )
    invoices = table(
        Invoice,
        key="id",
        indexes={
            "number": "number",
            "reference_number": "reference_number",
            "back_office_code": "back_office_code",
            "accounts_receivable": "accounts_receivable",
        },
        refers={"accounts_receivable": "accounts_receivable", "type": "types", "category": "categories"},
    )
    payments = table(
        Payment,
        key="id",
        indexes={
            "number": "number",
            "reference_number": "reference_number",
            "back_office_code": "back_office_code",
            "invoice": "invoice",
            "accounts_receivable": "accounts_receivable",
        },
        refers={
            "issued_by_user": "users",
            "issued_by_unit": "units",
            "received_by_user": "users",
            "received_by_unit": "units",
            "accounts_receivable": "accounts_receivable",
            "wallet": "wallets",
            "type": "types",
            "category": "categories",
            "payment_method": "payment_methods",
            "invoice": "invoices",
            "intended_invoice": "invoices",
            "card": "cards",
            "accounts_receivable_payment_preference": "accounts_receivable_payment_preferences",
            "currency_rate_period": "currency_rate_periods",
        },
    )
    payment_cancellations = table(
        PaymentCancellation,
        key="id",
        indexes={
            "number": "number",
            "reference_number": "reference_number",
            "back_office_code": "back_office_code",
            "payment": "payment",
        },
        refers={
            "payment": "payments",
            "issued_by_user": "users",
            "issued_by_unit": "units",
            "type": "types",
            "category": "categories",
        },
    )
    allocations = table(
        Allocation,
        key="id",
        indexes={"payment": "payment", "invoice": "invoice"},
        refers={"payment": "payments", "invoice": "invoices"},
    )
    credits = table(
        Credit,
        key="payment",
        indexes={"accounts_receivable": "accounts_receivable"},
        refers={"payment": "payments", "accounts_receivable": "accounts_receivable"},
    )
    sequences = table(Sequence, key="id")

    def take_numbers(self, name: str, *, posted: bool = True) -> Sequence:
        """Return the numbers of the next record in the table `name`, and keep them as the last ones.

        A record that is not posted takes a reference number alone.
        """
        last = self.sequences.get(name) or Sequence(id=name, last_number=0, last_reference_number=0)
        numbers = Sequence(
            id=name,
            last_number=last.last_number + int(posted),
            last_reference_number=last.last_reference_number + 1,
        )
        self.sequences.put(numbers)
        return numbers
