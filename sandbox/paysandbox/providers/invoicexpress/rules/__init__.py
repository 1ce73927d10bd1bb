"""Arithmetic and decisions on InvoiceXpress's records, by subject: no Call, no Reply."""
