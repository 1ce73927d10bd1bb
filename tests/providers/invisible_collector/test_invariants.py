"""The ledger's invariants hold over the fixtures and after calls; each alone notices the record that breaks it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from paysandbox.providers.invisible_collector.invariants import INVARIANTS
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState, Line, NoteLink
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import Wrong, broken, changed
from tests.providers.invisible_collector.known import PROVIDER

OPEN: Final = "e9b2a794-9959-4dc3-b07b-f440c1f8e994"  # FT 2016/101, 17835 owed
PAID: Final = "82d252c8-863c-40c2-bc10-269e330b49c3"  # FT 2016/001, paid by RG 2016/001
REDUCED: Final = "92249eae-8340-4e82-8644-058fdd5ed10b"  # FT 2016/007, 2460 of it by NC 2016/003
OF_REDUCED: Final = "cabeaf82-984a-47d6-a109-0af7de46a1dd"  # NC 2016/003
PAYMENT: Final = "3077c5db-0436-4692-b783-5dca15a55231"  # RG 2016/001
CANCELLED: Final = "a11470a7-2f76-4354-8dfb-013e6b70605b"  # RG 2016/011
FREE: Final = "94c22207-298c-47a5-bc7f-ee0bea746f07"  # NC NC/001
ISSUED: Final = "c9a23b7b-c019-494c-b208-5aa9b6b30ff2"  # NC 2016/002, 861 for FT 2016/010
DEBIT: Final = "d102f634-2cae-487e-8e6c-a42c06a62598"  # ND ND/001
NOBODY: Final = "00000000-0000-4000-8000-000000000000"


def link(**changes: Any) -> Wrong:
    """A note link that no line stands behind."""
    made = NoteLink(id=NOBODY, payment=PAYMENT, debt=OPEN, amount=Decimal(1), credit_note=FREE)
    return lambda _state: ("note_links", replace(made, **changes))


def test_every_invariant_holds_over_the_fixtures(state: InvisibleCollectorState) -> None:
    """Exactly: no total of a debt starts from anything but its payments and notes."""
    assert broken(INVARIANTS, state) == {}


def test_every_invariant_has_a_name_of_its_own_and_a_sentence() -> None:
    """As an answer of the control plane shows them."""
    assert len({invariant.id for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.says.endswith(".") for invariant in INVARIANTS)


def test_every_invariant_holds_after_every_example(api: Client, state: InvisibleCollectorState) -> None:
    """Payments in money and by notes, of several debts, cancelled and repeated; debts of every status, and notes."""
    for path, item in api.runtime.services[PROVIDER].contract.document["paths"].items():
        body = item.get("post", {}).get("requestBody")
        for example in body["content"]["application/json"]["examples"].values() if body else ():
            assert api.post(path.replace("{id}", OPEN), example["value"]).status in {200, 201}
            assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize("call", ["PUT /payments/{}/cancel", "DELETE /payments/{}"])
def test_every_invariant_holds_after_every_payment_is_taken_back(
    api: Client, state: InvisibleCollectorState, call: str
) -> None:
    """One after the other, in every order of what is left."""
    names = [one.external_id for one in state.payments.records() if one.external_id is not None]
    method, path = call.split(" ")
    for name in names:
        api.call(method, path.format(name))
        assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    "lines",
    [
        [{"number": "FT 2016/101", "amount": 999999.99}],
        [{"number": "FT 2016/101", "amount": 1}, {"number": "FT 2016/101", "amount": 17834}],
        [{"number": "FT 2016/001", "referenceNumber": "ND ND/001", "amount": 5}],
        [{"number": "FT 2016/101", "referenceNumber": "NC NC/001", "amount": 5}] * 2,
        [{"number": "FT 2016/101", "referenceNumber": "NC 2016/002", "amount": 5}],
        [{"number": "FT 2016/013", "amount": 700}],
    ],
    ids=["overpaid", "in two lines", "owed again", "one note twice", "note of another debt", "cancelled debt"],
)
def test_every_invariant_holds_after_an_odd_payment(
    api: Client, state: InvisibleCollectorState, payment: Callable[..., dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    """What the API accepts, the invariants allow."""
    assert api.post("/payments", payment(lines=lines)).status == 201
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("invariant", "wrong", "where"),
    [
        (
            "debt-totals-are-their-entries",
            changed("debts", OPEN, paid_total=Decimal("5.50")),
            f"debts/{OPEN}: paidTotal is 5.5, should be 0: ",
        ),
        (
            "debt-totals-are-their-entries",
            changed("debts", OPEN, credit_total=Decimal(5)),
            f"debts/{OPEN}: creditTotal is 5, should be 0: ",
        ),
        (
            "debt-totals-are-their-entries",
            changed("debts", OPEN, debit_total=Decimal(5)),
            f"debts/{OPEN}: debitTotal is 5, should be 0: ",
        ),
        (
            "debt-totals-are-their-entries",
            changed("payments", PAYMENT, status="CANCELLED"),
            f"debts/{PAID}: paidTotal is 1230, should be 0: ",
        ),
        (
            "debt-totals-are-their-entries",
            changed("credit_notes", ISSUED, gross_total=Decimal(860)),
            "debts/93f14ef6-8a13-49cc-b3fa-df3237d8c60f: creditTotal is 861, should be 860: ",
        ),
        (
            "debt-status-follows-totals",
            changed("debts", OPEN, status="PAID", paid_at="2016-07-20T00:00:00Z"),
            f"debts/{OPEN}: status is PAID, should be PENDING: 0 of 17835 is paid or credited",
        ),
        (
            "debt-status-follows-totals",
            changed("debts", PAID, status="PENDING", paid_at=None),
            f"debts/{PAID}: status is PENDING, should be PAID: 1230 of 1230 is paid or credited",
        ),
        ("paid-debt-says-when", changed("debts", PAID, paid_at=None), f"debts/{PAID}: paidAt is missing, should "),
        (
            "paid-debt-says-when",
            changed("debts", OPEN, paid_at="2016-07-20T00:00:00Z"),
            f"debts/{OPEN}: paidAt is 2016-07-20T00:00:00Z, should be missing",
        ),
        (
            "named-documents-exist",
            changed("payments", CANCELLED, lines=(Line(number="FT P/100", amount=Decimal(1)),)),
            f"payments/{CANCELLED}: a line pays 'FT P/100', should name a debt of the same company",
        ),
        (
            "named-documents-exist",
            changed(
                "payments",
                CANCELLED,
                lines=(Line(number="FT 2016/101", amount=Decimal(1), reference_number="NC 9"),),
            ),
            f"payments/{CANCELLED}: a line references 'NC 9', should name a credit or debit note of the same company",
        ),
        (
            "named-documents-exist",
            changed("credit_notes", FREE, debt=NOBODY),
            f"credit_notes/{FREE}: debt is {NOBODY}, should be a debt of the same company",
        ),
        (
            "named-documents-exist",
            changed("debit_notes", DEBIT, debt=NOBODY),
            f"debit_notes/{DEBIT}: debt is {NOBODY}, should be a debt of the same company",
        ),
        (
            "numbers-unique-per-company",
            changed("debts", OPEN, id=NOBODY),
            f"debts/{NOBODY}: number is 'FT 2016/101', should be unique in its company: debts/{OPEN} has it too",
        ),
        (
            "numbers-unique-per-company",
            changed("debit_notes", DEBIT, number="NC NC/001"),
            f"debit_notes/{DEBIT}: number is 'NC NC/001', should be unique in its company: credit_notes/{FREE} has it",
        ),
        (
            "numbers-unique-per-company",
            changed("payments", CANCELLED, number="RG 2016/001"),
            f"payments/{CANCELLED}: number is 'RG 2016/001', should be unique in its company: payments/{PAYMENT} has",
        ),
        ("note-links-are-lines", link(), f"note_links/{NOBODY}: no line stands behind it, should be "),
        ("note-links-are-lines", link(payment=NOBODY, debt=NOBODY), f"note_links/{NOBODY}: no line stands behind it"),
        (
            "note-links-are-lines",
            changed(
                "payments",
                PAYMENT,
                lines=(
                    Line(number="FT 2016/001", amount=Decimal(1230)),
                    Line(number="FT 2016/007", amount=Decimal(1), reference_number="NC 2016/003"),
                ),
            ),
            f"payments/{PAYMENT}: a line of 1 sets the note {OF_REDUCED} against the debt {REDUCED} without a note",
        ),
    ],
)
@pytest.mark.breaks_invariants
def test_a_wrong_record_breaks_one_invariant(
    state: InvisibleCollectorState, invariant: str, wrong: Wrong, where: str
) -> None:
    """That invariant and no other, at one place, and the line says where and what would be right."""
    table, record = wrong(state)
    state.table(table).put(record)
    found = broken(INVARIANTS, state)
    assert list(found) == [invariant]
    (line,) = found[invariant]
    assert line.startswith(where)


@pytest.mark.parametrize("table", InvisibleCollectorState.table_defs())
@pytest.mark.breaks_invariants
def test_records_that_are_gone_do_not_stop_an_invariant(
    api: Client, state: InvisibleCollectorState, table: str
) -> None:
    """Every invariant can be asked when a table is empty; what named its records is broken."""
    contract = api.runtime.services[PROVIDER].contract.document
    examples = contract["paths"]["/payments"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    api.post("/payments", examples["seed"]["value"])  # so that there is a note link
    keys = [state.table_defs()[table].key(record) for record in state.table(table).records()]
    for key in keys:
        state.table(table).delete(key)
    assert keys
    expected = {
        "debts": {"named-documents-exist", "note-links-are-lines"},
        "credit_notes": {"named-documents-exist", "note-links-are-lines", "debt-totals-are-their-entries"},
        "debit_notes": {"debt-totals-are-their-entries"},
        "payments": {"note-links-are-lines", "debt-totals-are-their-entries"},
        "note_links": {"note-links-are-lines"},
    }
    assert broken(INVARIANTS, state).keys() == expected.get(table, set())
