"""POST /documents/{document-id}/partial_payments.json: accepted payments and their effects."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.providers.invoicexpress.records import InvoiceXpressState, Receipt, Sequence
from tests.helpers.runtimes import Client, Response
from tests.providers.invoicexpress.known import (
    ALL_FREE,
    FREE_GLASS,
    OTHER_ACCOUNT,
    PARTLY_PAID,
    SETTLED,
    SIMPLIFIED,
    TEN_SCREWS,
    THIRDS,
    UNPAID,
    Pay,
)


def kept(state: InvoiceXpressState, response: Response) -> Receipt:
    """The record of the receipt in a reply."""
    found = state.receipts.get(response.json["receipt"]["id"])
    assert found is not None
    return found


def test_what_is_given_stands_on_the_receipt(pay: Pay, state: InvoiceXpressState) -> None:
    """Date, note and amount are in the reply; the mechanism is in the state, because the reply lacks it."""
    response = pay(UNPAID, amount=100.5, payment_mechanism="CC", note="Obrigado", payment_date="29/02/2020")
    receipt = response.json["receipt"]
    assert (receipt["date"], receipt["due_date"]) == ("29/02/2020", "29/02/2020")
    assert (receipt["observations"], receipt["total"], receipt["status"]) == ("Obrigado", Decimal("100.5"), "final")
    record = kept(state, response)
    assert (record.document, record.payment_mechanism, record.total) == (UNPAID, "CC", Decimal("100.50"))


@pytest.mark.parametrize(
    ("document", "query", "mechanism"),
    [(538067, None, "CD"), (UNPAID, None, "MB"), (538743, OTHER_ACCOUNT, "CH"), (538722, OTHER_ACCOUNT, "TB")],
    ids=["the client's before the account's", "the account's", "the client's before TB", "TB"],
)
def test_the_mechanism_defaults(
    pay: Pay, state: InvoiceXpressState, document: int, query: str | None, mechanism: str
) -> None:
    """The client's mechanism, else the account's, else TB; null means the same as left out."""
    left_out, null = pay(document, query=query, amount=1), pay(document, query=query, amount=1, payment_mechanism=None)
    for response in (left_out, null):
        assert kept(state, response).payment_mechanism == mechanism


def test_a_given_mechanism_beats_the_settings(pay: Pay, state: InvoiceXpressState) -> None:
    """Client 1310188 usually pays by debit card."""
    assert kept(state, pay(538067, amount=1, payment_mechanism="NU")).payment_mechanism == "NU"


@pytest.mark.parametrize("given", [{}, {"payment_date": None}, {"payment_date": ""}], ids=["left out", "null", "empty"])
def test_the_date_defaults_to_today(pay: Pay, given: dict[str, Any]) -> None:
    """The sandbox's clock decides; the tests stop it at 31 March 2026."""
    assert pay(UNPAID, amount=1, **given).json["receipt"]["date"] == "31/03/2026"


@pytest.mark.parametrize("note", ["", "Recibo nº 1 — «pago»", None])
def test_the_note_becomes_the_observations(pay: Pay, note: str | None) -> None:
    """Null and an empty string mean the same as left out."""
    assert pay(UNPAID, amount=1, note=note).json["receipt"]["observations"] == (note or None)
    assert pay(UNPAID, amount=1).json["receipt"]["observations"] is None


