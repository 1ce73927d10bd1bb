"""Records of payments: payments, their cancellations, and the invoices that their amounts are allocated to.

Fields have the vendor's wire names where the vendor documents them; allocations and credits are the house's, because
they "are not available for the users to view". Amounts are decimal major units of the account's or wallet's currency.
"""

from decimal import Decimal
from typing import Literal

from paysandbox.providers.crm_com.records.catalogue import DateTime, Id
from paysandbox.store.state import Record

PaymentState = Literal["DRAFT", "REJECTED", "POSTED", "CANCELLED", "PENDING_VERIFICATION"]


class UserDefined(Record, frozen=True, kw_only=True):
    """The user-defined fields of a record."""

    udf_string_1: str | None = None
    udf_string_2: str | None = None
    udf_string_3: str | None = None
    udf_string_4: str | None = None
    udf_string_5: str | None = None
    udf_string_6: str | None = None
    udf_string_7: str | None = None
    udf_string_8: str | None = None
    udf_float_1: Decimal | None = None
    udf_float_2: Decimal | None = None
    udf_float_3: Decimal | None = None
    udf_float_4: Decimal | None = None
    udf_date_1: DateTime | None = None
    udf_date_2: DateTime | None = None
    udf_date_3: DateTime | None = None
    udf_date_4: DateTime | None = None


class Payment(UserDefined, frozen=True, kw_only=True):
    """A payment from an accounts receivable or a wallet. Other records are referred to by id.

    A draft has neither `number` nor `posted_on`. A payment of an `invoice` is allocated to it as a whole, any other by
    allocations, also one that was meant for its `intended_invoice`. Source: vendor pages, POST payments/pay_invoice,
    POST payments/create, GET payments/show.
    """

    id: Id
    number: str | None = None
    reference_number: str
    life_cycle_state: PaymentState
    issued_on: DateTime
    posted_on: DateTime | None = None
    payment_amount: Decimal
    issued_by_user: Id
    issued_by_unit: Id
    received_on: DateTime
    received_by_user: Id
    received_by_unit: Id | None = None
    accounts_receivable: Id | None = None
    wallet: Id | None = None
    type: Id
    category: Id | None = None
    payment_method: Id
    invoice: Id | None = None
    intended_invoice: Id | None = None
    card: Id | None = None
    accounts_receivable_payment_preference: Id | None = None
    processed_by_payment_gateway: str | None = None
    payment_gateway_reference_number: str | None = None
    currency_rate_period: Id | None = None
    notes: str | None = None
    back_office_code: str | None = None


class PaymentCancellation(UserDefined, frozen=True, kw_only=True):
    """The cancellation of a whole payment. Other records are referred to by id. Source: POST payments/cancel."""

    id: Id
    number: str
    reference_number: str
    life_cycle_state: Literal["POSTED"] = "POSTED"
    issued_on: DateTime
    posted_on: DateTime
    payment_amount: Decimal
    payment: Id
    issued_by_user: Id
    issued_by_unit: Id
    type: Id
    category: Id | None = None
    processed_by_payment_gateway: str | None = None
    payment_gateway_reference_number: str | None = None
    notes: str | None = None
    issue_reason: str | None = None
    back_office_code: str | None = None


class Allocation(Record, frozen=True, kw_only=True):
    """A part of a posted payment that pays an invoice. Source: V4 user manual, allocation of transactions."""

    id: Id
    payment: Id
    invoice: Id
    amount: Decimal


class Credit(Record, frozen=True, kw_only=True):
    """What a posted payment has left that no invoice has taken; it is there while the amount is above 0."""

    payment: Id
    accounts_receivable: Id
    amount: Decimal
