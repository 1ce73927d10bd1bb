"""Calls of Invisible Collector that keep the invariants, and records that break one."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState, Line, NoteLink
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import InvariantCases, WrongRecord, edit, insert
from tests.providers.invisible_collector.known import GROUP, PROVIDER, fill_path

OPEN: Final = "e9b2a794-9959-4dc3-b07b-f440c1f8e994"  # FT 2016/101, 17835 owed
PAID: Final = "82d252c8-863c-40c2-bc10-269e330b49c3"  # FT 2016/001, paid by RG 2016/001
REDUCED: Final = "92249eae-8340-4e82-8644-058fdd5ed10b"  # FT 2016/007, 2460 of it by NC 2016/003
OF_REDUCED: Final = "cabeaf82-984a-47d6-a109-0af7de46a1dd"  # NC 2016/003
PAYMENT: Final = "3077c5db-0436-4692-b783-5dca15a55231"  # RG 2016/001
CANCELLED: Final = "a11470a7-2f76-4354-8dfb-013e6b70605b"  # RG 2016/011
FREE: Final = "94c22207-298c-47a5-bc7f-ee0bea746f07"  # NC NC/001
ISSUED: Final = "c9a23b7b-c019-494c-b208-5aa9b6b30ff2"  # NC 2016/002, 861 for FT 2016/010
DEBIT: Final = "d102f634-2cae-487e-8e6c-a42c06a62598"  # ND ND/001
CUSTOMER: Final = "c0587212-6072-4bf6-9e70-f832290b01b7"  # Ria Viva
MEMBER: Final = "a0d9e5f3-1c27-4b6e-9a15-c8f20b7d3e44"  # João Matos in the group
CONTACT: Final = "6f1b7c7e-0a43-4b0e-9a53-2c8a6f1f9d10"
OTHER_CUSTOMER: Final = "74bc38c1-ecd1-4f6d-8c28-3156737a6ec2"  # João Matos
OF_THE_BAKERY: Final = "f9b99470-eaf8-4db4-a395-e4a594e79a90"  # its customer Hotel Beira-Rio
MISSING: Final = "00000000-0000-4000-8000-000000000000"
LINK: Final = NoteLink(id=MISSING, payment=PAYMENT, debt=OPEN, amount=Decimal(1), credit_note=FREE)
BODY: Final[Mapping[str, Any]] = {
    "number": "RG 2016/777",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
}
ODD_PAYMENTS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "overpaid": [{"number": "FT 2016/101", "amount": 999999.99}],
    "paid in two lines": [{"number": "FT 2016/101", "amount": 1}, {"number": "FT 2016/101", "amount": 17834}],
    "owed again": [{"number": "FT 2016/001", "referenceNumber": "ND ND/001", "amount": 5}],
    "one note twice": [{"number": "FT 2016/101", "referenceNumber": "NC NC/001", "amount": 5}] * 2,
    "note of another debt": [{"number": "FT 2016/101", "referenceNumber": "NC 2016/002", "amount": 5}],
    "cancelled debt": [{"number": "FT 2016/013", "amount": 700}],
}


def call_every_example(api: Client) -> Iterator[None]:
    """Payments in money and by notes, of several debts, cancelled and repeated; debts of every status, and notes."""
    for path, item in api.runtime.services[PROVIDER].contract.document["paths"].items():
        for method in ("post", "put"):
            body = item.get(method, {}).get("requestBody")
            for example in body["content"]["application/json"]["examples"].values() if body else ():
                assert api.call(method.upper(), fill_path(path), json=example["value"]).status in {200, 201}
                yield


def take_payments_back(call: str, api: Client) -> Iterator[None]:
    """Cancel or delete every payment, one after the other."""
    state = api.runtime.namespaces.get("default").state(PROVIDER)
    assert isinstance(state, InvisibleCollectorState)
    names = [payment.external_id for payment in state.payments.records() if payment.external_id is not None]
    assert names
    method, path = call.split(" ")
    for name in names:
        api.call(method, path.format(name))
        yield


def pay_oddly(lines: Sequence[Mapping[str, Any]], api: Client) -> Iterator[None]:
    """The API accepts it, so the invariants allow it."""
    assert api.post("/payments", {**BODY, "lines": lines}).status == 201
    yield


def pay_seed_example(api: Client) -> None:
    """Its line with a referenceNumber leaves a note link."""
    contract = api.runtime.services[PROVIDER].contract.document
    examples = contract["paths"]["/payments"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    api.post("/payments", examples["seed"]["value"])


WRONG: Final = (
    WrongRecord(
        "debt-totals-are-their-entries",
        edit("debts", OPEN, paid_total=Decimal("5.50")),
        f"debts/{OPEN}: paidTotal is 5.5, should be 0: ",
    ),
    WrongRecord(
        "debt-totals-are-their-entries",
        edit("debts", OPEN, credit_total=Decimal(5)),
        f"debts/{OPEN}: creditTotal is 5, should be 0: ",
    ),
    WrongRecord(
        "debt-totals-are-their-entries",
        edit("debts", OPEN, debit_total=Decimal(5)),
        f"debts/{OPEN}: debitTotal is 5, should be 0: ",
    ),
    WrongRecord(
        "debt-totals-are-their-entries",
        edit("payments", PAYMENT, status="CANCELLED"),
        f"debts/{PAID}: paidTotal is 1230, should be 0: ",
    ),
    WrongRecord(
        "debt-totals-are-their-entries",
        edit("credit_notes", ISSUED, gross_total=Decimal(860)),
        "debts/93f14ef6-8a13-49cc-b3fa-df3237d8c60f: creditTotal is 861, should be 860: ",
    ),
    WrongRecord(
        "debt-status-follows-totals",
        edit("debts", OPEN, status="PAID", paid_at="2016-07-20T00:00:00Z"),
        f"debts/{OPEN}: status is PAID, should be PENDING: 0 of 17835 is paid or credited",
    ),
    WrongRecord(
        "debt-status-follows-totals",
        edit("debts", PAID, status="PENDING", paid_at=None),
        f"debts/{PAID}: status is PENDING, should be PAID: 1230 of 1230 is paid or credited",
    ),
    WrongRecord("paid-debt-says-when", edit("debts", PAID, paid_at=None), f"debts/{PAID}: paidAt is missing, should "),
    WrongRecord(
        "paid-debt-says-when",
        edit("debts", OPEN, paid_at="2016-07-20T00:00:00Z"),
        f"debts/{OPEN}: paidAt is 2016-07-20T00:00:00Z, should be missing",
    ),
    WrongRecord(
        "named-documents-exist",
        edit("payments", CANCELLED, lines=(Line(number="FT P/100", amount=Decimal(1)),)),
        f"payments/{CANCELLED}: a line pays 'FT P/100', should name a debt of the same company",
    ),
    WrongRecord(
        "named-documents-exist",
        edit(
            "payments",
            CANCELLED,
            lines=(Line(number="FT 2016/101", amount=Decimal(1), reference_number="NC 9"),),
        ),
        f"payments/{CANCELLED}: a line references 'NC 9', should name a credit or debit note of the same company",
    ),
    WrongRecord(
        "named-documents-exist",
        edit("credit_notes", FREE, debt=MISSING, issued_for=MISSING),
        (
            f"credit_notes/{FREE}: debt is {MISSING}, should be a debt of the same company",
            f"credit_notes/{FREE}: issuedFor is {MISSING}, should be a debt of the same company",
        ),
    ),
    WrongRecord(
        "named-documents-exist",
        edit("debit_notes", DEBIT, debt=MISSING),
        f"debit_notes/{DEBIT}: debt is {MISSING}, should be a debt of the same company",
        ("notes-name-their-latest-debt",),
    ),
    WrongRecord(
        "numbers-unique-per-company",
        edit("debts", OPEN, id=MISSING),
        f"debts/{MISSING}: number is 'FT 2016/101', should be unique in its company: debts/{OPEN} has it too",
    ),
    WrongRecord(
        "numbers-unique-per-company",
        edit("debit_notes", DEBIT, number="NC NC/001"),
        f"debit_notes/{DEBIT}: number is 'NC NC/001', should be unique in its company: credit_notes/{FREE} has it",
    ),
    WrongRecord(
        "numbers-unique-per-company",
        edit("payments", CANCELLED, number="RG 2016/001"),
        f"payments/{CANCELLED}: number is 'RG 2016/001', should be unique in its company: payments/{PAYMENT} has",
    ),
    WrongRecord(
        "notes-name-their-latest-debt",
        edit("credit_notes", FREE, debt=OPEN),
        f"credit_notes/{FREE}: debt is {OPEN}, should be None: that of the latest line",
    ),
    WrongRecord(
        "notes-name-their-latest-debt",
        edit("credit_notes", OF_REDUCED, debt=None),
        f"credit_notes/{OF_REDUCED}: debt is None, should be {REDUCED}: that of the latest line",
    ),
    WrongRecord(
        "customers-unique-per-company",
        edit("customers", CUSTOMER, vat_number="PT214553087"),
        f"customers/{OTHER_CUSTOMER}: vatNumber is 'PT214553087', should be unique in its company: customers/",
    ),
    WrongRecord(
        "customers-unique-per-company",
        edit("customers", OTHER_CUSTOMER, external_id="1002"),
        f"customers/{OTHER_CUSTOMER}: externalId is '1002', should be unique in its company: customers/{CUSTOMER} has",
    ),
    WrongRecord(
        "named-customers-exist",
        edit("debts", OPEN, customer_id=OF_THE_BAKERY),
        f"debts/{OPEN}: customerId is {OF_THE_BAKERY}, should be a customer of the same company",
    ),
    WrongRecord(
        "named-customers-exist",
        edit("contacts", CONTACT, customer=MISSING),
        f"contacts/{CONTACT}: customer is {MISSING}, should be a customer",
    ),
    WrongRecord(
        "groups-are-of-one-company",
        edit("group_members", MEMBER, customer=OF_THE_BAKERY),
        f"group_members/{MEMBER}: should join a group and a customer of one company",
    ),
    WrongRecord(
        "groups-are-of-one-company",
        edit("groups", GROUP, name="Abroad"),
        (
            f"groups/{GROUP}: name is 'Abroad', should be unique in its company",
            "groups/0f4a3c5e-8d11-4e5f-b0a7-3a9a4f9d6c22: name is 'Abroad', should be unique in its company",
        ),
    ),
    WrongRecord(
        "note-links-are-lines",
        insert("note_links", LINK),
        f"note_links/{MISSING}: it has no line, should have ",
    ),
    WrongRecord(
        "note-links-are-lines",
        insert("note_links", replace(LINK, payment=MISSING, debt=MISSING)),
        f"note_links/{MISSING}: it has no line",
    ),
    WrongRecord(
        "note-links-are-lines",
        edit(
            "payments",
            PAYMENT,
            lines=(
                Line(number="FT 2016/001", amount=Decimal(1230)),
                Line(number="FT 2016/007", amount=Decimal(1), reference_number="NC 2016/003"),
            ),
        ),
        f"payments/{PAYMENT}: a line of 1 sets the note {OF_REDUCED} against the debt {REDUCED} without a note",
    ),
)

CASES: Final = InvariantCases(
    provider=PROVIDER,
    make_client=lambda runtime: Client(
        runtime, root="/invisible-collector", headers={"authorization": "Bearer ic-test-token"}
    ),
    calls={
        "every example": call_every_example,
        "every payment cancelled": partial(take_payments_back, "PUT /payments/{}/cancel"),
        "every payment deleted": partial(take_payments_back, "DELETE /payments/{}"),
        **{name: partial(pay_oddly, lines) for name, lines in ODD_PAYMENTS.items()},
    },
    wrong=WRONG,
    emptied={
        **{name: set[str]() for name in InvisibleCollectorState.table_defs()},
        "customers": {"named-customers-exist", "groups-are-of-one-company"},
        "groups": {"groups-are-of-one-company"},
        "debts": {"named-documents-exist", "note-links-are-lines", "notes-name-their-latest-debt"},
        "credit_notes": {"named-documents-exist", "note-links-are-lines", "debt-totals-are-their-entries"},
        "debit_notes": {"debt-totals-are-their-entries"},
        "payments": {"note-links-are-lines", "debt-totals-are-their-entries", "notes-name-their-latest-debt"},
        "note_links": {"note-links-are-lines"},
    },
    prepare=pay_seed_example,
)