@pytest.mark.parametrize(
    ("document", "serie", "numbers", "atcud"),
    [
        (UNPAID, None, ["28/A", "29/A"], ["ABCD1234-28", "ABCD1234-29"]),
        (UNPAID, "A", ["28/A", "29/A"], ["ABCD1234-28", "ABCD1234-29"]),
        (UNPAID, "B", ["5/B", "6/B"], ["N/D", "N/D"]),
        (SIMPLIFIED, None, ["12/LOJA", "13/LOJA"], ["N/A", "N/A"]),
        (SIMPLIFIED, "B", ["5/B", "6/B"], ["N/D", "N/D"]),
    ],
)
def test_receipts_are_numbered_without_gaps(
    pay: Pay, document: int, serie: str | None, numbers: list[str], atcud: list[str]
) -> None:
    """In the requested serie, or by default in the document's; the atcud is the serie's."""
    receipts = [pay(document, amount=1, serie=serie).json["receipt"] for _ in numbers]
    assert [receipt["sequence_number"] for receipt in receipts] == numbers
    inverted = ["/".join(reversed(number.split("/"))) for number in numbers]
    assert [receipt["inverted_sequence_number"] for receipt in receipts] == inverted
    assert [receipt["atcud"] for receipt in receipts] == atcud


def test_a_refused_payment_takes_no_number(pay: Pay) -> None:
    """Neither a number of the serie nor an id."""
    first = pay(UNPAID, amount=1).json["receipt"]
    assert pay(UNPAID, amount=5000).status == 422
    second = pay(UNPAID, amount=1).json["receipt"]
    assert (second["id"], second["sequence_number"]) == (first["id"] + 1, "29/A")


def test_a_serie_may_have_a_slash_in_its_name(pay: Pay, state: InvoiceXpressState) -> None:
    """The number ends at the first slash."""
    state.sequences.put(Sequence(id=12348, account=104412, serie="2017/C", relevant=False, current_receipt_number=0))
    receipt = pay(UNPAID, amount=1, serie="2017/C").json["receipt"]
    assert (receipt["sequence_number"], receipt["inverted_sequence_number"]) == ("1/2017/C", "2017/C/1")


@pytest.mark.breaks_invariants
def test_an_id_is_never_given_twice(pay: Pay, state: InvoiceXpressState) -> None:
    """Neither the id of a deleted receipt nor one that a test has used itself."""
    first = kept(state, pay(UNPAID, amount=1))
    state.receipts.delete(first.id)
    second = kept(state, pay(UNPAID, amount=1))
    assert second.id == first.id + 1
    state.receipts.put(replace(second, id=second.id + 1))
    assert kept(state, pay(UNPAID, amount=1)).id == second.id + 2


def test_two_accounts_number_their_serie_a_apart(pay: Pay) -> None:
    """The other account has its own serie A, with another code."""
    assert pay(UNPAID, amount=1).json["receipt"]["atcud"] == "ABCD1234-28"
    theirs = pay(538743, query=OTHER_ACCOUNT, amount=1, serie="A").json["receipt"]
    assert (theirs["sequence_number"], theirs["atcud"], theirs["sequence_id"]) == ("6/A", "JFQT7Z9K-6", "11874")


@pytest.mark.parametrize(
    ("short", "status"), [(Decimal("0.01"), "final"), (Decimal(0), "settled")], ids=["a cent short", "in full"]
)
def test_a_document_is_settled_at_the_last_cent(
    pay: Pay, state: InvoiceXpressState, short: Decimal, status: str
) -> None:
    """Whether it was partly paid before or not."""
    for document, outstanding in ((UNPAID, Decimal(1070)), (PARTLY_PAID, Decimal("1422.85"))):
        assert pay(document, amount=outstanding - short).status == 200
        invoice = state.invoices.get(document)
        assert invoice is not None
        assert (invoice.status, invoice.total - invoice.paid) == (status, short)


def test_a_simplified_invoice_is_settled_too(pay: Pay, state: InvoiceXpressState) -> None:
    """It has the same rules, in its own table."""
    assert pay(SIMPLIFIED, amount=28.30).status == 200
    invoice = state.simplified_invoices.get(SIMPLIFIED)
    assert invoice is not None
    assert invoice.status == "settled"
    assert state.invoices.get(SIMPLIFIED) is None


