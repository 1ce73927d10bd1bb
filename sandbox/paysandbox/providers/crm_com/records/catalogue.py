"""Records of an installation's setup: organisations, users, customers, wallets and payment methods.

Calls change none of these records except the balances of wallets. Fields that the vendor's pages do not show (the owner
of a wallet, the payment gateway of a payment method) are a house decision.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from paysandbox.store.state import Record

Id = Annotated[str, Meta(pattern="^[0-9A-F]{32}$")]
DateTime = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$")]

Classification = Literal[
    "INVOICE", "INVOICE_CANCELLATION", "CREDIT_NOTE", "PAYMENT", "PAYMENT_CANCELLATION", "REFUND", "WRITE_OFF"
]


class Currency(Record, frozen=True, kw_only=True):
    """A currency of a currency rate period. Source: vendor page, POST payments/pay_invoice."""

    id: Id
    code: str
    prefix_symbol: str | None = None
    suffix_symbol: str | None = None
    life_cycle_state: Literal["EFFECTIVE", "NOT EFFECTIVE"] = "EFFECTIVE"
    integer_part_name: str
    decimal_part_name: str


class CurrencyRatePeriod(Record, frozen=True, kw_only=True):
    """The rate of a currency against the organisation's, from `from_date` to `to_date`, both included."""

    id: Id
    currency: Id
    rate: Decimal
    inverse_rate: Decimal
    from_date: DateTime
    to_date: DateTime


class Organisation(Record, frozen=True, kw_only=True):
    """The organisation that a login names. Currency rates are against its `currency`."""

    id: Id
    name: str
    currency: Id


class Unit(Record, frozen=True, kw_only=True):
    """A unit of an organisation, at which users work."""

    id: Id
    name: str
    alternative_code: str
    organisation: Id


class User(Record, frozen=True, kw_only=True):
    """A user who can log in; at `unit`, unless the login names another one."""

    id: Id
    username: str
    password: str
    unit: Id


class Contact(Record, frozen=True, kw_only=True):
    """The owner of accounts receivable, wallets and cards."""

    id: Id
    name: str


class AccountsReceivable(Record, frozen=True, kw_only=True):
    """The account of a customer, in one currency: invoices are due on it, and payments are made from it.

    Its balance is not kept, but calculated from its invoices and payments. Source: GET accounts_receivable/show.
    """

    id: Id
    number: str
    name: str
    owner: Id
    currency: Id
    type: Literal["CUSTOMER", "SYSTEM", "ORGANISATIONAL"] = "CUSTOMER"
    life_cycle_state: Literal["ACTIVE", "SUSPENDED", "TERMINATED"] = "ACTIVE"
    description: str | None = None
    notes: str | None = None
    opening_balance: Decimal = Decimal(0)
    opening_balance_date: DateTime | None = None
    credit_limit: Decimal | None = None


class WalletDefinition(Record, frozen=True, kw_only=True):
    """A definition of wallets. `payments_enabled` says whether they can pay invoices."""

    id: Id
    name: str
    payments_enabled: bool


class Wallet(Record, frozen=True, kw_only=True):
    """A wallet with prepaid money, which pays with its unconditional balance alone."""

    id: Id
    number: str
    owner: Id
    accounts_receivable: Id | None = None
    definition: Id
    currency: Id
    unconditional_balance: Decimal
    conditional_balance: Decimal


class PaymentGateway(Record, frozen=True, kw_only=True):
    """A payment gateway. A generic gateway needs a payment preference, any other gateway a card."""

    id: Id
    name: str
    generic: bool


class PaymentMethod(Record, frozen=True, kw_only=True):
    """A payment method, which may use a payment gateway."""

    id: Id
    name: str
    alternative_code: str
    description: str | None = None
    payment_gateway: Id | None = None


class Type(Record, frozen=True, kw_only=True):
    """A financial transaction type. Wallets cannot use a type that includes payment gateways.

    `categories` are those that it allows; without any it allows all. Source: V4 user manual.
    """

    id: Id
    name: str
    alternative_code: str
    classification: Classification = "PAYMENT"
    payment_gateways: bool
    categories: tuple[Id, ...] = ()


class TypePaymentMethod(Record, frozen=True, kw_only=True):
    """A payment method that a type allows; a type without any allows all. Source: V4 user manual."""

    id: Id
    type: Id
    payment_method: Id
    default: bool = False


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
    """A way to pay that an accounts receivable can prefer. `type` is the vendor's, such as DIRECT_DEBIT or OTHER."""

    id: Id
    name: str
    alternative_code: str
    type: str = "OTHER"
    description: str | None = None
    default: bool = False


class AccountsReceivablePaymentPreference(Record, frozen=True, kw_only=True):
    """The payment preference of an accounts receivable, and its mandate or bank account."""

    id: Id
    accounts_receivable: Id
    payment_preference: Id
    payment_medium_identifier: str | None = None
    bank_account_number: str | None = None
