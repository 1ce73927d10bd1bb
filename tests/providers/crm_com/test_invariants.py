"""The ledger's invariants hold over the fixtures and after calls; each alone notices the record that breaks it."""

from decimal import Decimal
from typing import Final

import pytest

from paysandbox.providers.crm_com.invariants import INVARIANTS
from paysandbox.providers.crm_com.records.state import CrmComState, Sequence
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import Wrong, broken, changed
from tests.providers.crm_com.known import CANCEL, PAY, Body, data, examples

OPEN: Final = "F14E01CE12C1F2F4CA8395C4EACE74D3"  # the reference number 2024, of which all 55 is outstanding
PARTLY: Final = "ABB1A0779AD415388D99CB40B29965F3"  # the reference number 328: 75 of 300 by payment 97
WALLET: Final = "7FBF794B6EAEEA34CE811CC56A8D4952"
ACCOUNT: Final = "AC58C2AC3AC206B81FC95828AD320121"
PAYMENT_96: Final = "5B0D4B8F6E1C4A7799D3E2C1A0F48B36"  # cancelled
CANCELLATION: Final = "C7A2F3D4915E4B60A8D1E90B37C6F215"  # of payment 96
PAYMENT_97: Final = "D0AF56549D639570A1E30C4507BEBF38"
PAYMENT_98: Final = "542178134C78BCCDBCC9A34061F99FDD"
PAYMENT_99: Final = "B6744946D642ED0308041208E430E6AB"
NOBODY: Final = "F" * 32


def test_every_invariant_holds_over_the_fixtures(state: CrmComState) -> None:
    """Every cent that is not outstanding has a payment behind it."""
    assert broken(INVARIANTS, state) == {}