@pytest.mark.parametrize("document", [UNPAID, SETTLED, ALL_FREE])
def test_zero_is_an_amount(pay: Pay, state: InvoiceXpressState, document: int) -> None:
    """The vendor allows 0: the receipt has a total of 0, also if nothing is owed."""
    before = state.invoices.get(document)
    receipt = pay(document, amount=0).json["receipt"]
    assert (receipt["total"], receipt["before_taxes"], receipt["taxes"]) == (0, 0, 0)
    after = state.invoices.get(document)
    assert before is not None
    assert after is not None
    assert after.paid == before.paid
    assert after.status == ("final" if document == UNPAID else "settled")


@pytest.mark.parametrize("amount", [b"100", b"100.0", b"100.00", b"1e2", b"1.0E+2"])
def test_spellings_of_a_number_are_one_amount(api: Client, amount: bytes) -> None:
    """The reply has the shortest spelling."""
    response = api.call(
        "POST",
        "/documents/1/partial_payments.json",
        content=b'{"partial_payment":{"amount":' + amount + b',"payment_date":"26/10/2017"}}',
        headers={"content-type": "application/json"},
    )
    assert b'"total":100,' in response.content
    assert b'"saft_hash":"MRx8"' in response.content


def test_items_are_scaled_and_the_last_takes_the_rest(pay: Pay) -> None:
    """50.00 in three thirds: 16.67, 16.67 and 16.66."""
    receipt = pay(THIRDS, amount=50).json["receipt"]
    assert [item["total"] for item in receipt["items"]] == [Decimal("16.67"), Decimal("16.67"), Decimal("16.66")]
    assert receipt["tax_exemption"] == "M07"


def test_a_share_is_never_negative(pay: Pay) -> None:
    """0.05 over ten equal items: five get a cent each, the others nothing."""
    receipt = pay(TEN_SCREWS, amount=0.05).json["receipt"]
    assert [item["total"] for item in receipt["items"]] == [Decimal("0.01")] * 5 + [0] * 5


def test_a_free_item_takes_nothing(pay: Pay) -> None:
    """What rounding leaves over goes to the last item with a total above 0."""
    receipt = pay(FREE_GLASS, amount=Decimal("0.05")).json["receipt"]
    *_, cable, glass = receipt["items"]
    assert (glass["total"], glass["discount"]) == (0, 100)
    assert sum(item["total"] for item in receipt["items"]) == Decimal("0.05")
    assert cable["total"] >= 0


def test_a_receipt_in_full_has_the_items_of_the_document(pay: Pay, state: InvoiceXpressState) -> None:
    """Unit prices, discounts and taxes as billed."""
    invoice = state.invoices.get(FREE_GLASS)
    assert invoice is not None
    response = pay(FREE_GLASS, amount=invoice.total)
    for name in ("sum", "discount", "before_taxes", "taxes", "total"):
        assert response.json["receipt"][name] == getattr(invoice, name)
    assert kept(state, response).items == invoice.items


def test_the_same_calls_get_the_same_answers_after_a_reset(api: Client, pay: Pay) -> None:
    """Ids, numbers and permalinks are not random."""
    first = pay(UNPAID, amount=12.34, payment_date="26/10/2017").content
    api.runtime.namespaces.get("default").reset()
    assert pay(UNPAID, amount=12.34, payment_date="26/10/2017").content == first


def test_a_namespace_does_not_see_the_payments_of_another(api: Client, pay: Pay) -> None:
    """A document paid in one namespace is unpaid in another."""
    assert pay(UNPAID, amount=1070).status == 200
    body = {"partial_payment": {"amount": 1070}}
    path = "/documents/1/partial_payments.json"
    assert api.post(path, body, headers={"x-sandbox-namespace": "other"}).status == 200
    assert api.post(path, body).status == 422


def test_an_empty_string_counts_as_not_given(api: Client, pay: Pay) -> None:
    """For every optional property."""
    plain = pay(UNPAID, amount=100).content
    api.runtime.namespaces.get("default").reset()
    names = ("payment_mechanism", "note", "serie", "payment_date")
    assert pay(UNPAID, amount=100, **dict.fromkeys(names, "")).content == plain
