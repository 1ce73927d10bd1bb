"""Calls of CRM.COM that keep the invariants, and records that break one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from paysandbox.providers.crm_com.records.payments import Allocation, Credit
from paysandbox.providers.crm_com.records.state import Sequence
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import InvariantCases, WrongRecord, edit, insert
from tests.providers.crm_com.known import CANCEL, CREATE, PAY, PROVIDER, ROOT, TOKEN, data, examples

OPEN: Final = "F14E01CE12C1F2F4CA8395C4EACE74D3"  # the reference number 2024, of which all 55 is outstanding
PARTLY: Final = "ABB1A0779AD415388D99CB40B29965F3"  # the reference number 328: 75 of 300 by payment 97
WALLET: Final = "7FBF794B6EAEEA34CE811CC56A8D4952"
ACCOUNT: Final = "AC58C2AC3AC206B81FC95828AD320121"
PAYMENT_96: Final = "5B0D4B8F6E1C4A7799D3E2C1A0F48B36"  # cancelled
CANCELLATION: Final = "C7A2F3D4915E4B60A8D1E90B37C6F215"  # of payment 96
PAYMENT_97: Final = "D0AF56549D639570A1E30C4507BEBF38"
PAYMENT_98: Final = "542178134C78BCCDBCC9A34061F99FDD"
PAYMENT_99: Final = "B6744946D642ED0308041208E430E6AB"
OTHERS: Final = "54F3A49F23024C51AFF21B7C728F3549"  # an invoice of the account 207
MISSING: Final = "F" * 32
FROM_WALLET: Final[dict[str, Any]] = {
    "token": TOKEN,
    "wallet_identifier": {"number": "W0000007376"},
    "type_identifier": {"name": "Payment 1"},
    "payment_method_identifier": {"name": "Direct Debit"},
    "invoice_identifier": {"reference_number": "4864"},
}


def call_every_example(api: Client) -> Iterator[None]:
    """Payments from accounts and wallets, through gateways, in other currencies; a cancellation; logins, their end."""
    for _, call in examples(api.runtime):
        response = call(api)
        assert response.json["status"]["code"] in {"OK", "NOT_ALLOWED"}  # two examples cancel one payment
        yield


def cancel_payments(api: Client) -> Iterator[None]:
    """Payments from a wallet, which has its money again after each and can pay again."""
    for number in ("100", "101"):
        data(api.post(PAY, FROM_WALLET))
        body = {
            "token": TOKEN,
            "payment_identifier": {"number": number},
            "type_identifier": {"alternative_code": "PAYCAN"},
        }
        data(api.post(CANCEL, body))
        yield


def empty_a_wallet(api: Client) -> Iterator[None]:
    """To the last cent, and not beyond."""
    data(api.post(PAY, FROM_WALLET))
    yield
    api.post(PAY, FROM_WALLET | {"invoice_identifier": {"reference_number": "4862"}})
    yield


def create_payments(api: Client) -> Iterator[None]:
    """Posted payments of an account and a wallet, more than is owed, a draft, and their cancellation."""
    for payer, amount, life_cycle_state in (
        ({"accounts_receivable_identifier": {"number": "220"}}, 50, "POSTED"),
        ({"accounts_receivable_identifier": {"number": "220"}}, 50, "DRAFT"),
        ({"accounts_receivable_identifier": {"number": "220"}}, Decimal("100.01"), "POSTED"),
        ({"wallet_identifier": {"number": "W0000007376"}}, 119, "POSTED"),
    ):
        body = {
            "token": TOKEN,
            **payer,
            "type_identifier": {"name": "Payment 1"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "payment_amount": amount,
            "life_cycle_state": life_cycle_state,
        }
        data(api.post(CREATE, body))
        yield
    for number in ("100", "102", "101"):
        body = {
            "token": TOKEN,
            "payment_identifier": {"number": number},
            "type_identifier": {"alternative_code": "PAYCAN"},
        }
        data(api.post(CANCEL, body))
        yield


WRONG: Final = (
    WrongRecord(
        "credentials-are-of-one-record",
        edit("users", "AA1FC6B548E704E26E7FDF1E82792073", username="JackH"),
        "users/AA1FC6B548E704E26E7FDF1E82792073: username is the same as that of users/ECDD890696B9",
    ),
    WrongRecord(
        "outstanding-is-what-is-not-paid",
        edit("invoices", OPEN, outstanding_amount=Decimal("54.50")),
        f"invoices/{OPEN}: outstanding_amount is 54.5, should be 55: ",
    ),
    WrongRecord(
        "outstanding-is-what-is-not-paid",
        edit("payments", PAYMENT_97, life_cycle_state="PENDING_VERIFICATION"),
        f"invoices/{PARTLY}: outstanding_amount is 225, should be 300: ",
    ),
    WrongRecord(
        "cancelled-once",
        edit(
            "payment_cancellations",
            CANCELLATION,
            id=MISSING,
            number="0",
            reference_number="0",
            back_office_code=None,
        ),
        f"payments/{PAYMENT_96}: it is CANCELLED and has 2 payment cancellations, should have 1",
    ),
    WrongRecord(
        "cancelled-once",
        edit("payments", PAYMENT_96, life_cycle_state="REJECTED"),
        f"payments/{PAYMENT_96}: it is REJECTED and has 1 payment cancellations, should have 0",
    ),
    WrongRecord(
        "cancelled-as-a-whole",
        edit("payment_cancellations", CANCELLATION, payment_amount=Decimal("49.51")),
        f"payment_cancellations/{CANCELLATION}: payment_amount is 49.51, should be 49.5, as that of payments/",
    ),
    WrongRecord(
        "cancelled-as-a-whole",
        edit(
            "payment_cancellations",
            CANCELLATION,
            id=MISSING,
            number="0",
            reference_number="0",
            back_office_code=None,
            payment=MISSING,
        ),
        f"payment_cancellations/{MISSING}: payment is {MISSING}, should be the id of a payment that exists",
    ),
    WrongRecord(
        "payment-numbers-are-of-the-sequence",
        edit("payment_cancellations", CANCELLATION, number="2"),
        f"payment_cancellations/{CANCELLATION}: number is '2', should be a number up to 1, which sequences/",
    ),
    WrongRecord(
        "nothing-is-paid-twice",
        edit("invoices", PARTLY, total_amount=Decimal(70), outstanding_amount=Decimal(-5)),
        f"invoices/{PARTLY}: its posted payments are 75, should be at most its total_amount 70",
    ),
    WrongRecord(
        "allocation-conserves-money",
        edit("payments", PAYMENT_96, life_cycle_state="POSTED", invoice=None),
        f"payments/{PAYMENT_96}: its allocations and its credit are 0, should be 49.5",
        others=("cancelled-once",),
    ),
    WrongRecord(
        "allocation-conserves-money",
        insert("credits", Credit(payment=PAYMENT_97, accounts_receivable=ACCOUNT, amount=Decimal(5))),
        f"payments/{PAYMENT_97}: its allocations and its credit are 5, should be 0",
    ),
    WrongRecord(
        "allocation-conserves-money",
        insert("credits", Credit(payment=PAYMENT_97, accounts_receivable=ACCOUNT, amount=Decimal(0))),
        f"credits/{PAYMENT_97}: amount is 0, should be above 0",
    ),
    WrongRecord(
        "allocation-conserves-money",
        insert("allocations", Allocation(id=MISSING, payment=PAYMENT_97, invoice=OPEN, amount=Decimal(0))),
        f"allocations/{MISSING}: amount is 0, should be above 0",
    ),
    WrongRecord(
        "allocated-on-its-account",
        insert("allocations", Allocation(id=MISSING, payment=PAYMENT_97, invoice=OTHERS, amount=Decimal(1))),
        f"allocations/{MISSING}: invoice is {OTHERS}, should be the id of an invoice of the accounts receivable ",
        others=("allocation-conserves-money", "outstanding-is-what-is-not-paid"),
    ),
    WrongRecord(
        "allocated-on-its-account",
        insert("credits", Credit(payment=PAYMENT_97, accounts_receivable=MISSING, amount=Decimal(1))),
        f"credits/{PAYMENT_97}: accounts_receivable is {MISSING}, should be {ACCOUNT}",
        others=("allocation-conserves-money",),
    ),
    WrongRecord(
        "wallet-never-negative",
        edit("wallets", WALLET, unconditional_balance=Decimal("-0.01")),
        f"wallets/{WALLET}: unconditional_balance is -0.01, should not be below 0",
    ),
    WrongRecord(
        "wallet-never-negative",
        edit("wallets", WALLET, conditional_balance=Decimal(-1)),
        f"wallets/{WALLET}: conditional_balance is -1, should not be below 0",
    ),
    WrongRecord(
        "payment-names-an-invoice",
        edit("payments", PAYMENT_97, id=MISSING, number="1", reference_number="2", invoice=MISSING),
        f"payments/{MISSING}: invoice is {MISSING}, should be the id of an invoice that exists",
    ),
    WrongRecord(
        "accounts-receivable-or-wallet",
        edit("payments", PAYMENT_97, accounts_receivable=None),
        f"payments/{PAYMENT_97}: it has neither accounts_receivable nor wallet, should have exactly one",
    ),
    WrongRecord(
        "accounts-receivable-or-wallet",
        edit("payments", PAYMENT_97, wallet=WALLET),
        f"payments/{PAYMENT_97}: it has accounts_receivable and wallet, should have exactly one",
    ),
    WrongRecord(
        "accounts-receivable-or-wallet",
        edit("payments", PAYMENT_97, accounts_receivable=MISSING),
        f"payments/{PAYMENT_97}: accounts_receivable is {MISSING}, should be the id of one that exists",
    ),
    WrongRecord(
        "accounts-receivable-or-wallet",
        edit("payments", PAYMENT_97, accounts_receivable=None, wallet=MISSING),
        f"payments/{PAYMENT_97}: wallet is {MISSING}, should be the id of one that exists",
    ),
    WrongRecord(
        "payment-numbers-unique",
        edit("payments", PAYMENT_98, number="97"),
        f"payments/{PAYMENT_98}: number is '97', should be unique: payments/{PAYMENT_97} has it too",
    ),
    WrongRecord(
        "payment-numbers-unique",
        edit("payments", PAYMENT_98, reference_number="112"),
        f"payments/{PAYMENT_98}: reference_number is '112', should be unique: payments/{PAYMENT_97} has it too",
    ),
    WrongRecord(
        "payment-numbers-unique",
        edit("payments", PAYMENT_97, back_office_code="TILL-7-000317"),
        f"payments/{PAYMENT_99}: back_office_code is 'TILL-7-000317', should be unique: payments/{PAYMENT_97} has",
    ),
    WrongRecord(
        "payment-numbers-are-of-the-sequence",
        edit("payments", PAYMENT_99, number="100"),
        f"payments/{PAYMENT_99}: number is '100', should be a number up to 99, which sequences/payments gave last",
    ),
    WrongRecord(
        "payment-numbers-are-of-the-sequence",
        edit("payments", PAYMENT_99, reference_number="RN-7"),
        f"payments/{PAYMENT_99}: reference_number is 'RN-7', should be a number up to 114, ",
    ),
    WrongRecord(
        "payment-numbers-are-of-the-sequence",
        edit("payments", PAYMENT_99, number="9" * 5000),
        f"payments/{PAYMENT_99}: number is '{'9' * 5000}', should be a number up to 99, ",
    ),
    WrongRecord(
        "payment-numbers-are-of-the-sequence",
        insert("sequences", Sequence(id="payments", last_number=98, last_reference_number=114)),
        f"payments/{PAYMENT_99}: number is '99', should be a number up to 98, ",
    ),
    WrongRecord(
        "payment-numbers-unique",
        edit("payment_cancellations", CANCELLATION, id=MISSING),
        tuple(
            f"payment_cancellations/{MISSING}: {field}"
            for field in ("number is '1'", "reference_number is ", "back_office_code is ")
        ),
        others=("cancelled-once",),
    ),
)

CASES: Final = InvariantCases(
    provider=PROVIDER,
    make_client=lambda runtime: Client(runtime, root=ROOT),
    calls={
        "every example": call_every_example,
        "payments cancelled": cancel_payments,
        "wallet emptied": empty_a_wallet,
        "payments created": create_payments,
    },
    wrong=WRONG,
    emptied={
        "invoices": {"payment-names-an-invoice"},
        "payments": {"outstanding-is-what-is-not-paid", "cancelled-as-a-whole"},
        "payment_cancellations": {"cancelled-once"},
        "accounts_receivable": {"accounts-receivable-or-wallet"},
        "wallets": {"accounts-receivable-or-wallet"},
        "sequences": {"payment-numbers-are-of-the-sequence"},
        "users": set(),
        "tokens": set(),
    },
    prepare=lambda api: data(api.post(PAY, FROM_WALLET | {"invoice_identifier": {"reference_number": "4862"}})),
)
