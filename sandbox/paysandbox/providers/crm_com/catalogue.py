"""What an installation of CRM.COM is set up with: who works there, who its customers are, how they can pay.

No call changes these records, but for the balances of wallets. What the vendor's pages do not show of them (who owns a
wallet, which gateway a method is linked with) is a house decision.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from paysandbox.store.state import Record

Id = Annotated[str, Meta(pattern="^[0-9A-F]{32}$")]
DateTime = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$")]


class Currency(Record, frozen=True, kw_only=True):
    """A currency, as it stands inside a currency rate period. Source: the page's currency object."""

    id: Id
    code: str
    prefix_symbol: str | None = None
    suffix_symbol: str | None = None
    life_cycle_state: Literal["EFFECTIVE", "NOT EFFECTIVE"] = "EFFECTIVE"
    integer_part_name: str
    decimal_part_name: str


class CurrencyRatePeriod(Record, frozen=True, kw_only=True):
    """What one unit of the organisation's currency is worth in another one, from and until a second, both included."""

    id: Id
    currency: Id
    rate: Decimal
    inverse_rate: Decimal
    from_date: DateTime
    to_date: DateTime


class Organisation(Record, frozen=True, kw_only=True):
    """Who runs this installation; a login names it. Rates are against its `currency`."""

    id: Id
    name: str
    currency: Id


class Unit(Record, frozen=True, kw_only=True):
    """A part of an organisation at which users work."""

    id: Id
    name: str
    alternative_code: str
    organisation: Id


class User(Record, frozen=True, kw_only=True):
    """Who can log in. `unit` is where, unless the login says otherwise."""

    id: Id
    username: str
    password: str
    unit: Id


class Contact(Record, frozen=True, kw_only=True):
    """Who owns accounts receivable, wallets and cards."""

    id: Id
    name: str


class AccountsReceivable(Record, frozen=True, kw_only=True):
    """What somebody owes and pays, in one currency."""

    id: Id
    number: str
    name: str
    owner: Id
    currency: Id


class WalletDefinition(Record, frozen=True, kw_only=True):
    """What wallets of a kind can do. `payments_enabled`: they can pay invoices."""

    id: Id
    name: str
    payments_enabled: bool


class Wallet(Record, frozen=True, kw_only=True):
    """Prepaid money. Only the unconditional balance can pay invoices."""

    id: Id
    number: str
    owner: Id
    definition: Id
    currency: Id
    unconditional_balance: Decimal
    conditional_balance: Decimal


class PaymentGateway(Record, frozen=True, kw_only=True):
    """Who carries out payments. A generic one works with payment preferences, any other one with cards."""

    id: Id
    name: str
    generic: bool


class PaymentMethod(Record, frozen=True, kw_only=True):
    """How is paid; linked with a payment gateway or not."""

    id: Id
    name: str
    alternative_code: str
    payment_gateway: Id | None = None


class Type(Record, frozen=True, kw_only=True):
    """A financial transaction type. One that includes payment gateways is not for wallets."""

    id: Id
    name: str
    alternative_code: str
    payment_gateways: bool


class Category(Record, frozen=True, kw_only=True):
    """A financial transaction category."""

    id: Id
    name: str
    code: str


class Card(Record, frozen=True, kw_only=True):
    """A card that a payment gateway can charge."""

    id: Id
    owner: Id
    payment_gateway_reference_number: str
    last_digits: str


class PaymentPreference(Record, frozen=True, kw_only=True):
    """A way in which accounts may prefer to pay."""

    id: Id
    name: str
    alternative_code: str


class AccountsReceivablePaymentPreference(Record, frozen=True, kw_only=True):
    """What one account prefers, and what of: a mandate, a bank account."""

    id: Id
    accounts_receivable: Id
    payment_preference: Id
    payment_medium_identifier: str | None = None
    bank_account_number: str | None = None
