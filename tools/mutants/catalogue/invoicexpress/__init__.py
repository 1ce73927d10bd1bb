"""Mutants of the imitated InvoiceXpress, its contract included."""