def test_every_invariant_has_a_name_of_its_own_and_a_sentence() -> None:
    """As an answer of the control plane shows them."""
    assert len({invariant.id for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.says.endswith(".") for invariant in INVARIANTS)


def test_every_invariant_holds_after_every_example(api: Client, state: CrmComState) -> None:
    """Payments from accounts and wallets, through gateways, in other currencies; a cancellation; logins, their end."""
    for _, call in examples(api.runtime):
        response = call(api)
        assert response.json["status"]["code"] in {"OK", "NOT_ALLOWED"}  # two examples cancel one payment
        assert broken(INVARIANTS, state) == {}


def test_every_invariant_holds_after_a_cancellation(
    api: Client, state: CrmComState, payment: Body, cancellation: Body
) -> None:
    """Of a payment from a wallet, which has its money again and can pay again."""
    body = payment(
        accounts_receivable_identifier=...,
        wallet_identifier={"number": "W0000007376"},
        invoice_identifier={"reference_number": "4864"},
    )
    for number in ("100", "101"):
        data(api.post(PAY, body))
        data(api.post(CANCEL, cancellation(payment_identifier={"number": number})))
        assert broken(INVARIANTS, state) == {}


def test_every_invariant_holds_when_a_wallet_is_emptied(api: Client, state: CrmComState, payment: Body) -> None:
    """To the last cent, and not beyond."""
    body = payment(
        accounts_receivable_identifier=...,
        wallet_identifier={"number": "W0000007376"},
        invoice_identifier={"reference_number": "4864"},
    )
    data(api.post(PAY, body))
    assert broken(INVARIANTS, state) == {}
    api.post(PAY, body | {"invoice_identifier": {"reference_number": "4862"}})
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("invariant", "wrong", "where"),
    [
        (
            "outstanding-is-what-is-not-paid",
            changed("invoices", OPEN, outstanding_amount=Decimal("54.50")),
            f"invoices/{OPEN}: outstanding_amount is 54.5, should be 55: ",
        ),
        (
            "outstanding-is-what-is-not-paid",
            changed("payments", PAYMENT_97, life_cycle_state="PENDING_VERIFICATION"),
            f"invoices/{PARTLY}: outstanding_amount is 225, should be 300: ",
        ),
        (
            "cancelled-once",
            changed(
                "payment_cancellations",
                CANCELLATION,
                id=NOBODY,
                number="0",
                reference_number="0",
                back_office_code=None,
            ),
            f"payments/{PAYMENT_96}: it is CANCELLED and has 2 payment cancellations, should have 1",
        ),
        (
            "cancelled-once",
            changed("payments", PAYMENT_96, life_cycle_state="REJECTED"),
            f"payments/{PAYMENT_96}: it is REJECTED and has 1 payment cancellations, should have 0",
        ),
        (
            "cancelled-as-a-whole",
            changed("payment_cancellations", CANCELLATION, payment_amount=Decimal("0.02")),
            f"payment_cancellations/{CANCELLATION}: payment_amount is 0.02, should be 0.01, as that of payments/",
        ),
        (
            "cancelled-as-a-whole",
            changed(
                "payment_cancellations",
                CANCELLATION,
                id=NOBODY,
                number="0",
                reference_number="0",
                back_office_code=None,
                payment=NOBODY,
            ),
            f"payment_cancellations/{NOBODY}: payment is {NOBODY}, should be the id of a payment that exists",
        ),
        (
            "payment-numbers-are-of-the-sequence",
            changed("payment_cancellations", CANCELLATION, number="2"),
            f"payment_cancellations/{CANCELLATION}: number is '2', should be a number up to 1, which sequences/",
        ),
        (
            "nothing-is-paid-twice",
            changed("invoices", PARTLY, total_amount=Decimal(70), outstanding_amount=Decimal(-5)),
            f"invoices/{PARTLY}: its posted payments are 75, should be at most its total_amount 70",
        ),
        (
            "wallet-never-negative",
            changed("wallets", WALLET, unconditional_balance=Decimal("-0.01")),
            f"wallets/{WALLET}: unconditional_balance is -0.01, should not be below 0",
        ),
        (
            "wallet-never-negative",
            changed("wallets", WALLET, conditional_balance=Decimal(-1)),
            f"wallets/{WALLET}: conditional_balance is -1, should not be below 0",
        ),
        (
            "payment-names-an-invoice",
            changed("payments", PAYMENT_97, id=NOBODY, number="1", reference_number="2", invoice=NOBODY),
            f"payments/{NOBODY}: invoice is {NOBODY}, should be the id of an invoice that exists",
        ),
        (
            "accounts-receivable-or-wallet",
            changed("payments", PAYMENT_97, accounts_receivable=None),
            f"payments/{PAYMENT_97}: it has neither accounts_receivable nor wallet, should have exactly one",
        ),
        (
            "accounts-receivable-or-wallet",
            changed("payments", PAYMENT_97, wallet=WALLET),
            f"payments/{PAYMENT_97}: it has accounts_receivable and wallet, should have exactly one",
        ),
        (
            "accounts-receivable-or-wallet",
            changed("payments", PAYMENT_97, accounts_receivable=NOBODY),
            f"payments/{PAYMENT_97}: accounts_receivable is {NOBODY}, should be the id of one that exists",
        ),
        (
            "accounts-receivable-or-wallet",
            changed("payments", PAYMENT_97, accounts_receivable=None, wallet=NOBODY),
            f"payments/{PAYMENT_97}: wallet is {NOBODY}, should be the id of one that exists",
        ),
        (
            "payment-numbers-unique",
            changed("payments", PAYMENT_98, number="97"),
            f"payments/{PAYMENT_98}: number is '97', should be unique: payments/{PAYMENT_97} has it too",
        ),
        (
            "payment-numbers-unique",
            changed("payments", PAYMENT_98, reference_number="112"),
            f"payments/{PAYMENT_98}: reference_number is '112', should be unique: payments/{PAYMENT_97} has it too",
        ),
        (
            "payment-numbers-unique",
            changed("payments", PAYMENT_97, back_office_code="TILL-7-000317"),
            f"payments/{PAYMENT_99}: back_office_code is 'TILL-7-000317', should be unique: payments/{PAYMENT_97} has",
        ),
        (
            "payment-numbers-are-of-the-sequence",
            changed("payments", PAYMENT_99, number="100"),
            f"payments/{PAYMENT_99}: number is '100', should be a number up to 99, which sequences/payments gave last",
        ),
        (
            "payment-numbers-are-of-the-sequence",
            changed("payments", PAYMENT_99, reference_number="RN-7"),
            f"payments/{PAYMENT_99}: reference_number is 'RN-7', should be a number up to 114, ",
        ),
        (
            "payment-numbers-are-of-the-sequence",
            changed("payments", PAYMENT_99, number="9" * 5000),
            f"payments/{PAYMENT_99}: number is '{'9' * 5000}', should be a number up to 99, ",
        ),
        (
            "payment-numbers-are-of-the-sequence",
            lambda _state: ("sequences", Sequence(id="payments", last_number=98, last_reference_number=114)),
            f"payments/{PAYMENT_99}: number is '99', should be a number up to 98, ",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) and len(value) > 100 else None,
)
@pytest.mark.breaks_invariants
def test_a_wrong_record_breaks_one_invariant(state: CrmComState, invariant: str, wrong: Wrong, where: str) -> None:
    """That invariant and no other, at one place, and the line says where and what would be right."""
    table, record = wrong(state)
    state.table(table).put(record)
    found = broken(INVARIANTS, state)
    assert list(found) == [invariant]
    (line,) = found[invariant]
    assert line.startswith(where)


@pytest.mark.breaks_invariants
def test_two_cancellations_of_one_number_break_an_invariant(state: CrmComState) -> None:
    """Each of their numbers, and the code; that there are two breaks another one."""
    _, record = changed("payment_cancellations", CANCELLATION, id=NOBODY)(state)
    state.table("payment_cancellations").put(record)
    members = [
        line.partition(": ")[2].partition(" is ")[0] for line in broken(INVARIANTS, state)["payment-numbers-unique"]
    ]
    assert members == ["number", "reference_number", "back_office_code"]


@pytest.mark.parametrize(
    ("table", "invariants"),
    [
        ("invoices", {"payment-names-an-invoice"}),
        ("payments", {"outstanding-is-what-is-not-paid", "cancelled-as-a-whole"}),
        ("payment_cancellations", {"cancelled-once"}),
        ("accounts_receivable", {"accounts-receivable-or-wallet"}),
        ("wallets", {"accounts-receivable-or-wallet"}),
        ("sequences", {"payment-numbers-are-of-the-sequence"}),
        ("users", set()),
        ("tokens", set()),
    ],
)
@pytest.mark.breaks_invariants
def test_records_that_are_gone_do_not_stop_an_invariant(
    api: Client, state: CrmComState, payment: Body, table: str, invariants: set[str]
) -> None:
    """Every invariant can be asked when a table is empty; what named its records is broken."""
    wallet, invoice = {"number": "W0000007376"}, {"reference_number": "4862"}
    data(
        api.post(
            PAY,
            payment(accounts_receivable_identifier=..., wallet_identifier=wallet, invoice_identifier=invoice),
        )
    )
    keys = [state.table_defs()[table].key(record) for record in state.table(table).records()]
    for key in keys:
        state.table(table).delete(key)
    assert broken(INVARIANTS, state).keys() == invariants
