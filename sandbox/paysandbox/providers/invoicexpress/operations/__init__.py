"""InvoiceXpress's operations, by subject."""
