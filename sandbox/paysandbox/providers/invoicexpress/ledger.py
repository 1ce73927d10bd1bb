"""Changes of several records at once: a payment of a document, and the receipt that it makes."""

from paysandbox.providers.invoicexpress.records import Invoice, InvoiceXpressState, Receipt, Sequence
from paysandbox.providers.invoicexpress.rules import invoices, receipts


def pay(
    invoice: Invoice, payment: receipts.Payment, sequence: Sequence, state: InvoiceXpressState
) -> tuple[Invoice, Receipt]:
    """Pay a document, and issue the receipt under the next number of the sequence; return both as they are now."""
    sequence = receipts.count_receipt(sequence)
    receipt = receipts.issue_receipt(state.next_document_id(), invoice, payment, sequence)
    paid = invoices.add_payment(invoice, payment.amount)
    state.sequences.put(sequence)
    state.receipts.put(receipt)
    state.put_document(paid)
    return paid, receipt
