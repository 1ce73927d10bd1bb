"""The fixtures add up, and hold the records that tests need."""

from decimal import Decimal
from itertools import pairwise

from paysandbox.core.money import ZERO
from paysandbox.providers.invoicexpress.records import Document, Invoice, InvoiceXpressState

ACCOUNT = 104412


def invoices(state: InvoiceXpressState) -> list[Invoice]:
    """Invoices and simplified invoices."""
    return [*state.invoices.records(), *state.simplified_invoices.records()]


def documents(state: InvoiceXpressState) -> list[Document]:
    """Every record with an id of the documents' space."""
    return [
        *invoices(state),
        *state.invoice_receipts.records(),
        *state.credit_notes.records(),
        *state.receipts.records(),
    ]


def test_ids_are_unique_over_all_types(state: InvoiceXpressState) -> None:
    """And all are below the next id."""
    ids = [document.id for document in documents(state)]
    assert len(ids) == len(set(ids))
    assert state.next_document_id() > max(ids)


def test_paid_is_what_the_receipts_add_up_to(state: InvoiceXpressState) -> None:
    """A document is settled exactly if they add up to its total."""
    for invoice in invoices(state):
        receipts = state.receipts.all("document", invoice.id)
        assert sum((receipt.total for receipt in receipts), ZERO) == invoice.paid
        assert (invoice.status == "settled") == (bool(receipts) and invoice.paid == invoice.total)


def test_documents_stay_within_their_account(state: InvoiceXpressState) -> None:
    """Client, sequence and paid document belong to the document's account."""
    for document in documents(state):
        client, sequence = state.clients.get(document.client), state.sequences.get(document.sequence_id)
        assert client is not None
        assert sequence is not None
        assert client.account == sequence.account == document.account
        assert document.sequence_number.endswith(f"/{sequence.serie}") or document.status in {"draft", "deleted"}
    for receipt in state.receipts.records():
        found = state.find_document(receipt.document)
        assert found is not None
        assert found[0] in {"invoices", "simplified_invoices"}


def test_the_last_receipts_of_a_serie_have_no_gaps(state: InvoiceXpressState) -> None:
    """They lead up to the sequence's current number."""
    for sequence in state.sequences.records():
        numbers = [
            int(receipt.sequence_number.partition("/")[0])
            for receipt in state.receipts.records()
            if receipt.sequence_id == sequence.id
        ]
        assert not numbers or numbers[-1] == sequence.current_receipt_number
        assert all(after == before + 1 for before, after in pairwise(numbers))


def test_there_are_amounts_at_the_bounds(state: InvoiceXpressState) -> None:
    """The largest that a payment can have, nothing at all, and over a billion between."""
    owing = [invoice.total - invoice.paid for invoice in invoices(state) if invoice.status == "final"]
    assert max(owing) == Decimal("9999999999999.99")
    assert min(owing) == 0
    assert sum(amount > 999_999_999 for amount in owing) == 2


def test_there_is_one_of_each_kind(state: InvoiceXpressState) -> None:
    """Documents in every state and of every type that takes no payment, and sequences with N/A, N/D and a code."""
    assert {invoice.status for invoice in invoices(state)} == {"draft", "final", "settled", "canceled", "deleted"}
    assert list(state.credit_notes.records())
    assert list(state.receipts.records())
    sequences = [sequence for sequence in state.sequences.records() if sequence.account == ACCOUNT]
    assert {(sequence.relevant, sequence.validation_code is not None) for sequence in sequences} == {
        (True, True),
        (True, False),
        (False, False),
    }
